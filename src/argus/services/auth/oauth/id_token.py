"""ID tokens: what a client learns of who signed in (OpenID Connect Core 1.0 section 2)."""

import base64
import hashlib
from typing import ClassVar

from joserfc import jws
from joserfc.errors import JoseError
from pydantic import ConfigDict, ValidationError

from argus.kernel.ids import PublicSessionId, PublicUserId
from argus.kernel.schema import Value
from argus.services.auth.signing_keys.repository import SigningKey
from argus.services.auth.signing_keys.service import SigningKeys

TYPE = "JWT"
MAX_LENGTH = 8192


class IdTokenClaims(Value):
    """Claims about one sign-in; `name` and what follows only where the client asked for them."""

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="ignore")

    iss: str
    sub: PublicUserId
    aud: str
    exp: int
    iat: int
    auth_time: int
    nonce: str | None = None
    acr: str | None = None
    amr: tuple[str, ...]
    sid: PublicSessionId
    at_hash: str
    name: str | None = None
    email: str | None = None
    email_verified: bool | None = None


def sign(claims: IdTokenClaims, key: SigningKey) -> str:
    """The token, signed with `key`."""
    header = {"alg": key.algorithm, "typ": TYPE, "kid": key.kid}
    payload = claims.model_dump_json(exclude_none=True)
    return jws.serialize_compact(header, payload, key.pair, algorithms=[key.algorithm])


def at_hash(access_token: str) -> str:
    """Left half of the token's SHA-256 (section 3.1.3.6): binds the access token to the sign-in.

    The hash is that of the signing algorithm; RS256 and ES256 have the same one.
    """
    half = hashlib.sha256(access_token.encode()).digest()[:16]
    return base64.urlsafe_b64encode(half).rstrip(b"=").decode()


class IdTokenHints:
    """Reads `id_token_hint`: a token of `issuer` that a client shows to say whom it means."""

    def __init__(self, keys: SigningKeys, issuer: str) -> None:
        self._keys, self.issuer = keys, issuer

    async def read(self, token: str) -> IdTokenClaims | None:
        """What the token says, expired or not; None for what this issuer did not sign.

        A token whose key is retired is no longer understood.
        """
        if len(token) > MAX_LENGTH or not token.isascii():
            return None
        try:
            header = jws.extract_compact(token.encode()).headers()
            kid = header.get("kid")
            key = await self._keys.find(kid) if isinstance(kid, str) else None
            if key is None or header.get("typ") != TYPE:
                return None
            payload = jws.deserialize_compact(token, key.pair, algorithms=[key.algorithm]).payload
            claims = IdTokenClaims.model_validate_json(payload)
        except (JoseError, ValidationError, ValueError):
            return None
        return claims if claims.iss == self.issuer else None
