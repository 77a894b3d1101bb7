"""Streams over WebSocket: what a path sends as server-sent events, as messages.

A handshake is a GET of its path, answered by the whole edge and the route behind it. So whoever
opens a socket is authenticated, limited and refused as who asks for the events, and the socket ends
as their stream does. Nothing is taken from the client but that it goes.
"""

import asyncio
from collections.abc import Generator
from urllib.parse import parse_qsl, urlencode

import orjson
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from argus.kernel.http.stream_tickets import STREAMS

RESUMES_AFTER = "last_event_id"
"""In the query, since a browser's `WebSocket` sends no `Last-Event-ID`."""
_OF_THE_HANDSHAKE = (b"connection", b"upgrade", b"last-event-id")
_ENDED, _REFUSED = 1000, 1008
"""Close codes of RFC 6455 section 7.4.1."""


async def over_web_socket(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer the handshake in `scope` by what `app` answers to a GET of its path.

    A message is `{"event", "data", "id"}`; the heart of a quiet stream beats as `{}`. Where the GET
    would be refused, the handshake is, by 403.
    """
    await receive()  # websocket.connect
    if not scope["path"].startswith(STREAMS):
        await send({"type": "websocket.close", "code": _REFUSED})
        return
    await app(_request(scope), *_translated(receive, send))


def _request(scope: Scope) -> Scope:
    pairs = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    headers = [
        (name, value)
        for name, value in scope["headers"]
        if name not in _OF_THE_HANDSHAKE and not name.startswith(b"sec-websocket-")
    ]
    headers += [
        (b"last-event-id", value.encode("latin-1", "replace"))
        for name, value in pairs
        if name == RESUMES_AFTER
    ]
    rest = [pair for pair in pairs if pair[0] != RESUMES_AFTER]
    return {
        **scope,
        "type": "http",
        "method": "GET",
        "http_version": "1.1",
        "scheme": {"wss": "https"}.get(scope["scheme"], "http"),
        # Of an older version of ASGI the framework listens whether the client goes.
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "headers": headers,
        "query_string": urlencode(rest).encode(),
    }


def _translated(receive: Receive, send: Send) -> tuple[Receive, Send]:
    """How the request is asked and its answer told, over the socket."""
    accepted, asked = asyncio.Event(), False

    async def receive_request() -> Message:
        nonlocal asked
        if not asked:
            asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await accepted.wait()
        while (await receive())["type"] != "websocket.disconnect":
            pass
        return {"type": "http.disconnect"}

    async def send_answer(message: Message) -> None:
        if message["type"] == "http.response.start":
            if message["status"] == 200:
                await send({"type": "websocket.accept"})
                accepted.set()
            else:
                await send({"type": "websocket.close", "code": _REFUSED})
        elif accepted.is_set():
            for sent in _messages(message.get("body", b"")):
                await send({"type": "websocket.send", "text": sent})
            if not message.get("more_body", False):
                await send({"type": "websocket.close", "code": _ENDED})

    return receive_request, send_answer


def _messages(events: bytes) -> Generator[str]:
    """Of whole server-sent events, as `kernel.http.sse` writes them."""
    for event in events.decode().split("\n\n"):
        fields = dict(
            line.split(": ", 1) for line in event.split("\n") if line[:1] not in ("", ":")
        )
        if fields:
            fields["data"] = orjson.loads(fields["data"])
        if event:
            yield orjson.dumps(fields).decode()
