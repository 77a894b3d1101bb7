"""Tickets over REST."""

from fastapi import Request

from argus.kernel.authz import authenticated
from argus.kernel.crypto import Keyring
from argus.kernel.errors import InvalidRequest, Unauthenticated
from argus.kernel.http.middleware import credential_of
from argus.kernel.http.problems import problems
from argus.kernel.http.routing import CallDep, service_router
from argus.services.auth.stream_tickets.errors import TicketNotPossible
from argus.services.auth.stream_tickets.schemas import Ticket, TicketRequest
from argus.services.auth.stream_tickets.service import StreamTicketService

router = service_router("auth", prefix="/api/v1/auth/tickets", tags=["tokens"])


@router.post(
    "",
    status_code=201,
    summary="Get a ticket for a stream",
    responses=problems(Unauthenticated, InvalidRequest, TicketNotPossible),
    dependencies=[authenticated()],
)
async def create_stream_ticket(body: TicketRequest, call: CallDep, request: Request) -> Ticket:
    """For browsers, whose `EventSource` and `WebSocket` send no `Authorization`: a ticket stands
    for this request's credential, once, within 30 seconds, at this path alone.
    """
    presented = credential_of(request.headers)
    if presented is None:
        raise Unauthenticated
    scheme, credential = presented
    if scheme == "DPoP":
        raise TicketNotPossible
    tickets = StreamTicketService(call.uow, call.resources.get(Keyring), call.clock)
    issued = tickets.issue(scheme, credential, body.path)
    return Ticket(ticket=issued.ticket, path=body.path, expires_at=issued.expires_at)
