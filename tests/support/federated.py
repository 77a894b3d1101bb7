"""An installation with providers and accepted issuers, and a browser that visits it."""

import json
import re
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest

from support import platform as support_platform
from support.database import Server
from support.platform import TestPlatform

Start = Callable[..., Awaitable[TestPlatform]]


@pytest.fixture
async def start(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[Start]:
    """Starts an installation with these settings of the auth service, at the present time: other
    systems' tokens are of that.
    """
    async with AsyncExitStack() as stack:

        async def start(**settings: object) -> TestPlatform:
            for name, value in settings.items():
                text = value if isinstance(value, str) else json.dumps(value)
                monkeypatch.setenv(f"ARGUS_AUTH_{name.upper()}", text)
            now = datetime.now(UTC).replace(microsecond=0)
            running = support_platform.platform(server, tmp_path, now=now)
            return await stack.enter_async_context(running)

        yield start


@dataclass
class Browser:
    """Keeps cookies, and follows no redirect."""

    platform: TestPlatform
    cookies: dict[str, str] = field(default_factory=dict[str, str])

    async def get(self, path: str, **query: str) -> httpx.Response:
        url = f"{path}?{urlencode(query)}" if query else path
        answer = await self.platform.client.get(url, headers={"Cookie": self.cookie})
        self.cookies.update(answer.cookies)
        self.platform.client.cookies.clear()
        return answer

    @property
    def cookie(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    async def visit(self, provider: str, **query: str) -> str:
        """The address at the provider to which the browser is sent."""
        answer = await self.get(f"/api/v1/oauth/{provider}/authorize", **query)
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    async def come_back(self, provider: str, query: dict[str, str]) -> httpx.Response:
        return await self.get(f"/api/v1/oauth/{provider}/callback", **query)

    @property
    def is_signed_in(self) -> bool:
        return "argus_session" in self.cookies


def refusal(answer: httpx.Response) -> tuple[int, str]:
    """Status and catalogue code of an error page."""
    found = re.search(r"Code <code>([a-z_.]+)</code>", answer.text)
    assert found is not None, answer.text
    return answer.status_code, found[1]
