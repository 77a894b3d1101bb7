"""The first user, registered through the gRPC door of a running server."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from argus.apps.owner import Owner, create_owner
from support.database import Server
from support.platform import TestPlatform, platform
from support.serving import grpc_door
from support.wire import Change, wire

EMAIL = "owner@example.com"
REGISTERED = "select id from identity.users"
WITH_PASSWORD = "select user_id from auth.password"


@pytest.fixture
async def running(server: Server, tmp_path: Path) -> AsyncGenerator[TestPlatform]:
    """At the real time, by which callers seal what they say."""
    async with platform(server, tmp_path, now=datetime.now(UTC)) as installation:
        yield installation


@pytest.fixture
async def port(running: TestPlatform) -> AsyncGenerator[int]:
    async with grpc_door(running.composition) as port:
        yield port


async def created(running: TestPlatform, port: int) -> Owner | None:
    return await create_owner(running.composition.settings, f"127.0.0.1:{port}", EMAIL)


async def signs_in(running: TestPlatform, owner: Owner) -> bool:
    credentials = {"email": owner.email, "password": owner.password.get_secret_value()}
    return (await running.client.post("/api/v1/auth/sign-in", json=credentials)).is_success


async def test_the_password_of_a_new_owner_works_and_a_second_start_leaves_it(
    running: TestPlatform, port: int
) -> None:
    owner = await created(running, port)
    assert owner is not None
    assert await created(running, port) is None
    assert await signs_in(running, owner)


@pytest.mark.parametrize("done", [REGISTERED, WITH_PASSWORD])
async def test_the_password_works_though_the_answer_to_what_was_done_is_lost(
    running: TestPlatform, port: int, done: str
) -> None:
    lost: list[bytes] = []

    def breaks_once() -> Change:
        def back(data: bytes) -> bytes:
            if not lost and running.query(done):
                lost.append(data)
                raise ConnectionResetError
            return data

        return back

    async with wire("127.0.0.1", port, breaks_once) as broken:
        owner = await created(running, broken.port)
    assert lost
    assert owner is not None
    assert await signs_in(running, owner)
