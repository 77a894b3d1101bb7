"""One-time tickets in the addresses of streams, for browsers that can send no header there.

A ticket is exchanged for the credential that it stands for before anything else looks at the
request: everything behind this sees a request with an `Authorization` header and an address
without a ticket. No other path takes one.
"""

from collections.abc import Sequence
from typing import Protocol
from urllib.parse import parse_qsl, urlencode

from starlette.types import ASGIApp, Receive, Scope, Send

from argus.kernel.authentication import failing_slowly
from argus.kernel.errors import ArgusError, Unauthenticated
from argus.kernel.http.middleware import refuse

STREAMS = "/api/v1/stream/"
PARAMETER = "ticket"


class Tickets(Protocol):
    """Where tickets are exchanged."""

    async def redeem(self, ticket: str, path: str) -> tuple[str, str]:
        """Scheme and credential behind the ticket; Unauthenticated if it is not valid."""
        ...


class StreamTickets:
    """Exchanges the ticket of a request for a stream."""

    def __init__(self, app: ASGIApp, tickets: Tickets) -> None:
        self._app, self._tickets = app, tickets

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(STREAMS):
            pairs = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
            sent = [value for name, value in pairs if name == PARAMETER]
            if sent:
                try:
                    header = await failing_slowly(self._header(sent, scope["path"]))
                except ArgusError as error:
                    await refuse(error, scope, receive, send)
                    return
                rest = [pair for pair in pairs if pair[0] != PARAMETER]
                scope["query_string"] = urlencode(rest).encode()
                scope["headers"] = [*scope["headers"], (b"authorization", header.encode())]
        await self._app(scope, receive, send)

    async def _header(self, sent: Sequence[str], path: str) -> str:
        if len(sent) > 1:
            raise Unauthenticated("send exactly one credential")
        scheme, credential = await self._tickets.redeem(sent[0], path)
        return f"{scheme} {credential}"
