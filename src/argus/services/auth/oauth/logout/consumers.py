"""What ends sessions is told to their clients."""

from argus.contracts.auth.events import SessionRevoked
from argus.kernel.ids import parse_id
from argus.kernel.module import Call, Envelope, consumes
from argus.services.auth.oauth.logout.service import TELL_CLIENT


@consumes(SessionRevoked, name="auth.tell_client_of_logout")
async def tell_client_of_logout(event: SessionRevoked, _envelope: Envelope, call: Call) -> None:
    """By a job, since clients are slow, and may be away."""
    session_id = parse_id("ses", event.session_id)
    await call.uow.enqueue(TELL_CLIENT, session_id=str(session_id))
