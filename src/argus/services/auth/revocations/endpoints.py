"""The feed as server-sent events, for verifiers that need no gRPC."""

import base64
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated

from fastapi import Query

from argus.contracts.permissions import Permission
from argus.kernel.authz import requires
from argus.kernel.errors import Forbidden, InvalidRequest, Unauthenticated, Unavailable
from argus.kernel.http import sse
from argus.kernel.http.problems import problems
from argus.kernel.http.routing import CallDep, service_router
from argus.kernel.http.sse import EventStream
from argus.services.auth.revocations.feed import RevocationFeed
from argus.services.auth.revocations.watching import News, Position, watch

router = service_router("auth", prefix="/api/v1/auth", tags=["tokens"])


@router.get(
    "/revocations",
    summary="Follow revocations",
    status_code=200,  # FastAPI would look for one in the constructor
    response_class=EventStream,
    responses=problems(Unauthenticated, Forbidden, InvalidRequest, Unavailable),
    dependencies=[requires(Permission.TOKEN_VALIDATE)],
)
async def watch_revocations(
    call: CallDep,
    stream: Annotated[str, Query(pattern="^[A-Za-z0-9_-]{16}$")] = "",
    sequence: Annotated[int, Query(ge=0, lt=2**63)] = 0,
) -> EventStream:
    """What is revoked, as it happens, for verifiers that check tokens themselves.

    First comes the event `snapshot`, in parts of which each but the last says `more`; or, if
    `stream` and `sequence` are those of the latest event received and not too old, `changes` with
    what was missed. Then `changes` as they happen, and a `heartbeat` each second. An event whose
    `after` is not the sequence that the receiver has reached follows a gap: connect again. `after`
    of a part of a snapshot is the number of changes in the parts before.

    `changes` are pairs of an opaque key and an epoch. The stream ends when the credential that
    opened it does, or changes.
    """
    messages = watch(
        call.resources.get(RevocationFeed), call.clock, call.principal, Position(stream, sequence)
    )
    first = await anext(messages, None)
    if first is None:
        raise Unavailable("this process is about to stop")
    return EventStream(_events(first, messages))


async def _events(first: News, messages: AsyncGenerator[News]) -> AsyncGenerator[bytes]:
    async with aclosing(messages):
        yield _event(first)
        try:
            async for news in messages:
                yield _event(news)
        except Unauthenticated:
            return  # whoever connects again is told why


def _event(news: News) -> bytes:
    kind = "snapshot" if news.is_snapshot else "changes" if news.changes else "heartbeat"
    told = {
        "stream": news.stream,
        "sequence": news.sequence,
        "after": news.after,
        "as_of": news.as_of,
        "snapshot": news.is_snapshot,
        "more": news.has_more,
        "changes": [(_text(key), epoch) for key, epoch in news.changes],
    }
    return sse.event(kind, told)


def _text(key: bytes) -> str:
    return base64.urlsafe_b64encode(key).rstrip(b"=").decode()
