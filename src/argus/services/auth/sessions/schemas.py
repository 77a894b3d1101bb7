"""What is shown of sessions."""

from datetime import datetime

from argus.kernel.ids import PublicSessionId
from argus.kernel.schema import Response


class SessionView(Response):
    """A live session of the caller. `last_seen_at` is its sign-in or latest refresh."""

    id: PublicSessionId
    client_id: str
    device: str
    """Browser and system, as the user agent says: `Firefox on Linux`; it may say anything."""
    user_agent: str
    address: str
    method: str
    """How the person signed in: `password`, `passkey`, `email`, or the name of a provider."""
    strength: list[str]
    """Authentication methods references (RFC 8176)."""
    authenticated_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    current: bool
    """Whether this request came with it."""


class SessionList(Response):
    """All live sessions of the caller, the newest first."""

    items: list[SessionView]
