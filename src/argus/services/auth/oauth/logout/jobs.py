"""Back-channel logout, repeated while a client does not answer."""

from uuid import UUID

from argus.kernel.ids import SessionId
from argus.kernel.module import JobCall, job
from argus.services.auth.oauth.logout.service import TELL_CLIENT, LogoutService


@job(TELL_CLIENT, retries=8)
async def tell_client(call: JobCall, *, session_id: str) -> None:
    """Send the logout token; for some ten minutes in all, at growing intervals."""
    await call.resources.get(LogoutService).tell(SessionId(UUID(session_id)))
