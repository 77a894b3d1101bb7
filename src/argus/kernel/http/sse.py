"""Server-sent events (WHATWG HTML section 9.2): the answer that carries them, and one event."""

from collections.abc import AsyncIterable

import orjson
from fastapi.responses import StreamingResponse
from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event

HEARTBEAT = KEEPALIVE_COMMENT
"""Nothing, so that neither a proxy nor the client takes a quiet stream for a dead one."""


class EventStream(StreamingResponse):
    """Sends events as they come, until they end or the client has gone; no proxy holds them back.

    The generator is cancelled when the client goes.
    """

    media_type = "text/event-stream"

    def __init__(self, events: AsyncIterable[bytes]) -> None:
        super().__init__(events, headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})


def event(kind: str, data: object, number: int | None = None) -> bytes:
    """One event; with its `number`, which a client that lost the stream sends as Last-Event-ID."""
    sent = orjson.dumps(data).decode()
    return format_sse_event(event=kind, data_str=sent, id=None if number is None else str(number))
