"""The feed over gRPC."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from argus.contracts.auth.rpc import WATCH_REVOCATIONS
from argus.contracts.auth.v1 import auth_pb2 as pb
from argus.contracts.permissions import Permission
from argus.kernel.authz import requires
from argus.kernel.rpc.dispatch import Watch, streams
from argus.services.auth.revocations.feed import RevocationFeed
from argus.services.auth.revocations.watching import News, Position, watch


@streams(WATCH_REVOCATIONS, requires(Permission.TOKEN_VALIDATE))
async def watch_revocations(
    request: pb.WatchRevocationsRequest, call: Watch
) -> AsyncGenerator[pb.RevocationNews]:
    """What is revoked, as it happens."""
    position = Position(request.stream, request.sequence)
    feed = call.resources.get(RevocationFeed)
    async with aclosing(watch(feed, call.clock, call.principal, position)) as messages:
        async for news in messages:
            yield _message(news)


def _message(news: News) -> pb.RevocationNews:
    return pb.RevocationNews(
        stream=news.stream,
        sequence=news.sequence,
        after=news.after,
        as_of_ms=int(news.as_of.timestamp() * 1000),
        snapshot=news.is_snapshot,
        more=news.has_more,
        changes=[pb.RevocationChange(key=key, epoch=epoch) for key, epoch in news.changes],
    )
