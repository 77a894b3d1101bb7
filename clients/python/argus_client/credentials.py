"""How a service proves to Argus who it is."""

import base64
from dataclasses import dataclass, field
from secrets import token_urlsafe
from typing import Any
from urllib.parse import quote_plus

ASSERTION_LIFE_S = 60


@dataclass(frozen=True)
class ApiKey:
    """An API key of your organization."""

    key: str = field(repr=False)


@dataclass(frozen=True)
class ClientSecret:
    """A client that speaks for a service account, with its secret (RFC 6749 section 2.3.1)."""

    client_id: str
    secret: str = field(repr=False)

    def token_request(self, _issuer: str, _now: float) -> tuple[dict[str, str], dict[str, str]]:
        """Headers and form fields that authenticate the client at the token endpoint."""
        pair = f"{quote_plus(self.client_id)}:{quote_plus(self.secret)}".encode()
        return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}, {}


@dataclass(frozen=True)
class PrivateKey:
    """A client that speaks for a service account, with a key that never leaves this process
    (`private_key_jwt`, RFC 7523): RSA, P-256 or Ed25519.
    """

    client_id: str
    pem: bytes = field(repr=False)
    key_id: str = ""
    """The `kid` under which its public part is registered; needed where there are several."""

    def token_request(self, issuer: str, now: float) -> tuple[dict[str, str], dict[str, str]]:
        """Headers and form fields that authenticate the client; the assertion is good once."""
        claims = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": issuer,
            "jti": token_urlsafe(16),
            "iat": int(now),
            "exp": int(now) + ASSERTION_LIFE_S,
        }
        return {}, {
            "client_id": self.client_id,
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": self._sign(claims),
        }

    def _sign(self, claims: dict[str, Any]) -> str:
        from argus_client.signing import SigningKey

        key = SigningKey.from_pem(self.pem)
        kid = {"kid": self.key_id} if self.key_id else {}
        return key.sign({"typ": "client-authentication+jwt", **kid}, claims)


Credentials = ApiKey | ClientSecret | PrivateKey
