"""Who acts: every request, call, message and job ends in exactly one `Principal`."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from argus.kernel.ids import OrganizationId, ProjectId, SessionId


class PrincipalKind(StrEnum):
    """What kind of caller acts."""

    USER = "user"
    SERVICE_ACCOUNT = "service_account"
    AGENT = "agent"
    ANONYMOUS = "anonymous"
    SYSTEM = "system"
    """A service of the platform acting for itself: relay, job, sibling call. Never from outside."""


class AuthenticationMethod(StrEnum):
    """What kind of credential proved it."""

    API_KEY = "api_key"
    JWT = "jwt"
    OAUTH2 = "oauth2"
    SERVICE_ACCOUNT = "service_account"
    SESSION = "session"
    IMPERSONATION = "impersonation"
    """A session of somebody else, lent to an administrator for a while and a reason."""
    ANONYMOUS = "anonymous"


@dataclass(frozen=True, slots=True)
class Principal:
    """An authenticated caller and what it may do.

    `permissions` is already the intersection of roles, scopes and what the credential's kind may
    carry: an operation needs no other look. `actors` is the delegation chain (RFC 8693 `act`),
    outermost first. `credential` names the API key or session that spoke, for the audit trail.
    """

    kind: PrincipalKind
    id: str
    organization_id: OrganizationId | None = None
    project_id: ProjectId | None = None
    roles: frozenset[str] = frozenset()
    scopes: frozenset[str] | None = None
    """None: not limited by scopes."""
    permissions: frozenset[str] = frozenset()
    method: AuthenticationMethod = AuthenticationMethod.ANONYMOUS
    session_id: SessionId | None = None
    authenticated_at: datetime | None = None
    strength: tuple[str, ...] = ()
    """Authentication methods references (RFC 8176): `pwd`, `otp`, …"""
    actors: tuple[str, ...] = ()
    client_id: str = ""
    credential: str = ""
    address: str = ""
    user_id: UUID | None = None
    """The user's id when `kind` is user."""
    expires_at: datetime | None = None
    """When the credential stops counting, at the latest; None: never of itself."""

    @property
    def is_authenticated(self) -> bool:
        return self.kind is not PrincipalKind.ANONYMOUS


def anonymous(address: str = "") -> Principal:
    """A caller from `address` that presented no credential."""
    return Principal(PrincipalKind.ANONYMOUS, "anonymous", address=address)


def system(service: str, organization_id: OrganizationId | None = None) -> Principal:
    """The platform's own service, working for one organization or, with None, for none."""
    return Principal(PrincipalKind.SYSTEM, f"service:{service}", organization_id)


ANONYMOUS = anonymous()
"""Who acts until an edge has said who does."""
