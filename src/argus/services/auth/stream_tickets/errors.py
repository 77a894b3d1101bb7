"""Errors of tickets for streams."""

from argus.kernel.errors import ArgusError


class TicketNotPossible(ArgusError):
    """The access token is bound to a key, and a ticket would let its holder in without the key.

    Open the stream with the header `Authorization: DPoP <access token>` and a proof, by `fetch` in
    place of `EventSource`.
    """

    code, status, title = "auth.stream_ticket.bound_token", 403, "No ticket for a bound token"
