"""Tickets for the edges of all services."""

from argus.contracts.auth.rpc import REDEEM_STREAM_TICKET
from argus.contracts.auth.v1 import auth_pb2 as pb
from argus.kernel.authz import internal
from argus.kernel.crypto import Keyring
from argus.kernel.module import Call
from argus.kernel.rpc.dispatch import rpc
from argus.services.auth.stream_tickets.service import StreamTicketService


@rpc(REDEEM_STREAM_TICKET, internal())
async def redeem_stream_ticket(
    request: pb.RedeemStreamTicketRequest, call: Call
) -> pb.RedeemStreamTicketResponse:
    """The credential behind a ticket, once."""
    tickets = StreamTicketService(call.uow, call.resources.get(Keyring), call.clock)
    scheme, credential = await tickets.redeem(request.ticket, request.path)
    return pb.RedeemStreamTicketResponse(scheme=scheme, credential=credential)
