"""Who calls, and what they may do: the same answer as the platform itself gives."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from argus_client.errors import Forbidden
from argus_client.roles import CREDENTIALS, ROLE_PERMISSIONS


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """An authenticated caller of your organization."""

    kind: str
    """`user`, `service_account` or `agent`."""
    id: str
    """Public id, such as `usr_01jd8z…`."""
    organization_id: str
    method: str
    """What proved it: `session`, `oauth2`, `service_account`, `api_key`, `impersonation`, …"""
    credential: str
    """The session, token or API key that spoke: for your audit trail, never a secret."""
    roles: frozenset[str] = frozenset()
    scopes: frozenset[str] | None = None
    """None: not limited by scopes."""
    permissions: frozenset[str] = frozenset()
    """Argus's permissions: roles, scopes and kind of credential, already intersected."""
    project_id: str | None = None
    session_id: str | None = None
    authenticated_at: datetime | None = None
    strength: tuple[str, ...] = ()
    """How they authenticated (RFC 8176): `pwd`, `otp`, `hwk`, …"""
    actors: tuple[str, ...] = ()
    """Who acts for them (RFC 8693), outermost first."""
    client_id: str = ""

    def may(self, permission: str) -> bool:
        """Whether they hold this permission of Argus, or this scope of your own resource."""
        if permission in CREDENTIALS:
            return permission in self.permissions
        return self.scopes is not None and permission in self.scopes

    def require(self, *permissions: str) -> None:
        """Go on only if they hold all of these.

        Raises:
            Forbidden: names the first that is missing.
        """
        for permission in permissions:
            if not self.may(permission):
                raise Forbidden(permission)


@lru_cache(1024)
def effective_permissions(
    roles: tuple[str, ...], scopes: frozenset[str] | None, method: str, *, grants_itself: bool
) -> frozenset[str]:
    """What Argus lets such a caller do: granted by a role, or by itself where its scopes are what
    somebody granted it; named by a scope; carried by the kind of credential.
    """
    may: set[str] = set(_granted(roles))
    if grants_itself and scopes:
        may |= scopes & CREDENTIALS.keys()
    return frozenset(
        permission
        for permission in may
        if (scopes is None or permission in scopes) and method in CREDENTIALS[permission]
    )


def _granted(roles: Iterable[str]) -> Iterable[str]:
    return (name for role in roles for name in ROLE_PERMISSIONS.get(role, ()))
