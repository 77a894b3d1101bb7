"""Signs JWTs (RFC 7515): of a client's assertions, and of the issuer in your tests."""

import base64
import json
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from argus_client.errors import ConfigurationError

PrivateKeyType = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


@dataclass(frozen=True)
class SigningKey:
    """A private key of a kind that Argus accepts."""

    private: PrivateKeyType

    @classmethod
    def from_pem(cls, pem: bytes) -> "SigningKey":
        """The key in an unencrypted PEM file.

        Raises:
            ConfigurationError: it is none, or of another kind.
        """
        try:
            private = load_pem_private_key(pem, password=None)
        except (TypeError, ValueError):
            raise ConfigurationError("the private key is not an unencrypted PEM file") from None
        match private:
            case rsa.RSAPrivateKey() | ed25519.Ed25519PrivateKey():
                return cls(private)
            case ec.EllipticCurvePrivateKey() if isinstance(private.curve, ec.SECP256R1):
                return cls(private)
            case _:
                raise ConfigurationError("use a private key of RSA, P-256 or Ed25519")

    @property
    def algorithm(self) -> str:
        """Its `alg`."""
        match self.private:
            case rsa.RSAPrivateKey():
                return "RS256"
            case ec.EllipticCurvePrivateKey():
                return "ES256"
            case _:
                return "EdDSA"

    def sign(self, header: dict[str, Any], claims: dict[str, Any]) -> str:
        """A compact JWS of the claims; the header gets the algorithm."""
        head = base64url(compact_json({"alg": self.algorithm, **header}))
        signed = f"{head}.{base64url(compact_json(claims))}"
        return f"{signed}.{base64url(self._signature(signed.encode()))}"

    def public_jwk(self) -> dict[str, str]:
        """The public part, its `kid` the thumbprint of RFC 7638. Of RSA and P-256 only."""
        public = self.private.public_key()
        if isinstance(public, rsa.RSAPublicKey):
            numbers = public.public_numbers()
            jwk = {"e": _unsigned(numbers.e), "kty": "RSA", "n": _unsigned(numbers.n)}
        elif isinstance(public, ec.EllipticCurvePublicKey):
            point = public.public_numbers()
            x, y = (base64url(number.to_bytes(32, "big")) for number in (point.x, point.y))
            jwk = {"crv": "P-256", "kty": "EC", "x": x, "y": y}
        else:
            raise TypeError("neither RSA nor P-256")
        kid = base64url(sha256(compact_json(jwk)).digest())
        return {**jwk, "kid": kid, "alg": self.algorithm, "use": "sig"}

    def _signature(self, signed: bytes) -> bytes:
        match self.private:
            case rsa.RSAPrivateKey() as key:
                return key.sign(signed, padding.PKCS1v15(), SHA256())
            case ec.EllipticCurvePrivateKey() as key:
                r, s = decode_dss_signature(key.sign(signed, ec.ECDSA(SHA256())))
                return r.to_bytes(32, "big") + s.to_bytes(32, "big")
            case key:
                return key.sign(signed)


def base64url(data: bytes) -> str:
    """RFC 7515 section 2: without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def compact_json(value: object) -> bytes:
    """JSON without blanks."""
    return json.dumps(value, separators=(",", ":")).encode()


def _unsigned(number: int) -> str:
    return base64url(number.to_bytes((number.bit_length() + 7) // 8, "big"))
