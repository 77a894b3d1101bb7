"""The HTTP server: uvicorn, with the hot operations answered where their last byte is read.

uvicorn's protocol reads requests with httptools (llhttp, the parser of Node.js) and makes a task,
a queue and a scope of each. An ordinary request of a hot operation needs none of them: it is
answered in the callback in which the parser has seen its end. Everything else goes uvicorn's way,
unchanged. Clients repeat their heads, byte for byte: how one of a hot operation was read is kept
by its SHA-256 and where it came from, and the parser is not asked again. No credential is kept.

What the server itself bounds, per connection: the bytes of a head and the time for it, and the time
for which nothing is asked. What a body may take, and an answer, is `bounds`' matter.
"""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Generator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple, cast

import httptools
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from argus.kernel.http.hot import HotDoor, HotRequest, lines

Doors = Mapping[tuple[bytes, bytes], HotDoor]
"""By method and path."""

MAX_HEAD_BYTES = 1 << 16
"""Of request line and headers, and what else is read with them at once."""
HEAD_S = 30.0
"""From the first byte of a request until the end of its head."""
IDLE_S = 75.0
"""Longer than nginx, Envoy and the load balancers of clouds keep an idle connection."""
_HELD_S = 1.0
"""For so long a hot operation's body is waited for; then the framework waits for it."""
_GRACE_S = 10.0
"""For requests under way when the server stops."""

_TICK_S = 1.0
_MOST_HEADS = 10_000
"""How many are known; the oldest are forgotten."""
_END_OF_HEAD = b"\r\n\r\n"

_MESSAGE_BYTES = 1 << 16
"""Of a WebSocket."""
_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\n\r\n"


class _Answering:
    """A hot answer under way, as far as uvicorn's protocol looks at one (`RequestResponseCycle`):
    what is asked meanwhile waits for it, and so does the end of the server.
    """

    def __init__(self) -> None:
        self.response_complete = self.disconnected = False
        self.keep_alive = True
        self.message_event = asyncio.Event()


class _Head(NamedTuple):
    """How a head was read, and what came with it."""

    door: HotDoor
    query: bytes
    scheme: str
    credential: slice
    """Where it stands."""
    address: str
    size: int
    """Of the whole request."""


class _State(ServerState):
    """What all connections share."""

    def __init__(self, doors: Doors) -> None:
        super().__init__()
        self.doors = doors
        self.heads = OrderedDict[bytes, _Head]()
        self.date = b""
        """The header, as it goes out."""


class HotProtocol(HttpToolsProtocol):
    """One connection."""

    server_state: _State
    _heard_at_s = 0.0
    _reading_since_s: float | None = None
    _is_in_head = False
    _head_bytes = 0
    _is_between = True
    """The parser is at the beginning of a request."""
    _whole = b""
    """What was read last, if it began with a request."""
    _from = b""
    _held: tuple[HotDoor, HotRequest, bytes] | None = None
    """A hot request whose end was not read yet, with its query."""
    _body = b""
    _offers_upgrade = False

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        self._heard_at_s = self.loop.time()
        self._from = self.client[0].encode() + b" " if self.client else b" "

    def data_received(self, data: bytes) -> None:
        self._heard_at_s = self.loop.time()
        if self.timeout_keep_alive_task is not None:
            self._unset_keepalive_if_required()
        if self._is_between:
            if self._recognises(data):
                return
            self._whole = data
        else:
            self._whole = b""
        try:
            self._read(data)
        except httptools.HttpParserError:
            self.send_400_response("Invalid HTTP request received.")
            return
        if self._is_in_head:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                self.transport.write(_TOO_LARGE)
                self.transport.close()

    def on_message_begin(self) -> None:
        self._is_in_head, self._head_bytes = True, 0
        self._is_between = False
        self._reading_since_s = self._heard_at_s
        self.url, self.headers, self.expect_100_continue = b"", [], False

    def on_headers_complete(self) -> None:
        self._is_in_head = False
        self._offers_upgrade = self.parser.should_upgrade()
        if self._offers_upgrade:
            return
        path, _, query = self.url.partition(b"?")
        door = self.server_state.doors.get((self.parser.get_method(), path))
        if door is not None and self._is_free():
            request = door.open(self.headers, self.client)
            if request is not None:
                self._held, self._body = (door, request, query), b""
                return
        self._leave()

    def on_body(self, body: bytes) -> None:
        if self._held is None:
            super().on_body(body)
        else:
            self._body += body

    def on_message_complete(self) -> None:
        if self._offers_upgrade:
            return
        self._reading_since_s, self._is_between = None, True
        if self._held is None:
            super().on_message_complete()
            return
        door, request, query = self._held
        if not door.reads(request, query, self._body):
            self._leave()
            super().on_message_complete()
            return
        self._held = None
        self._remember(door, request, query)
        self._give(door, request)

    def _give(self, door: HotDoor, request: HotRequest) -> None:
        date = self.server_state.date
        answer = door.answer_at_once(request, date)
        if answer is not None:
            self.transport.write(answer)
            return
        answering = _Answering()
        self.cycle = cast("Any", answering)
        task = self.loop.create_task(self._answer(door.answer(request, date), answering))
        task.add_done_callback(self.tasks.discard)
        self.tasks.add(task)

    def expire(self) -> None:
        """End what takes too long; to be called about once a second."""
        now_s = self.loop.time()
        if self._reading_since_s is not None:
            waited_s = now_s - self._reading_since_s
            if self._held is not None and waited_s > _HELD_S:
                self._leave()
            elif self._is_in_head and waited_s > HEAD_S:
                self.transport.close()
        elif now_s - self._heard_at_s > IDLE_S and self._has_answered():
            self.transport.close()

    def _remember(self, door: HotDoor, request: HotRequest, query: bytes) -> None:
        """Keep how the head was read, if the request came by itself and in one piece."""
        whole, heads = self._whole, self.server_state.heads
        head = whole[: whole.find(_END_OF_HEAD) + len(_END_OF_HEAD)]
        if not request.may_come_again or whole != head + self._body:
            return
        credential = request.credential.encode("latin-1")
        at = head.find(credential)
        heads[self._name_of(head)] = _Head(
            door,
            query,
            request.scheme,
            slice(at, at + len(credential)),
            request.address,
            len(whole),
        )
        if len(heads) > _MOST_HEADS:
            heads.popitem(last=False)

    def _recognises(self, data: bytes) -> bool:
        """Whether this is one request whose head is known, and which is answered therefore: at the
        beginning of a request the parser would read the same bytes in the same way.
        """
        head = data[: data.find(_END_OF_HEAD) + len(_END_OF_HEAD)]
        known = self.server_state.heads.get(self._name_of(head))
        if known is None or known.size != len(data):
            return False
        if not self._has_answered() or self.flow.write_paused:
            return False
        door, query, scheme, credential, address, _ = known
        request = door.open_again(scheme, head[credential].decode("latin-1"), address)
        if not door.reads(request, query, data[len(head) :]):
            return False
        self._give(door, request)
        return True

    def _name_of(self, head: bytes) -> bytes:
        return hashlib.sha256(self._from + head).digest()

    def _read(self, data: bytes) -> None:
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as offer:
            if self._should_upgrade():
                self._leave()
                self.handle_websocket_upgrade()
            else:
                self._decline(data[offer.args[0] :])

    def _decline(self, rest: bytes) -> None:
        """Pass over an offer to go on in another protocol (RFC 9110 section 7.8).

        To the parser the request ended with its head and `rest` is no HTTP any more, not even the
        request's own body: so all is read again without the offer, or that body would be taken for
        the next request.
        """
        method = self.parser.get_method()
        if method == b"CONNECT":
            raise httptools.HttpParserError("this is no proxy")
        self._whole = b""  # is not what will be read
        headers = [header for header in self.headers if header[0] != b"upgrade"]
        line = b"%b %b HTTP/%b\r\n" % (method, self.url, self.parser.get_http_version().encode())
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn does
        self._read(line + lines(headers) + b"\r\n" + rest)

    async def _answer(self, answer: Awaitable[bytes], answering: _Answering) -> None:
        told = b""
        try:
            told = await answer
        finally:
            if not self.transport.is_closing():
                self.transport.write(told)
            answering.response_complete = True
            if not (told and answering.keep_alive):
                self.transport.close()
            self.on_response_complete()

    def _leave(self) -> None:
        """Let uvicorn begin with the request that has been read so far."""
        self._reading_since_s = None
        url, headers, expects = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()
        self.url, self.expect_100_continue = url, expects
        self.headers += headers
        super().on_headers_complete()
        if self._held is not None:
            self._held = None
            super().on_body(self._body)

    def _is_free(self) -> bool:
        """Whether an answer may be written at once, and leaves the connection as it is."""
        parser = self.parser
        return (
            self._has_answered()
            and not self.flow.write_paused
            and parser.should_keep_alive()
            and parser.get_http_version() == "1.1"
        )

    def _has_answered(self) -> bool:
        return not self.cycle or self.cycle.response_complete


class HttpServer(uvicorn.Server):
    """Serves until `stop`; requests under way are answered first."""

    def __init__(
        self, app: ASGIApp, doors: Doors, *, host: str = "127.0.0.1", port: int = 0
    ) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                host=host,
                port=port,
                http=HotProtocol,
                ws="websockets-sansio",
                ws_max_size=_MESSAGE_BYTES,
                lifespan="off",
                proxy_headers=False,
                server_header=False,
                log_config=None,
                # It warns of each malformed request, and tells the tickets of WebSockets.
                log_level="error",
                access_log=False,
                timeout_keep_alive=int(IDLE_S),
                timeout_graceful_shutdown=int(_GRACE_S),
            )
        )
        self.server_state = _State(doors)
        self._stopping = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Leave signals to whoever runs the server."""
        yield

    def stop(self) -> None:
        """Let `serve` end."""
        self.should_exit = True
        self._stopping.set()

    async def main_loop(self) -> None:
        """Do once a second what has to be done; uvicorn looks ten times whether it is to stop."""
        while not await self.on_tick(0):
            for connection in [*self.server_state.connections]:
                if isinstance(connection, HotProtocol):  # else a WebSocket, which pings
                    connection.expire()
            self.server_state.date = lines(self.server_state.default_headers)
            with suppress(TimeoutError):
                async with asyncio.timeout(_TICK_S):
                    await self._stopping.wait()
