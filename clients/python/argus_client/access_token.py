"""Verifies access tokens of Argus offline. Pure: what is known is given, nothing is fetched.

RFC 9068 (profile), RFC 8725 (how to verify), RFC 7515 (form). The key decides the algorithm, never
the header; keys and addresses that a header offers (`jwk`, `jku`, `x5u`) are not looked at.
"""

import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from argus_client.errors import Unauthenticated
from argus_client.ids import uuid_bytes
from argus_client.principal import Principal, effective_permissions
from argus_client.revocations import keys_of, keys_of_issuing

if TYPE_CHECKING:
    from argus_client.key_set import VerificationKey

MAX_LENGTH = 8192
CLOCK_SKEW_S = 60
"""How far the issuer's clock may be ahead of this one."""

_KINDS = {"usr": "user", "sa": "service_account", "agt": "agent"}
_TYPES = ("at+jwt", "application/at+jwt")
_MAX_ACTORS = 20


@dataclass(frozen=True, slots=True)
class Expected:
    """Whose tokens are accepted, and for whom they must be."""

    issuer: str
    audience: str
    organization_id: str


@dataclass(frozen=True, slots=True)
class VerifiedToken:
    """A token that is genuine and current. Whether it was revoked is yet to be asked."""

    principal: Principal
    expires_at: float
    epoch: int
    revocable: tuple[bytes, ...]
    """What a revocation of it may be filed under, in the picture of revocations."""
    key_thumbprint: str | None
    """The key whose holder alone may use it (RFC 9449)."""


def looks_like_token(credential: str) -> bool:
    """Whether somebody means a JWT by this, and not an API key."""
    return credential.count(".") == 2


def key_id(token: str) -> str:
    """The `kid` of a token whose header is that of an access token.

    Raises:
        Unauthenticated: `malformed`.
    """
    if len(token) > MAX_LENGTH or not token.isascii():
        raise Unauthenticated("malformed")
    return _header(token[: token.find(".")])[0]


def verify(token: str, key: "VerificationKey", expected: Expected, now: float) -> VerifiedToken:
    """What a token of this key says, if it is genuine, current and for us. `key_id` went before.

    Raises:
        Unauthenticated: with the reason.
    """
    signed, _, signature = token.rpartition(".")
    header, _, payload = signed.partition(".")
    key_id, algorithm = _header(header)
    if algorithm != key.algorithm:
        raise Unauthenticated("algorithm")
    if not key.verify(signed.encode(), _decode(signature)):
        raise Unauthenticated("signature")
    try:
        claims: object = json.loads(_decode(payload).decode())
        return _read(cast("dict[str, Any]", claims), key_id, expected, now)
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
        raise Unauthenticated("malformed") from None


@lru_cache(64)
def _header(segment: str) -> tuple[str, str]:
    """Key id and algorithm. All tokens of one key have the same header."""
    try:
        header: object = json.loads(_decode(segment))
    except (ValueError, RecursionError):
        raise Unauthenticated("malformed") from None
    if not isinstance(header, dict):
        raise Unauthenticated("malformed")
    fields = cast("Mapping[str, object]", header)
    typ, kid, algorithm = fields.get("typ"), fields.get("kid"), fields.get("alg")
    if (
        not isinstance(typ, str)
        or typ.lower() not in _TYPES
        or not isinstance(kid, str)
        or not isinstance(algorithm, str)
        or "crit" in fields  # RFC 7515 section 4.1.11: we understand no extension
    ):
        raise Unauthenticated("malformed")
    return kid, algorithm


def _read(claims: dict[str, Any], key_id: str, expected: Expected, now: float) -> VerifiedToken:
    """Raises what reading a claim of another type does, too: those are malformed."""
    expires_at, epoch = _integer(claims["exp"]), _integer(claims["epoch"])
    starts_at = max(_integer(claims["iat"]), _integer(claims.get("nbf", 0)))
    subject, organization, client_id = (
        _text(claims["sub"]),
        _text(claims["org"]),
        claims["client_id"],
    )
    session, jti = claims.get("sid"), _text(claims["jti"])
    actors = _actors(claims.get("act"))
    within = uuid_bytes(organization, "org")
    subjects = [uuid_bytes(person, *_KINDS) for person in (subject, *actors)]
    subjects.append(_uuid(jti))
    if session is not None:
        subjects.append(uuid_bytes(_text(session), "ses"))
    _check(claims, expected, expires_at, starts_at, now)
    kind = _KINDS[subject.partition("_")[0]]
    scope = claims.get("scope")
    scopes = None if scope is None else _words(_text(scope))
    method = _method(kind, scopes, impersonated=claims.get("impersonation") is not None)
    roles = _texts(claims["roles"])
    authenticated_at = claims.get("auth_time")
    return VerifiedToken(
        principal=Principal(
            kind=kind,
            id=subject,
            organization_id=organization,
            method=method,
            credential=jti if session is None else session,
            roles=frozenset(roles),
            scopes=scopes,
            permissions=effective_permissions(roles, scopes, method, grants_itself=kind != "user"),
            session_id=session,
            authenticated_at=None
            if authenticated_at is None
            else datetime.fromtimestamp(_integer(authenticated_at), UTC),
            strength=_texts(claims.get("amr", [])),
            actors=actors,
            client_id=client_id,
        ),
        expires_at=expires_at,
        epoch=epoch,
        revocable=keys_of(subjects, within) + keys_of_issuing(within, _text(client_id), key_id),
        key_thumbprint=_text(claims["cnf"]["jkt"]) if "cnf" in claims else None,
    )


def _check(
    claims: dict[str, Any], expected: Expected, expires_at: int, starts_at: int, now: float
) -> None:
    """In the order in which the platform looks."""
    if claims["iss"] != expected.issuer:
        raise Unauthenticated("issuer")
    if starts_at > now + CLOCK_SKEW_S:
        raise Unauthenticated("not_yet_valid")
    if expires_at <= now:
        raise Unauthenticated("expired")
    if claims["aud"] != expected.audience:
        raise Unauthenticated("audience")
    if claims["org"] != expected.organization_id:
        raise Unauthenticated("unknown")


def _method(kind: str, scopes: frozenset[str] | None, *, impersonated: bool) -> str:
    if kind != "user":
        return "service_account"
    if impersonated:
        return "impersonation"
    return "session" if scopes is None else "oauth2"


@lru_cache(1024)
def _words(scope: str) -> frozenset[str]:
    return frozenset(scope.split())


def _actors(act: object) -> tuple[str, ...]:
    actors: list[str] = []
    while act is not None:
        if not isinstance(act, dict) or len(actors) == _MAX_ACTORS:
            raise TypeError
        actor = cast("dict[str, Any]", act)
        actors.append(_text(actor["sub"]))
        act = actor.get("act")
    return tuple(actors)


def _uuid(text: str) -> bytes:
    if len(text) != 36 or text[8] + text[13] + text[18] + text[23] != "----":
        raise ValueError
    return bytes.fromhex(text.replace("-", ""))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _integer(value: object) -> int:
    if type(value) is not int:  # True is an int
        raise TypeError
    return value


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError
    return tuple(map(_text, cast("list[object]", value)))


_FROM_URL = bytes.maketrans(b"-_+/=", b"+/...")
_PADDING = (b"", b"===", b"==", b"=")


def _decode(segment: str) -> bytes:
    """Base64url, unpadded, nothing else: RFC 7515 section 2."""
    try:
        text = segment.encode().translate(_FROM_URL)
        return binascii.a2b_base64(text + _PADDING[len(text) % 4], strict_mode=True)
    except ValueError:
        raise Unauthenticated("malformed") from None
