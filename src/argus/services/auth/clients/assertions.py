"""Clients that prove who they are by a signed assertion: `private_key_jwt` (RFC 7523)."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, cast

import orjson
from joserfc import jws
from joserfc.errors import JoseError

from argus.kernel.clock import Clock
from argus.kernel.coalescing import Coalescer
from argus.kernel.db.unit_of_work import Database
from argus.kernel.patience import alongside
from argus.kernel.principal import system
from argus.services.auth.clients.client import Client
from argus.services.auth.foreign_tokens.keys import RemoteKey, RemoteKeys, parse_key_set
from argus.services.auth.foreign_tokens.verification import (
    CLOCK_SKEW,
    MAX_LENGTH,
    ForeignToken,
    check_times,
    texts,
    verify,
)
from argus.services.auth.used_proofs.repository import UsedProof, UsedProofs

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LONGEST_LIFE = timedelta(hours=1)
"""How far ahead an assertion may expire: for that long its `jti` is remembered."""
MAX_JTI = 255
_TYPES = ("", "jwt", "client-authentication+jwt")
"""What an assertion's header may call it: no other kind of token is taken for one."""
_ENDPOINTS = ("", "/oauth/token", "/oauth/par", "/oauth/introspect", "/oauth/revoke")
"""Below the issuer, what an assertion may be for: RFC 7523 section 3, RFC 9126 section 2."""


class ClientAssertions:
    """Judges assertions; each is good once. Use it outside of a begun unit of work."""

    def __init__(self, database: Database, clock: Clock, keys: RemoteKeys, issuer: str) -> None:
        self._database, self._clock, self._keys = database, clock, keys
        self._audiences = frozenset(issuer + path for path in _ENDPOINTS)
        self._used = Coalescer[UsedProof, bool](self._use)

    @asynccontextmanager
    async def judging(self) -> AsyncGenerator[None]:
        """Assertions are judged within the block; those that come together are one statement."""
        async with alongside(self._used.run()):
            yield

    async def prove(self, client: Client, assertion: str) -> bool:
        """Whether the client made this assertion for this server, and nobody has used it before.

        Its keys are the client's own, registered or at its registered `jwks_uri`; addresses and
        keys that the assertion names are not looked at.
        """
        metadata = client.metadata
        if metadata.jwks_uri is not None:
            token = await verify(assertion, self._keys, metadata.jwks_uri)
        else:
            token = await verify(assertion, _registered(orjson.dumps(metadata.jwks)), "")
        if not isinstance(token, ForeignToken) or not self._is_of(client, token):
            return False
        expires_at = datetime.fromtimestamp(token.claims["exp"], UTC)
        jti = token.claims["jti"]
        return bool(
            await self._used.get(UsedProof.of("client_assertion", client.id, jti, expires_at))
        )

    async def _use(self, proofs: Sequence[UsedProof]) -> Mapping[UsedProof, bool]:
        async with self._database.unit_of_work(system("auth")) as uow:
            first = await UsedProofs(uow).use_all(proofs)
        return dict.fromkeys(first, True)

    def _is_of(self, client: Client, token: ForeignToken) -> bool:
        """RFC 7523 section 3. One audience only, so that no other server can use it here."""
        claims, now = token.claims, self._clock.now()
        audience, jti = texts(claims.get("aud")), claims.get("jti")
        return (
            token.type in _TYPES
            and claims.get("iss") == claims.get("sub") == client.id
            and len(audience) == 1
            and audience[0] in self._audiences
            and isinstance(jti, str)
            and 0 < len(jti) <= MAX_JTI
            and check_times(claims, now) is None
            and claims["exp"] <= (now + LONGEST_LIFE + CLOCK_SKEW).timestamp()
        )


@dataclass(frozen=True)
class RegisteredKeys:
    """The keys that a client registered by value."""

    keys: Sequence[RemoteKey]

    async def find(self, _jwks_uri: str, kid: str | None) -> RemoteKey | None:
        """The key of that id; without one, the only key of the set."""
        if kid is None:
            return self.keys[0] if len(self.keys) == 1 else None
        return next((key for key in self.keys if key.kid == kid), None)


@lru_cache(maxsize=1_000)
def _registered(jwks: bytes) -> RegisteredKeys:
    return RegisteredKeys(parse_key_set(jwks))


def claimed_client(assertion: str) -> str | None:
    """Who says to have made it. To be believed once `prove` has said so."""
    if len(assertion) > MAX_LENGTH or not assertion.isascii():
        return None
    try:
        claims: object = orjson.loads(jws.extract_compact(assertion.encode()).payload)
    except (JoseError, ValueError):
        return None
    subject = cast("dict[str, Any]", claims).get("sub") if isinstance(claims, dict) else None
    return subject if isinstance(subject, str) else None
