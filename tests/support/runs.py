"""The QA runs of an organization over HTTP, and their event streams."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from argus.kernel.ids import parse_id
from support.paced import PacedPages, paced
from support.platform import Caller, TestPlatform


@dataclass(frozen=True)
class Runs:
    """The runs of one organization, as a person in it sees them."""

    platform: TestPlatform
    owner: Caller
    pages: PacedPages

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.platform.client.get(path, headers=self.owner.headers | headers)

    async def post(self, **wanted: Any) -> httpx.Response:
        """Start a run of the pages' suite, or of what is wanted instead."""
        body = {"app_url": self.pages.site.url, "suite": self.suite, **wanted}
        return await self.platform.client.post(
            "/api/v1/qa/runs", json=body, headers=self.owner.headers
        )

    async def start(self, **wanted: Any) -> str:
        answer = await self.post(**wanted)
        assert answer.status_code == 202, answer.text
        return answer.json()["id"]

    async def end(self, **wanted: Any) -> str:
        """The id of a run that has ended."""
        run_id = await self.start(**wanted)
        self.pages.let_go()
        await self.platform.work()
        return run_id

    @property
    def suite(self) -> dict[str, Any]:
        return self.pages.suite.model_dump(mode="json")

    def events(self, run_id: str) -> list[dict[str, Any]]:
        """What is stored of a run's progress."""
        return self.platform.query(
            "select seq, type, data from qa.run_event where run_id = %s order by seq",
            parse_id("run", run_id),
        )


def parse_events(stream: str) -> list[dict[str, Any]]:
    """The events of an SSE body that have come whole: `id` a number, `event`, `data` parsed."""
    found: list[dict[str, Any]] = []
    for block in stream.replace("\r\n", "\n").split("\n\n")[:-1]:
        fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
        if "data" in fields:
            data = json.loads(fields["data"])
            found.append({"id": int(fields["id"]), "event": fields["event"], "data": data})
    return found


@pytest.fixture
def pages() -> Iterator[PacedPages]:
    """An application of three pages, which come when they are let go."""
    with paced(3) as running:
        yield running


@pytest.fixture
async def runs(platform: TestPlatform, pages: PacedPages) -> Runs:
    """The runs of a new organization, with that application to test."""
    return Runs(platform, await platform.owner(), pages)
