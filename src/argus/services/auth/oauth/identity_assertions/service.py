"""Identity assertions (ID-JAG): an identity provider vouches that a client may act for a person.

By draft-ietf-oauth-identity-assertion-authz-grant section 4.4 and RFC 7523 section 3.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from argus.kernel.clock import Clock
from argus.kernel.db.unit_of_work import UnitOfWork
from argus.kernel.ids import UserId
from argus.services.auth.asserters import Asserter
from argus.services.auth.external_identities.repository import ExternalIdentityRepository
from argus.services.auth.foreign_tokens.keys import RemoteKeys
from argus.services.auth.foreign_tokens.verification import (
    CLOCK_SKEW,
    ForeignToken,
    check_times,
    texts,
    verify,
)
from argus.services.auth.oauth.errors import InvalidGrant
from argus.services.auth.used_proofs.repository import UsedProofs

TYPE = "oauth-id-jag+jwt"
LONGEST_LIFE = timedelta(minutes=10)
MAX_TEXT = 255


@dataclass(frozen=True)
class Assertion:
    """What a good assertion says; it is not used up yet."""

    asserter: Asserter
    subject: str
    jti: str
    expires_at: datetime
    scopes: frozenset[str]
    resource: str | None


class IdentityAssertions:
    """Reads the assertions of the configured providers, and of no other."""

    def __init__(
        self, asserters: Sequence[Asserter], keys: RemoteKeys, clock: Clock, issuer: str
    ) -> None:
        self.asserters, self._keys = asserters, keys
        self._clock, self._issuer = clock, issuer

    async def read(self, presented: str, client_id: str) -> Assertion:
        """The assertion that a configured provider made for this client and this server.

        Each provider's keys are tried with its own name only, so that none can speak for another.

        Raises:
            InvalidGrant
        """
        for asserter in self.asserters:
            token = await verify(presented, self._keys, asserter.jwks_uri)
            if isinstance(token, ForeignToken) and self._is_good(token, asserter, client_id):
                return _read(token.claims, asserter)
        raise InvalidGrant("the assertion is not valid")

    async def use(self, uow: UnitOfWork, assertion: Assertion) -> UserId:
        """The person of whom the assertion speaks; it is good once.

        Raises:
            InvalidGrant: it was used before, or nobody here is linked to that identity.
        """
        issuer = assertion.asserter.issuer
        if not await UsedProofs(uow).use("id-jag", issuer, assertion.jti, assertion.expires_at):
            raise InvalidGrant("the assertion was used before")
        identity = await ExternalIdentityRepository(uow).find(issuer, assertion.subject)
        if identity is None or identity.disabled_at is not None:
            raise InvalidGrant("nobody is linked to the identity")
        return UserId(identity.user_id)

    def _is_good(self, token: ForeignToken, asserter: Asserter, client_id: str) -> bool:
        claims, now = token.claims, self._clock.now()
        return (
            token.type == TYPE
            and asserter.issuer != self._issuer  # what is issued here is for others
            and claims.get("iss") == asserter.issuer
            and claims.get("aud") in (self._issuer, [self._issuer])
            and claims.get("client_id") == client_id
            and all(_is_text(claims.get(name)) for name in ("sub", "jti"))
            and check_times(claims, now) is None
            and claims["exp"] <= (now + LONGEST_LIFE + CLOCK_SKEW).timestamp()
            and len(texts(claims.get("resource"))) <= 1
        )


def _read(claims: dict[str, Any], asserter: Asserter) -> Assertion:
    scope = claims.get("scope")
    return Assertion(
        asserter=asserter,
        subject=claims["sub"],
        jti=claims["jti"],
        expires_at=datetime.fromtimestamp(claims["exp"], UTC),
        scopes=frozenset(scope.split()) if isinstance(scope, str) else frozenset(),
        resource=next(iter(texts(claims.get("resource"))), None),
    )


def _is_text(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= MAX_TEXT
