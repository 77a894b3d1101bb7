"""PostgreSQL connections that sleep while they wait, and whether one still stands."""

import select
from typing import TypeVar

from psycopg import AsyncConnection
from psycopg.abc import PQGen

_AT_LAST_S = 3600.0

R = TypeVar("R")


class PatientConnection(AsyncConnection):
    """Wakes up when the server says something, when a timeout ends, and when it is cancelled.

    psycopg's own looks up ten times a second besides, for the sake of programs without an event
    loop. Connections that listen do nothing but wait.
    """

    async def wait(
        self,
        gen: PQGen[R],
        interval: float = _AT_LAST_S,
        timeout: float | None = None,  # noqa: ASYNC109 - psycopg names it
    ) -> R:
        """As psycopg's, without looking up."""
        return await super().wait(gen, interval, timeout)


def has_ended(connection: AsyncConnection) -> bool:
    """Whether an idle connection was ended, by the server or by the network.

    Then there is something to read, be it the end; nothing else comes while nobody asks. Unlike
    asking the server it costs no round trip.
    """
    if connection.closed:
        return True
    news = select.poll()
    news.register(connection.fileno(), select.POLLIN)
    return bool(news.poll(0))
