"""The public keys of Argus, as a JWK Set (RFC 7517) tells them."""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

_MIN_RSA_BITS = 2048
_SHA256, _PKCS1, _ECDSA = SHA256(), padding.PKCS1v15(), ec.ECDSA(SHA256())


@dataclass(frozen=True, slots=True)
class VerificationKey:
    """A key, and the one algorithm that it is for (RFC 8725 section 3.1)."""

    algorithm: str
    check: Callable[[bytes, bytes], None]
    """Takes signature and text; raises InvalidSignature."""

    def verify(self, signed: bytes, signature: bytes) -> bool:
        """Whether the signature is this key's, of this text."""
        try:
            self.check(signature, signed)
        except InvalidSignature:
            return False
        return True


def parse_key_set(document: object) -> dict[str, VerificationKey]:
    """The usable keys by their `kid`: RSA of 2048 bits or more (RS256) and P-256 (ES256).

    Keys of other kinds, for other uses, or without an id are left out (RFC 7517 section 5).

    Raises:
        ValueError: this is no key set.
    """
    try:
        listed = cast("Mapping[str, object]", document)["keys"]
        entries = [*cast("list[object]", listed)]
    except (KeyError, TypeError):
        raise ValueError("expected a JSON object with a list of `keys`") from None
    keys: dict[str, VerificationKey] = {}
    for entry in entries:
        if isinstance(entry, dict):
            jwk = cast("Mapping[str, Any]", entry)
            kid, key = jwk.get("kid"), _usable(jwk)
            if isinstance(kid, str) and key is not None:
                keys[kid] = key
    return keys


def _usable(jwk: Mapping[str, Any]) -> VerificationKey | None:
    try:
        key = _load(jwk)
    except (KeyError, TypeError, ValueError):
        return None
    fits = key is not None and jwk.get("alg", key.algorithm) == key.algorithm
    return key if fits and jwk.get("use", "sig") == "sig" else None


def _load(jwk: Mapping[str, Any]) -> VerificationKey | None:
    match jwk["kty"], jwk.get("crv"):
        case "RSA", _:
            key = rsa.RSAPublicNumbers(_number(jwk["e"]), _number(jwk["n"])).public_key()
            return _rsa(key) if key.key_size >= _MIN_RSA_BITS else None
        case "EC", "P-256":
            curve = ec.SECP256R1()
            numbers = ec.EllipticCurvePublicNumbers(_number(jwk["x"]), _number(jwk["y"]), curve)
            return _p256(numbers.public_key())
        case _:
            return None


def _rsa(key: rsa.RSAPublicKey) -> VerificationKey:
    return VerificationKey(
        "RS256", lambda signature, signed: key.verify(signature, signed, _PKCS1, _SHA256)
    )


def _p256(key: ec.EllipticCurvePublicKey) -> VerificationKey:
    def check(signature: bytes, signed: bytes) -> None:
        if len(signature) != 64:  # RFC 7518 section 3.4: R and S, 32 bytes each
            raise InvalidSignature
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        key.verify(encode_dss_signature(r, s), signed, _ECDSA)

    return VerificationKey("ES256", check)


def _number(text: str) -> int:
    return int.from_bytes(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), "big")
