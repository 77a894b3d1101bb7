"""Access tokens: JWTs in the profile of RFC 9068, verified by the rules of RFC 8725."""

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Annotated, ClassVar
from uuid import UUID

import orjson
from joserfc import jws
from joserfc.errors import BadSignatureError, JoseError
from joserfc.util import urlsafe_b64encode
from pydantic import AfterValidator, ConfigDict, Field, ValidationError

from argus.contracts.auth.reasons import InactiveReason
from argus.kernel.clock import Clock
from argus.kernel.ids import MalformedId, PublicOrganizationId, PublicSessionId, parse_id
from argus.kernel.principal import PrincipalKind
from argus.kernel.schema import Value
from argus.services.auth.revocations.repository import client_subject, signing_key_subject
from argus.services.auth.signing_keys.repository import SigningKey
from argus.services.auth.signing_keys.service import SigningKeys

TYPE = "at+jwt"
MAX_LENGTH = 8192
CLOCK_SKEW = timedelta(seconds=60)
"""How far the issuer's clock may be ahead of the verifier's."""

SUBJECT_KINDS = {
    "usr": PrincipalKind.USER,
    "sa": PrincipalKind.SERVICE_ACCOUNT,
    "agt": PrincipalKind.AGENT,
}
"""What a subject is, by the prefix of its public id."""


def subject_id(subject: str) -> UUID:
    """The UUID behind the public id of a subject of any kind.

    Raises:
        MalformedId: it is none.
    """
    prefix = subject.partition("_")[0]
    if prefix not in SUBJECT_KINDS:
        raise MalformedId("a subject is a user, a service account or an agent")
    return parse_id(prefix, subject)


def kind_of(subject: str) -> PrincipalKind:
    """What the subject with this public id is."""
    return SUBJECT_KINDS[subject.partition("_")[0]]


def _check_subject(subject: str) -> str:
    try:
        subject_id(subject)
    except MalformedId as error:
        raise ValueError(error.detail) from None
    return subject


Subject = Annotated[str, AfterValidator(_check_subject)]


class Actor(Value):
    """Who acts for the subject (RFC 8693 section 4.1); nested, the latest outermost."""

    sub: Subject
    act: "Actor | None" = None

    @property
    def chain(self) -> tuple[str, ...]:
        """All actors, outermost first."""
        return (self.sub, *(self.act.chain if self.act else ()))


class Confirmation(Value):
    """The key whose holder alone may use the token (RFC 9449 section 6.1)."""

    jkt: str


class Impersonation(Value):
    """Whose session this is not: what a banner shows for as long as the token lives."""

    by: Subject
    reason: str


class AccessTokenClaims(Value):
    """Claims of RFC 9068 section 2.2 and Argus's own: `org`, `sid`, `epoch`.

    `epoch` is the revocation epoch at which the token was issued. Claims that a later version adds
    are ignored. Without a session (client credentials) there is neither `sid` nor `auth_time`.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="ignore")

    iss: str
    sub: Subject
    aud: str
    exp: int
    iat: int
    nbf: int | None = None
    jti: UUID
    client_id: str
    auth_time: int | None = None
    acr: str | None = None
    """How strongly the person authenticated (RFC 9470 section 6.1)."""
    amr: tuple[str, ...] | None = None
    sid: PublicSessionId | None = None
    org: PublicOrganizationId
    roles: tuple[str, ...]
    epoch: int
    scope: str | None = None
    """None: not limited by scopes."""
    act: Actor | None = None
    cnf: Confirmation | None = None
    impersonation: Impersonation | None = None
    kid: str = Field(default="", exclude=True)
    """Of the key that signed it, as its header says; no claim."""

    @property
    def revocable(self) -> list[UUID]:
        """Every subject whose revocation ends this token (ADR 0015)."""
        people = [self.sub, *(self.act.chain if self.act else ())]
        subjects = [subject_id(person) for person in people]
        subjects += [self.jti, self.org, client_subject(self.client_id)]
        subjects.append(signing_key_subject(self.kid))
        return subjects if self.sid is None else [*subjects, self.sid]


def sign(claims: AccessTokenClaims, key: SigningKey) -> str:
    """The token, signed with `key`."""
    payload = claims.model_dump_json(exclude_none=True).encode()
    content = _header(key.algorithm, key.kid) + b"." + urlsafe_b64encode(payload)
    signature = jws.JWSRegistry.algorithms[key.algorithm].sign(content, key.pair)
    return (content + b"." + urlsafe_b64encode(signature)).decode()


@lru_cache(maxsize=100)
def _header(algorithm: str, kid: str) -> bytes:
    return urlsafe_b64encode(orjson.dumps({"alg": algorithm, "typ": TYPE, "kid": kid}))


class AccessTokenVerifier:
    """Verifies tokens of this installation; what is wrong is an answer, never an exception."""

    def __init__(self, keys: SigningKeys, clock: Clock, issuer: str) -> None:
        self._keys, self._clock, self._issuer = keys, clock, issuer

    async def verify(self, token: str, audience: str) -> AccessTokenClaims | InactiveReason:
        """The claims of a token that is genuine, current, and for `audience`.

        Revocation is not checked here.
        """
        claims = await self.read(token)
        if isinstance(claims, InactiveReason) or claims.aud == audience:
            return claims
        return InactiveReason.AUDIENCE

    async def read(self, token: str) -> AccessTokenClaims | InactiveReason:
        """The claims of a token that is genuine and current, for whomever it is.

        The key decides the algorithm, never the header (RFC 8725 section 3.1); keys that a header
        offers (`jwk`, `jku`, `x5u`) are not looked at. Revocation is not checked here.
        """
        if len(token) > MAX_LENGTH or not token.isascii():
            return InactiveReason.MALFORMED
        try:
            header = jws.extract_compact(token.encode()).headers()
        except (JoseError, ValueError):
            return InactiveReason.MALFORMED
        kid, typ = header.get("kid"), header.get("typ")
        if not isinstance(kid, str) or not isinstance(typ, str) or not _is_access_token(typ):
            return InactiveReason.MALFORMED
        key = await self._keys.find(kid)
        if key is None:
            return InactiveReason.UNKNOWN
        if header.get("alg") != key.algorithm:
            return InactiveReason.ALGORITHM
        try:
            payload = jws.deserialize_compact(token, key.pair, algorithms=[key.algorithm]).payload
            claims = AccessTokenClaims.model_validate_json(payload)
        except BadSignatureError:
            return InactiveReason.SIGNATURE
        except (JoseError, ValidationError):
            return InactiveReason.MALFORMED
        return self._check(claims) or claims.model_copy(update={"kid": kid})

    def _check(self, claims: AccessTokenClaims) -> InactiveReason | None:
        now: datetime = self._clock.now()
        latest_start = (now + CLOCK_SKEW).timestamp()
        if claims.iss != self._issuer:
            return InactiveReason.ISSUER
        if max(claims.iat, claims.nbf or 0) > latest_start:
            return InactiveReason.NOT_YET_VALID
        if claims.exp <= now.timestamp():
            return InactiveReason.EXPIRED
        return None


def _is_access_token(typ: str) -> bool:
    """RFC 9068 section 4: with or without `application/`, in any case."""
    return typ.lower().removeprefix("application/") == TYPE
