"""Bodies that do not arrive, at the doors of validation."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from argus.kernel.http import bounds
from argus.kernel.http.bounds import Bounds
from support.auth import outcome
from support.organizations import Tenant
from support.platform import TestPlatform


@pytest.mark.requirement("attacks:requests:slow-body")
async def test_a_question_that_trickles_is_ended(
    platform: TestPlatform, acme: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "ORDINARY", Bounds(body_s=0.2))

    async def trickle() -> AsyncIterator[bytes]:
        yield b'{"token": "'
        await asyncio.Event().wait()

    headers = {"Content-Length": "100", "Content-Type": "application/json", **acme.owner.headers}
    async with asyncio.timeout(20):
        answer = await platform.client.post(
            "/api/v1/auth/validate", content=trickle(), headers=headers
        )
    assert outcome(answer) == (408, "kernel.request.too_slow")
    assert answer.headers["X-Request-Id"]
