"""Proofs of possession of a key: what is a good one for a request (RFC 9449 section 4.3).

Pure: whether the proof was used before, and whether its nonce is the server's, is not judged here.
"""

import base64
import hashlib
import hmac
from datetime import datetime, timedelta
from typing import ClassVar, Literal
from urllib.parse import urlsplit

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey
from pydantic import ConfigDict, Field, ValidationError

from argus.kernel.schema import Value

TYPE = "dpop+jwt"
ALGORITHMS = ("ES256", "RS256", "PS256", "Ed25519")
"""Asymmetric ones only (RFC 9449 section 4.3)."""
MAX_LENGTH = 4096
WINDOW = timedelta(minutes=5)
"""How far the time of a proof may be from the server's, either way."""

_RSA_MODULUS = range(342, 684)
"""Length of the modulus in base64url: 2048 to 4096 bits."""
_PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_DEFAULT_PORTS = {"https": 443, "http": 80}


class ProofRefused(Exception):
    """The proof is not one for this request; the message says why."""


class _Registry(jws.JWSRegistry):
    max_header_length = 2048
    """Room for an RSA key."""


class _Jwk(Value):
    """A public key by the members that RFC 7638 section 3.2 names; others say nothing here."""

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="ignore")


class _EcJwk(_Jwk):
    kty: Literal["EC"]
    crv: Literal["P-256"]
    x: str
    y: str


class _OkpJwk(_Jwk):
    kty: Literal["OKP"]
    crv: Literal["Ed25519"]
    x: str


class _RsaJwk(_Jwk):
    kty: Literal["RSA"]
    n: str
    e: str


class _Header(Value):
    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="ignore")

    typ: Literal["dpop+jwt"]
    alg: Literal["ES256", "RS256", "PS256", "Ed25519"]
    jwk: _EcJwk | _OkpJwk | _RsaJwk = Field(discriminator="kty")


class Proof(Value):
    """A good proof. `jkt` is the RFC 7638 thumbprint of the key that its sender holds."""

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="ignore", strict=True)

    jkt: str = ""
    jti: str = Field(min_length=1, max_length=256)
    htm: str
    htu: str
    iat: int | float
    ath: str | None = None
    nonce: str | None = None

    @property
    def expires_at(self) -> float:
        """Seconds since the epoch; from then on it is refused for its age."""
        return self.iat + WINDOW.total_seconds()


_KEY_OF = {"EC": ECKey, "OKP": OKPKey, "RSA": RSAKey}
_ALGORITHMS_OF = {"EC": ("ES256",), "OKP": ("Ed25519",), "RSA": ("RS256", "PS256")}


def read_proof(
    presented: str, *, method: str, url: str, now: datetime, access_token: str | None
) -> Proof:
    """The proof for a request with `method` to `url`, and with `access_token` if there is one.

    Raises:
        ProofRefused
    """
    if len(presented) > MAX_LENGTH or not presented.isascii():
        raise ProofRefused("too long, or no JWT")
    proof = _verified(presented)
    if proof.htm != method:
        raise ProofRefused("it is for another method")
    if _target(proof.htu) != _target(url):
        raise ProofRefused("it is for another address")
    if not abs(now.timestamp() - proof.iat) <= WINDOW.total_seconds():  # so that NaN is none
        raise ProofRefused("its time is too far from now")
    if access_token is not None and not hmac.compare_digest(
        _hash(access_token).encode(), (proof.ath or "").encode()
    ):
        raise ProofRefused("it is for another access token")
    return proof


def _verified(presented: str) -> Proof:
    """What the JWT says, signed by the key in its header, with that key's thumbprint."""
    try:
        registry = _Registry(algorithms=ALGORITHMS)
        headers = jws.extract_compact(presented.encode(), registry=registry).headers()
        header = _Header.model_validate(headers)
        if _PRIVATE_MEMBERS & headers["jwk"].keys():
            raise ProofRefused("its key is a private one")
        jwk = header.jwk.model_dump()
        if isinstance(header.jwk, _RsaJwk) and len(header.jwk.n) not in _RSA_MODULUS:
            raise ProofRefused("its key is too short or too long")
        if header.alg not in _ALGORITHMS_OF[header.jwk.kty]:
            raise ProofRefused("its key is for another algorithm")
        key = _KEY_OF[header.jwk.kty].import_key(jwk)
        payload = jws.deserialize_compact(presented, key, registry=registry).payload
        proof = Proof.model_validate_json(payload)
    except (JoseError, ValidationError, ValueError):
        raise ProofRefused("it is not a signed proof") from None
    return proof.model_copy(update={"jkt": key.thumbprint()})


def _hash(access_token: str) -> str:
    digest = hashlib.sha256(access_token.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _target(url: str) -> tuple[str, str, int | None, str]:
    """What is compared of an address: without query and fragment, after the normalization by
    syntax and scheme of RFC 3986 section 6.2.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        raise ProofRefused("its address is none") from None
    if parts.username is not None or not parts.hostname:
        raise ProofRefused("its address is none")
    return parts.scheme, parts.hostname, port, parts.path or "/"
