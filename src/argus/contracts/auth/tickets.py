"""Tickets for streams at the edges of every process, redeemed by the auth service."""

from argus.contracts.auth.rpc import REDEEM_STREAM_TICKET
from argus.contracts.auth.v1 import auth_pb2 as pb
from argus.kernel.rpc.client import Rpc


class RpcTickets:
    """Asks the auth service, which alone knows what was used."""

    def __init__(self, rpc: Rpc) -> None:
        self._rpc = rpc

    async def redeem(self, ticket: str, path: str) -> tuple[str, str]:
        """Scheme and credential behind the ticket.

        Raises:
            Unauthenticated: it is not valid for this path, or not any more.
            Unavailable: the auth service does not answer.
        """
        question = pb.RedeemStreamTicketRequest(ticket=ticket, path=path)
        answer = await self._rpc.call(REDEEM_STREAM_TICKET, question)
        return answer.scheme, answer.credential
