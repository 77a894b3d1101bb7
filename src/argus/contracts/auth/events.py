"""What the auth service tells the others."""

from datetime import datetime

from argus.kernel.events import Event, event


@event(topic="argus.auth.session.v1", partition_key="user_id")
class UserSignedIn(Event):
    """A session began. Identifiers are in their public form, in all events."""

    user_id: str
    session_id: str
    strength: list[str]


@event(topic="argus.auth.session.v1", partition_key="user_id")
class SignInFailed(Event):
    """A password was wrong, for a user that exists. Nothing is emitted for unknown addresses."""

    user_id: str


@event(topic="argus.auth.session.v1", partition_key="user_id")
class ClientLetIn(Event):
    """A person let a client act for them: a session of that client began."""

    user_id: str
    session_id: str
    client_id: str
    scopes: list[str]
    audience: str


@event(topic="argus.auth.session.v1", partition_key="user_id")
class SessionRevoked(Event):
    """The session's tokens no longer authenticate. `reason`: sign_out, revoked,
    refresh_reuse, password, deactivated.
    """

    user_id: str
    session_id: str
    reason: str


@event(topic="argus.auth.password.v1", partition_key="user_id")
class PasswordSet(Event):
    """The user's password is new; all sessions of the user ended with the old one."""

    user_id: str


@event(topic="argus.auth.api_key.v1", partition_key="api_key_id")
class ApiKeyCreated(Event):
    """The key authenticates from now on. `expires_at` None: it never expires."""

    api_key_id: str
    name: str
    scopes: list[str]
    expires_at: datetime | None


@event(topic="argus.auth.api_key.v1", partition_key="api_key_id")
class ApiKeyRevoked(Event):
    """The key no longer authenticates."""

    api_key_id: str
    reason: str


@event(topic="argus.auth.api_key.v1", partition_key="api_key_id")
class ApiKeyRotated(Event):
    """The key has a successor and expires at `expires_at`, sooner than before."""

    api_key_id: str
    successor_id: str
    expires_at: datetime


@event(topic="argus.auth.signing_key.v1", partition_key="kid")
class SigningKeyRotated(Event):
    """A new key signs from `signs_from` on; it was published before."""

    kid: str
    signs_from: datetime


@event(topic="argus.auth.organization_security.v1", partition_key="organization_id")
class OrganizationSecurityChanged(Event):
    """The organization demands other things of who enters it; `changed` names the settings."""

    organization_id: str
    changed: list[str]
