"""Verifies JWTs of other issuers by the rules of RFC 8725."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, cast

import orjson
from joserfc import jws
from joserfc.errors import BadSignatureError, JoseError

from argus.contracts.auth.reasons import InactiveReason
from argus.services.auth.foreign_tokens.keys import RemoteKey

MAX_LENGTH = 16384
"""Twice that of our own: other issuers list groups."""
CLOCK_SKEW = timedelta(seconds=60)
_LATEST = 253402300799
"""The last second of the year 9999."""
ALGORITHMS = frozenset({"RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "ES512", "EdDSA"})
"""All are asymmetric: who verifies cannot sign."""


class Keys(Protocol):
    """Where the keys are that may have signed."""

    async def find(self, jwks_uri: str, kid: str | None, /) -> RemoteKey | None: ...


@dataclass(frozen=True)
class ForeignToken:
    """A token whose signature is genuine; nothing that it says has been compared with anything."""

    type: str
    """`typ` of the header, in lower case and without `application/`; empty if there is none."""
    claims: dict[str, Any]
    key: RemoteKey


async def verify(
    token: str, keys: Keys, jwks_uri: str, algorithms: Collection[str] = ALGORITHMS
) -> ForeignToken | InactiveReason:
    """The token, if a key of that set signed it. What is wrong is an answer, never an exception.

    The key decides the algorithm, never the header; keys and addresses of keys that a header offers
    (`jwk`, `jku`, `x5c`, `x5u`) are not looked at, and a header that marks anything as critical is
    refused.
    """
    header = _read_header(token)
    if isinstance(header, InactiveReason):
        return header
    if header.algorithm not in algorithms:
        return InactiveReason.ALGORITHM
    key = await keys.find(jwks_uri, header.kid)
    if key is None:
        return InactiveReason.UNKNOWN
    if header.algorithm != key.algorithm:
        return InactiveReason.ALGORITHM
    try:
        payload = jws.deserialize_compact(token, key.public, algorithms=[key.algorithm]).payload
        claims: object = orjson.loads(payload)
    except BadSignatureError:
        return InactiveReason.SIGNATURE
    except (JoseError, ValueError):
        return InactiveReason.MALFORMED
    if not isinstance(claims, dict):
        return InactiveReason.MALFORMED
    return ForeignToken(header.type, cast("dict[str, Any]", claims), key)


@dataclass(frozen=True)
class _Header:
    algorithm: str
    kid: str | None
    type: str


def _read_header(token: str) -> _Header | InactiveReason:
    if len(token) > MAX_LENGTH or not token.isascii():
        return InactiveReason.MALFORMED
    try:
        header: dict[str, Any] = jws.extract_compact(token.encode()).headers()
    except (JoseError, ValueError):
        return InactiveReason.MALFORMED
    algorithm, kid, kind = header.get("alg"), header.get("kid"), header.get("typ", "")
    if (
        "crit" in header
        or not isinstance(algorithm, str)
        or not isinstance(kid, str | None)
        or not isinstance(kind, str)
    ):
        return InactiveReason.MALFORMED
    return _Header(algorithm, kid, kind.lower().removeprefix("application/"))


def check_times(claims: dict[str, Any], now: datetime) -> InactiveReason | None:
    """Why the token is not current; one without an expiry, or a time that is no number, is not."""
    expires: Any = claims.get("exp")
    starts: list[Any] = [claims.get("iat", 0), claims.get("nbf", 0)]
    if not all(is_time(each) for each in (expires, *starts)):
        return InactiveReason.MALFORMED
    if max(starts) > (now + CLOCK_SKEW).timestamp():
        return InactiveReason.NOT_YET_VALID
    return InactiveReason.EXPIRED if expires <= now.timestamp() else None


def texts(value: object) -> tuple[str, ...]:
    """The texts of a claim that may be one or a list of them (`aud`, groups)."""
    if isinstance(value, str):
        return (value,)
    listed = cast("list[object]", value) if isinstance(value, list) else []
    return tuple(each for each in listed if isinstance(each, str))


def is_time(value: object) -> bool:
    """Whether a claim is a number of seconds (RFC 7519 section 2) that a clock can show."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return 0 <= value <= _LATEST
