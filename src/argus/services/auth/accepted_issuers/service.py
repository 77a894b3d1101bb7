"""Tokens of other issuers, accepted side by side with Argus's own: no network once keys are known.

Their people have the roles that configuration says, in the organization that it says. Who is linked
to an account here (`external_identities`) is that user; anybody else has an id of their own, the
same each time, that no account has.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

import orjson
from joserfc import jws
from joserfc.errors import JoseError

from argus.contracts.auth.reasons import InactiveReason
from argus.contracts.permissions import effective_permissions
from argus.kernel.clock import Clock
from argus.kernel.ids import format_id
from argus.kernel.principal import AuthenticationMethod, Principal, PrincipalKind
from argus.services.auth.accepted_issuers.rules import (
    check,
    client_of,
    is_of_client,
    roles_of,
    scopes_of,
)
from argus.services.auth.accepted_issuers.settings import AcceptedIssuer
from argus.services.auth.foreign_tokens.keys import RemoteKeys
from argus.services.auth.foreign_tokens.verification import (
    MAX_LENGTH,
    check_times,
    is_time,
    texts,
    verify,
)


@dataclass(frozen=True)
class AcceptedToken:
    """A genuine and current access token of an accepted issuer."""

    issuer_name: str
    """As configured; stands for the way of signing in, in organizations' settings."""
    settings: AcceptedIssuer
    claims: Mapping[str, Any]

    @property
    def subject(self) -> str:
        """Whom the issuer speaks of."""
        return self.claims["sub"]

    @property
    def expires_at(self) -> datetime:
        """When the token ends."""
        return datetime.fromtimestamp(self.claims["exp"], UTC)

    @property
    def authenticated_at(self) -> datetime:
        """When the person signed in there or, where it is not said, when the token was issued."""
        told: Any = self.claims.get("auth_time")
        seconds: float = told if is_time(told) else self.claims.get("iat", 0)
        return datetime.fromtimestamp(seconds, UTC)

    @property
    def is_of_person(self) -> bool:
        """Whether it speaks for a person, not for a client."""
        return not is_of_client(self.claims)

    @property
    def strength(self) -> tuple[str, ...]:
        """How the person was authenticated (RFC 8176), as far as the issuer tells."""
        return texts(self.claims.get("amr"))


class AcceptedIssuers:
    """The configured issuers; a token of any other is none of theirs, whatever it says."""

    def __init__(
        self, configured: Mapping[str, AcceptedIssuer], keys: RemoteKeys, clock: Clock
    ) -> None:
        self._by_issuer = {
            settings.issuer: (name, settings) for name, settings in configured.items()
        }
        self._keys, self._clock = keys, clock

    def claims_to_be_of(self, token: str) -> bool:
        """Whether the token says that one of these issued it. Nothing is verified."""
        return bool(self._by_issuer) and _stated_issuer(token) in self._by_issuer

    async def verify(self, token: str) -> AcceptedToken | InactiveReason:
        """The token, if its issuer signed it for this platform and it is current."""
        name, settings = self._by_issuer[_stated_issuer(token) or ""]
        found = await verify(token, self._keys, settings.keys_uri)
        if isinstance(found, InactiveReason):
            return found
        reason = check(settings, found) or check_times(found.claims, self._clock.now())
        return reason or AcceptedToken(name, settings, found.claims)


def principal_of(token: AcceptedToken, user_id: UUID | None) -> Principal:
    """Who presents the token; `user_id` is the linked account, if there is one."""
    claims, settings = token.claims, token.settings
    roles, scopes = roles_of(settings, claims), scopes_of(settings, claims)
    subject = user_id or derived_id(settings.issuer, token.subject)
    jti = claims.get("jti")
    return Principal(
        kind=PrincipalKind.USER if token.is_of_person else PrincipalKind.SERVICE_ACCOUNT,
        id=format_id("usr" if token.is_of_person else "sa", subject),
        organization_id=settings.organization_id,
        roles=frozenset(roles),
        scopes=scopes,
        permissions=effective_permissions(roles, scopes, AuthenticationMethod.JWT),
        method=AuthenticationMethod.JWT,
        authenticated_at=token.authenticated_at if token.is_of_person else None,
        strength=token.strength,
        client_id=client_of(claims),
        credential=f"{token.issuer_name}:{jti if isinstance(jti, str) else ''}",
        user_id=subject if token.is_of_person else None,
        expires_at=token.expires_at,
    )


def derived_id(issuer: str, subject: str) -> UUID:
    """An id of form UUIDv8 that stands for somebody who has no account here."""
    digest = bytearray(hashlib.sha256(f"{issuer}\n{subject}".encode()).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x80
    digest[8] = digest[8] & 0x3F | 0x80
    return UUID(bytes=bytes(digest))


def _stated_issuer(token: str) -> str | None:
    if len(token) > MAX_LENGTH or not token.isascii():
        return None
    try:
        claims: object = orjson.loads(jws.extract_compact(token.encode()).payload)
    except (JoseError, ValueError):
        return None
    issuer = cast("dict[str, object]", claims).get("iss") if isinstance(claims, dict) else None
    return issuer if isinstance(issuer, str) else None
