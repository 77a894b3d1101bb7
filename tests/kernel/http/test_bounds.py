"""What one request may take."""

import asyncio
from collections.abc import AsyncIterator
from typing import NoReturn

import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send

from argus.kernel.http.bounds import Bounds, RequestBounds
from support.toy import Toy, organization, person

ADA = {"Authorization": "Bearer ada", "Content-Type": "application/json"}
THINGS = "/toy/things"


async def code(toy: Toy, bounds: Bounds, content: object = b'{"name": "a"}') -> tuple[int, str]:
    toy.callers.by_token = {"ada": person("ada", organization())}
    async with toy.client(bounds={THINGS: bounds}) as client:
        answer = await client.request("POST", THINGS, content=content, headers=ADA)  # pyright: ignore[reportArgumentType]
    return answer.status_code, answer.json().get("code", "")


@pytest.mark.parametrize(("size", "status"), [(13, 201), (12, 413)])
async def test_a_path_can_take_more_or_less_than_others(toy: Toy, size: int, status: int) -> None:
    assert (await code(toy, Bounds(body_bytes=size)))[0] == status


@pytest.mark.parametrize(
    ("path", "status"),
    [("/suites/s1/versions", 413), ("/suites/s1/runs/versions", 204), ("/suites/versions", 204)],
)
async def test_bounds_are_of_a_route_whatever_ids_are_in_its_path(path: str, status: int) -> None:
    sent = list[Message]()

    async def answers(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": []})

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        sent.append(message)

    bounds = {"/suites/{suite_id}/versions": Bounds(body_bytes=13)}
    scope: Scope = {"type": "http", "path": path, "headers": [(b"content-length", b"14")]}
    await RequestBounds(answers, bounds)(scope, receive, send)
    assert sent[0]["status"] == status


async def test_what_announces_too_much_is_refused_before_any_of_it_is_read() -> None:
    async def unread(*_: object) -> NoReturn:
        raise AssertionError("read")

    sent = list[Message]()

    async def send(message: Message) -> None:
        sent.append(message)

    scope: Scope = {"type": "http", "path": THINGS, "headers": [(b"content-length", b"14")]}
    await RequestBounds(unread, {THINGS: Bounds(body_bytes=13)})(scope, unread, send)
    assert sent[0]["status"] == 413


@pytest.mark.requirement("attacks:requests:slow-body")
async def test_a_body_that_trickles_is_ended_and_holds_no_connection_to_the_database(
    toy: Toy,
) -> None:
    async def trickle() -> AsyncIterator[bytes]:
        yield b'{"name":'
        await asyncio.Event().wait()

    outcomes = await asyncio.gather(
        *(code(toy, Bounds(body_s=0.2), trickle()) for _ in range(4)),
        code(toy, Bounds()),
    )
    assert outcomes == [(408, "kernel.request.too_slow")] * 4 + [(201, "")]


async def test_what_is_not_answered_in_time_is_undone_and_told(toy: Toy) -> None:
    toy.callers.by_token = {"ada": person("ada", organization())}
    bounds = {"/toy/hangs": Bounds(answer_s=0.2)}
    async with toy.client(bounds=bounds) as client, asyncio.timeout(20):
        answer = await client.post("/toy/hangs", headers=ADA)
    assert (answer.status_code, answer.json()["code"]) == (504, "kernel.service.deadline_exceeded")
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert toy.names() == []


async def test_a_stream_that_has_begun_is_not_cut() -> None:
    later = asyncio.Event()

    async def stream(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        asyncio.get_running_loop().call_later(0.1, later.set)
        await later.wait()
        await send({"type": "http.response.body", "body": b"the end"})

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    scope = {"type": "http", "path": "/", "headers": []}
    await RequestBounds(stream, {"/": Bounds(answer_s=0.02)})(scope, receive, send)
    assert sent[-1] == {"type": "http.response.body", "body": b"the end"}


async def test_a_timeout_of_the_operations_own_is_not_the_edges(toy: Toy) -> None:
    async with toy.client() as client:
        answer: httpx.Response = await client.get("/toy/gives-up")
    assert (answer.status_code, answer.json()["code"]) == (503, "kernel.service.internal")
