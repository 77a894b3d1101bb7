"""Public keys of other issuers, from a JSON Web Key Set (RFC 7517) that configuration names."""

import asyncio
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

import orjson
import structlog
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, OKPKey, RSAKey

from argus.kernel.clock import Clock
from argus.kernel.outbound import Outbound, OutboundFailed, OutboundRefused

COOLDOWN = timedelta(seconds=30)
"""Between two requests for one set, also when the first failed or brought nothing new."""
SHORTEST_FRESH, LONGEST_FRESH = timedelta(minutes=5), timedelta(hours=1)
"""How long a set is used without a look at its issuer; within these, `Cache-Control` decides."""
LONGEST_STALE = timedelta(hours=12)
"""How long the last set is used while its issuer does not answer."""
MAX_BYTES = 256 * 1024
MAX_SETS = 10_000
"""Clients name sets, too; beyond this the oldest is forgotten, and read again when it is needed."""
SMALLEST_RSA_BITS = 2048
_TIMEOUT_S = 5
_ALGORITHMS = {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512", "Ed25519": "EdDSA"}
_RSA_ALGORITHMS = frozenset({"RS256", "RS384", "RS512", "PS256"})
_MAX_AGE = re.compile(r"\bmax-age=(\d{1,9})\b")

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class RemoteKey:
    """A public key, good for exactly one algorithm (RFC 8725 section 3.1)."""

    kid: str | None
    algorithm: str
    public: RSAKey | ECKey | OKPKey
    issuer: str | None
    """Whose tokens it signs, where several issuers share a set (Microsoft's `issuer` member)."""


@dataclass
class _KeySet:
    keys: list[RemoteKey] = field(default_factory=list[RemoteKey])
    fresh_until: datetime | None = None
    usable_until: datetime | None = None
    tried_at: datetime | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class RemoteKeys:
    """Caches each set, and asks for it again when it has aged or lacks a key, one request at a time
    and at most one per `COOLDOWN`, so that made-up key ids cost nobody anything.

    `jwks_uri` never comes from a token; the caller takes it from configuration or from what a
    configured issuer publishes.
    """

    def __init__(self, outbound: Outbound, clock: Clock) -> None:
        self._outbound, self._clock = outbound, clock
        self._sets: dict[str, _KeySet] = {}

    async def find(self, jwks_uri: str, kid: str | None) -> RemoteKey | None:
        """The key of that id; without one, the only key of the set."""
        known = self._sets.setdefault(jwks_uri, _KeySet())
        if len(self._sets) > MAX_SETS:
            del self._sets[next(iter(self._sets))]
        is_coming = known.lock.locked() and self._pick(known, kid) is None
        if is_coming or self._is_due(known, kid):
            async with known.lock:
                if self._is_due(known, kid):  # whoever held the lock may have brought it
                    await self._refresh(jwks_uri, known)
        return self._pick(known, kid)

    def _is_due(self, known: _KeySet, kid: str | None) -> bool:
        now = self._clock.now()
        if known.tried_at is not None and now - known.tried_at < COOLDOWN:
            return False
        aged = known.fresh_until is None or known.fresh_until <= now
        return aged or self._pick(known, kid) is None

    def _pick(self, known: _KeySet, kid: str | None) -> RemoteKey | None:
        if known.usable_until is None or known.usable_until <= self._clock.now():
            return None
        if kid is None:
            return known.keys[0] if len(known.keys) == 1 else None
        return next((key for key in known.keys if key.kid == kid), None)

    async def _refresh(self, jwks_uri: str, known: _KeySet) -> None:
        now = known.tried_at = self._clock.now()
        try:
            answer = await self._outbound.request(
                "GET", jwks_uri, max_bytes=MAX_BYTES, timeout_s=_TIMEOUT_S
            )
        except (OutboundFailed, OutboundRefused) as error:
            _log.warning("auth.jwks.unavailable", uri=jwks_uri, detail=error.detail)
            return
        keys = parse_key_set(answer.body) if answer.status == 200 else []
        if not keys:
            _log.warning("auth.jwks.unusable", uri=jwks_uri, status=answer.status)
            return
        asked = _MAX_AGE.search(answer.headers.get("cache-control", ""))
        life = timedelta(seconds=int(asked[1])) if asked else SHORTEST_FRESH
        known.keys = keys
        known.fresh_until = now + min(max(life, SHORTEST_FRESH), LONGEST_FRESH)
        known.usable_until = now + LONGEST_STALE


def parse_key_set(document: bytes) -> list[RemoteKey]:
    """The keys of a set that verify signatures; whatever else it holds is left out."""
    try:
        content: object = orjson.loads(document)
    except orjson.JSONDecodeError:
        return []
    listed = cast("dict[str, Any]", content).get("keys") if isinstance(content, dict) else None
    if not isinstance(listed, list):
        return []
    keys = (_parse_key(each) for each in cast("list[object]", listed))
    return [key for key in keys if key is not None]


def _parse_key(described: object) -> RemoteKey | None:
    if not isinstance(described, dict):
        return None
    jwk = cast("dict[str, Any]", described)
    kid, issuer = jwk.get("kid"), jwk.get("issuer")
    algorithm = _algorithm(jwk)
    if algorithm is None or jwk.get("use", "sig") != "sig" or _is_short(jwk):
        return None
    try:
        # Only what makes the key: `x5c`, `key_ops` and the like are not looked at.
        public = JWKRegistry.import_key(
            {name: jwk[name] for name in ("kty", "crv", "n", "e", "x", "y") if name in jwk}
        )
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    if not isinstance(public, RSAKey | ECKey | OKPKey):
        return None
    return RemoteKey(
        kid=kid if isinstance(kid, str) else None,
        algorithm=algorithm,
        public=public,
        issuer=issuer if isinstance(issuer, str) else None,
    )


def _algorithm(jwk: dict[str, Any]) -> str | None:
    """The one algorithm that the key is for: what it says, if its type can; RS256 for RSA keys that
    say nothing.
    """
    stated = jwk.get("alg")
    if jwk.get("kty") == "RSA":
        stated = "RS256" if stated is None else stated
        return stated if stated in _RSA_ALGORITHMS else None
    fitting = _ALGORITHMS.get(str(jwk.get("crv")))
    return fitting if jwk.get("kty") in ("EC", "OKP") and stated in (None, fitting) else None


def _is_short(jwk: dict[str, Any]) -> bool:
    """Whether it is an RSA key that nobody should trust (RFC 7518 section 3.3)."""
    modulus = jwk.get("n", "")
    if jwk.get("kty") != "RSA" or not isinstance(modulus, str):
        return False
    leading_zeros = len(modulus) - len(modulus.lstrip("A"))
    return (len(modulus) - leading_zeros) * 6 < SMALLEST_RSA_BITS - 5
