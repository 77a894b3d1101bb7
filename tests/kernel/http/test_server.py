"""What the server does with a connection, byte by byte."""

import asyncio
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from argus.kernel.authentication import PossessionProof
from argus.kernel.authz import Access
from argus.kernel.clock import SystemClock
from argus.kernel.errors import Unauthenticated
from argus.kernel.http import server
from argus.kernel.http.hot import HotAnswer, HotDoor, HotOperation, HotRequest
from argus.kernel.http.middleware import Proxies
from argus.kernel.http.server import HttpServer
from argus.kernel.principal import Principal, PrincipalKind
from argus.kernel.rate_limits.limits import PathClass, RateLimits

HOT = (
    b"POST /hot HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ada\r\n"
    b"Content-Type: application/json\r\n"
)
PLAIN = b"GET /plain HTTP/1.1\r\nHost: a\r\n\r\n"


class Named:
    """Takes every credential for a name; remembers whom it saw."""

    def __init__(self) -> None:
        self._seen = set[str]()

    async def authenticate(
        self, scheme: str, credential: str, address: str, proof: PossessionProof | None = None
    ) -> Principal:
        if credential == "nobody":
            raise Unauthenticated
        self._seen.add(credential)
        return Principal(PrincipalKind.USER, credential, address=address)

    def recall(self, credential: str, address: str) -> Principal | None:
        if credential not in self._seen:
            return None
        return Principal(PrincipalKind.USER, credential, address=address)


class Echo:
    """A hot operation that answers with what it was sent: `now` at once, else when let go."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.begun = asyncio.Event()

    def recall(self, asked: bytes, _principal: Principal) -> HotAnswer | None:
        return HotAnswer(asked) if asked == b"now" else None

    async def answer(self, asked: bytes, _principal: Principal) -> HotAnswer:
        if asked == b"broken":
            return HotAnswer(headers=[(b"x-a", b"b\r\nx-c: d")])
        if asked == b"wait":
            self.begun.set()
            await self.go.wait()
        return HotAnswer(asked)


class Application:
    """Answers with the path it was asked, and all of the body."""

    def __init__(self) -> None:
        self.asked = asyncio.Queue[str]()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked.put_nowait(scope["path"])
        if scope["type"] == "websocket":
            await send({"type": "websocket.accept"})
            await send({"type": "websocket.send", "text": scope["path"]})
            await send({"type": "websocket.close"})
            return
        said, more = scope["path"].encode(), True
        while more:
            message = await receive()
            said, more = said + message["body"], message["more_body"]
        headers = [(b"content-length", b"%d" % len(said))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": said})


async def unlimited(_principal: Principal) -> int:
    return 1000


@asynccontextmanager
async def serving(echo: Echo, application: Application) -> AsyncGenerator[tuple[HttpServer, int]]:
    door = HotDoor(
        HotOperation(
            "POST",
            "/hot",
            Access(authenticated=True),
            takes_json=True,
            read=lambda _query, body: body or None,
            answer=echo.answer,
            recall=echo.recall,
        ),
        authenticator=Named(),
        limits=RateLimits(
            unlimited, address_per_minute=1000, classes=[PathClass("hot", "/hot", 100)]
        ),
        proxies=Proxies(()),
        clock=SystemClock(),
        reveal_errors=False,
    )
    with socket.create_server(("127.0.0.1", 0)) as listening:
        http = HttpServer(application, {(b"POST", b"/hot"): door})
        async with asyncio.timeout(60), asyncio.TaskGroup() as group:
            running = group.create_task(http.serve([listening]))
            yield http, listening.getsockname()[1]
            http.stop()
            await running


@pytest.fixture
async def echo() -> Echo:
    return Echo()


@pytest.fixture
async def application() -> Application:
    return Application()


@pytest.fixture
async def port(echo: Echo, application: Application) -> AsyncGenerator[int]:
    async with serving(echo, application) as (_, port):
        yield port


def hot(body: bytes, head: bytes = HOT) -> bytes:
    return head + b"Content-Length: %d\r\n\r\n" % len(body) + body


async def said(port: int, *parts: bytes) -> bytes:
    """All that the server says until it closes; `parts` are sent one after the other."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for part in parts:
        writer.write(part)
        await writer.drain()
        await asyncio.sleep(0)
    try:
        return await reader.read()
    finally:
        writer.close()


def bodies(answers: bytes) -> list[bytes]:
    """What stands after each head."""
    found: list[bytes] = []
    while answers:
        head, _, rest = answers.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r")[0])
        found.append(rest[:length])
        answers = rest[length:]
    return found


async def next_body(reader: asyncio.StreamReader) -> bytes:
    """Of the next answer."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].partition(b"\r")[0])
    return await reader.readexactly(length)


CLOSE = b"GET /end HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"


async def test_answers_come_in_the_order_of_the_requests(echo: Echo, port: int) -> None:
    echo.go.set()
    wanted = [b"now", b"now", b"later", b"now", b"/plain", b"now", b"later", b"now", b"/end"]
    sent = {b"/plain": PLAIN, b"/end": CLOSE}
    requests = b"".join(sent.get(each) or hot(each) for each in wanted)
    for parts in ([requests], [requests[n : n + 1] for n in range(len(requests))]):
        # what comes while another is being answered is left to the application
        found = bodies(await said(port, *parts))
        assert [each.removeprefix(b"/hot") for each in found] == wanted


async def test_a_head_that_has_come_before_is_not_read_again(
    echo: Echo, application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    echo.go.set()
    async with serving(echo, application) as (http, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(hot(b"now"))
        assert await next_body(reader) == b"now"
        with monkeypatch.context() as patch:
            patch.setattr(server.HotProtocol, "_read", None)
            for body in (b"now", b"yes", b"now"):
                writer.write(hot(body))
                assert await next_body(reader) == body
        for unknown, answers in 2 * [
            (hot(b"now") + hot(b"yes"), [b"now", b"yes"]),
            (hot(b"longer"), [b"longer"]),
            (hot(b"now", HOT.replace(b"ada", b"bob")), [b"now"]),
        ]:
            writer.write(unknown)
            assert [await next_body(reader) for _ in answers] == answers
        writer.close()
        known = http.server_state.heads
    assert len(known) == 3
    assert all(b"ada" not in name and "ada" not in repr(head) for name, head in known.items())


async def test_a_body_is_no_request_even_if_it_reads_like_one_that_has_come(
    echo: Echo, application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, opening = asyncio.Event(), HotDoor.open

    def telling_open(door: HotDoor, *given: Any) -> HotRequest | None:
        opened.set()
        return opening(door, *given)

    async with serving(echo, application) as (_, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(2):
            writer.write(hot(b"now"))
            assert await next_body(reader) == b"now"
        body = hot(b"now")
        writer.write(b"POST /plain HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(body))
        assert await application.asked.get() == "/plain"  # so the body comes by itself
        writer.write(body)
        assert await next_body(reader) == b"/plain" + body
        monkeypatch.setattr(HotDoor, "open", telling_open)
        writer.write(HOT + b"Content-Length: %d\r\n\r\n" % len(body))
        await opened.wait()
        writer.write(body)
        assert await next_body(reader) == body
        writer.close()


async def test_a_head_that_has_come_before_does_not_overtake(
    echo: Echo, application: Application
) -> None:
    async with serving(echo, application) as (_, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(hot(b"now"))
        assert await next_body(reader) == b"now"
        writer.write(hot(b"wait"))
        await echo.begun.wait()
        writer.write(hot(b"now"))
        await said(port, CLOSE)  # by then it has come
        echo.go.set()
        assert [await next_body(reader), await next_body(reader)] == [b"wait", b"/hotnow"]
        writer.close()


async def test_what_is_not_ordinary_is_the_applications(port: int) -> None:
    for head in (
        HOT + b"Origin: https://a.example\r\n",
        HOT + b"Authorization: Bearer bob\r\n",
        HOT + b"Expect: 100-continue\r\n",
        HOT.replace(b"Bearer", b"Basic"),
        HOT.replace(b"/json", b"/xml"),
    ):
        answers = await said(port, hot(b"now", head) + CLOSE)
        answers = answers.removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n")
        assert bodies(answers) == [b"/hotnow", b"/end"]
    assert bodies(await said(port, hot(b"") + CLOSE)) == [b"/hot", b"/end"]
    chunked = HOT + b"Transfer-Encoding: chunked\r\n\r\n3\r\nnow\r\n0\r\n\r\n"
    assert bodies(await said(port, chunked + CLOSE)) == [b"/hotnow", b"/end"]


async def test_a_connection_ends_where_its_client_says(port: int) -> None:
    assert bodies(await said(port, hot(b"now", HOT + b"Connection: close\r\n"))) == [b"/hotnow"]
    old = hot(b"now", HOT.replace(b"HTTP/1.1", b"HTTP/1.0"))
    assert bodies(await said(port, old)) == [b"/hotnow"]


async def test_an_upgrade_that_is_not_offered_is_passed_over(port: int) -> None:
    upgrade = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n"
    for request in (hot(b"now", HOT + upgrade), PLAIN[:-2] + upgrade + b"\r\n"):
        whole = request + hot(b"now") + CLOSE
        for parts in ([whole], [request[:-2], request[-2:], hot(b"now") + CLOSE]):
            first, *others = bodies(await said(port, *parts))
            assert first in (b"/plain", b"/hotnow", b"now")
            assert [each[-3:] for each in others] == [b"now", b"end"]
    assert (await said(port, b"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n")).startswith(
        b"HTTP/1.1 400 "
    )


async def test_a_web_socket_is_opened(port: int) -> None:
    key = b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    upgrade = b"Connection: Upgrade\r\nUpgrade: websocket\r\n" + key
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(PLAIN[:-2] + upgrade + b"\r\n")
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 101 ")
    assert b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in head  # RFC 6455 section 1.3
    assert await reader.readexactly(8) == b"\x81\x06/plain"
    writer.close()


async def test_refusals_and_failures_are_told(port: int) -> None:
    stranger = hot(b"now", HOT.replace(b"ada", b"nobody"))
    assert (await said(port, stranger + CLOSE)).startswith(b"HTTP/1.1 401 ")
    answers = await said(port, hot(b"broken") + CLOSE)
    assert answers.startswith(b"HTTP/1.1 503 ")
    assert b"\r\nx-c: d" not in answers
    assert bodies(answers)[1:] == [b"/end"]


async def test_a_head_without_end_is_refused(port: int) -> None:
    parts = [b"GET / HTTP/1.1\r\n", *[b"X-A: " + b"a" * 10_000 + b"\r\n"] * 100]
    try:
        answer = await said(port, *parts)
    except ConnectionError:  # it closed while more was being sent
        return
    assert answer.startswith(b"HTTP/1.1 431 ")


async def test_slow_heads_and_idle_connections_are_ended(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "HEAD_S", 0.1)
    assert await said(port, hot(b"later"), b"GET / HTT") != b""
    monkeypatch.setattr(server, "IDLE_S", 0.1)
    assert await said(port) == b""
    assert bodies(await said(port, hot(b"later"))) == [b"later"]


async def test_a_body_that_does_not_come_is_the_applications_to_wait_for(
    port: int, application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "_HELD_S", 0.0)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    whole = hot(b"now")
    writer.write(whole[:-1])
    await application.asked.get()
    writer.write(whole[-1:] + CLOSE)
    assert bodies(await reader.read()) == [b"/hotnow", b"/end"]
    writer.close()


async def test_an_answer_under_way_is_given_before_the_server_stops(echo: Echo) -> None:
    async with serving(echo, Application()) as (http, port), asyncio.TaskGroup() as group:
        idle = group.create_task(said(port))
        answer = group.create_task(said(port, hot(b"wait")))
        await echo.begun.wait()
        http.stop()
        assert await idle == b""
        echo.go.set()
    assert bodies(answer.result()) == [b"wait"]
