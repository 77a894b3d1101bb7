"""Passwords known from breaches: asked about without being told, and never in the way."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from argus.kernel.outbound import Outbound
from argus.kernel.settings import KernelSettings
from argus.services.auth.breached_passwords import RangeService
from support.auth import outcome
from support.database import Server
from support.platform import PASSWORD, platform

KNOWN = "a long password that is known"
DIGEST = hashlib.sha1(KNOWN.encode(), usedforsecurity=False).hexdigest().upper()
LOOPBACK = Outbound(KernelSettings(outbound_allow=("127.0.0.0/8",)))


class Ranges:
    """A service of the range protocol that knows one password, and what it was asked."""

    def __init__(self, status: int, times: int) -> None:
        self.status, self.times, self.url = status, times, ""
        self.asked: list[bytes] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.asked.append(await reader.readuntil(b"\r\n\r\n"))
        lines = [f"{'0' * 35}:3", f"{DIGEST[5:]}:{self.times}", f"{'F' * 35}:1"]
        body = "\r\n".join(lines).encode()
        head = f"HTTP/1.1 {self.status} -\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        writer.close()


@asynccontextmanager
async def ranges(status: int = 200, times: int = 7) -> AsyncGenerator[Ranges]:
    serving = Ranges(status, times)
    server = await asyncio.start_server(serving.serve, "127.0.0.1", 0)
    async with server:
        serving.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/range/"
        yield serving


async def test_a_known_password_is_found_by_the_five_digits_that_leave_the_house() -> None:
    async with ranges() as there:
        service = RangeService(LOOPBACK, there.url)
        assert await service.contains(KNOWN)
        assert not await service.contains(PASSWORD)
    asked = there.asked[0]
    assert asked.startswith(f"GET /range/{DIGEST[:5]} HTTP/1.1".encode())
    assert b"add-padding: true" in asked.lower()
    assert DIGEST[5:].encode() not in asked


async def test_padding_is_no_password() -> None:
    """A line with a count of 0 is there to make all answers of one size."""
    async with ranges(times=0) as there:
        assert not await RangeService(LOOPBACK, there.url).contains(KNOWN)


@pytest.mark.parametrize("status", [404, 429, 500])
async def test_without_an_answer_the_offline_list_decides(status: int) -> None:
    async with ranges(status) as there:
        assert not await RangeService(LOOPBACK, there.url).contains(KNOWN)
    assert not await RangeService(LOOPBACK, there.url).contains(KNOWN), "nobody is there"


async def test_an_installation_can_have_new_passwords_looked_up(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with ranges() as there:
        monkeypatch.setenv("ARGUS_AUTH_BREACHED_PASSWORDS_URL", there.url)
        async with platform(server, tmp_path, outbound_allow=("127.0.0.0/8",)) as running:
            ada = await running.owner("ada@example.com")
            answer = await running.client.post(
                "/api/v1/auth/password/change",
                json={"current_password": PASSWORD, "password": KNOWN},
                headers=ada.headers,
            )
    assert outcome(answer) == (422, "auth.password.refused")
    assert "breach" in answer.json()["detail"]
