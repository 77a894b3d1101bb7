"""The feed as a client sees it over HTTP."""

import base64
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from argus.kernel.ids import parse_id
from argus.services.auth.revocations import feed
from argus.services.auth.revocations.feed import RevocationFeed
from argus.services.auth.revocations.picture import key_of
from plugins.operations import called
from support.database import Server
from support.platform import Caller, TestPlatform
from support.serving import served_platform
from support.wire import becomes

URL = "/api/v1/auth/revocations"


@pytest.fixture
async def served(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[TestPlatform]:
    """It tells of revocations, however busy the machine is."""
    monkeypatch.setattr(feed, "CURRENT_S", 60.0)
    async with served_platform(server, tmp_path) as platform:
        known = platform.modules["auth"].resources.get(RevocationFeed)
        await becomes(lambda: known.is_current)
        yield platform


@asynccontextmanager
async def following(
    platform: TestPlatform, caller: Caller, **position: Any
) -> AsyncGenerator[AsyncIterator[tuple[str, dict[str, Any]]]]:
    """Names and data of the events."""
    async with (
        httpx.AsyncClient(
            base_url=platform.composition.settings.base_url,
            headers=caller.headers,
            timeout=60,
            event_hooks={"response": [called]},
        ) as client,
        client.stream("GET", URL, params=position) as answer,
    ):
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-store"
        yield _events(answer.aiter_lines())


async def _events(lines: AsyncIterator[str]) -> AsyncIterator[tuple[str, dict[str, Any]]]:
    name = ""
    async for line in lines:
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))


@pytest.mark.operation("watch_revocations")
async def test_a_logout_reaches_whoever_follows_and_ends_the_streams_of_that_session(
    served: TestPlatform,
) -> None:
    owner, leaving = await served.owner(), await served.owner()
    async with following(served, owner) as events, following(served, leaving) as ending:
        name, snapshot = await anext(events)
        assert name == "snapshot"
        assert (snapshot["snapshot"], snapshot["more"]) == (True, False)
        assert set(snapshot) == {
            "stream", "sequence", "after", "as_of", "snapshot", "more", "changes",
        }  # fmt: skip
        left = await served.client.post("/api/v1/auth/sign-out", headers=leaving.headers)
        assert left.is_success
        name, told = await anext(events)
        while name == "heartbeat":
            name, told = await anext(events)
        assert name == "changes"
        assert told["after"] == snapshot["sequence"] < told["sequence"]
        keys = {base64.urlsafe_b64decode(key + "==") for key, _ in told["changes"]}
        [session] = served.query(
            "select id from auth.session where user_id = %s", parse_id("usr", leaving.user_id)
        )
        assert keys == {key_of(session["id"])}
        async for _ in ending:
            pass
    position = {"stream": snapshot["stream"], "sequence": snapshot["sequence"]}
    async with following(served, owner, **position) as events:
        assert (await anext(events))[1]["changes"] == told["changes"]


async def test_only_who_may_validate_tokens_follows(platform: TestPlatform) -> None:
    owner = await platform.owner()
    made = await platform.client.post(
        "/api/v1/api-keys", json={"name": "k", "scopes": ["org:read"]}, headers=owner.headers
    )
    headers = {"Authorization": f"ApiKey {made.json()['secret']}"}
    assert (await platform.client.get(URL, headers=headers)).status_code == 403
    assert (await platform.client.get(URL)).status_code == 401
