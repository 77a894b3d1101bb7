"""Logout tokens: a session of the person with this client has ended (OIDC Back-Channel Logout 2.4).

They are typed, and never have a nonce, so that none is taken for an ID token.
"""

import json
from datetime import datetime, timedelta
from uuid import UUID

from joserfc import jws

from argus.kernel.ids import format_id
from argus.services.auth.sessions.models import Session
from argus.services.auth.signing_keys.repository import SigningKey

TYPE = "logout+jwt"
EVENT = "http://schemas.openid.net/event/backchannel-logout"
LIFE = timedelta(minutes=2)


def sign(session: Session, issuer: str, jti: UUID, now: datetime, key: SigningKey) -> str:
    """The token that tells the session's client of its end."""
    claims = {
        "iss": issuer,
        "sub": format_id("usr", session.user_id),
        "aud": session.client_id,
        "iat": int(now.timestamp()),
        "exp": int((now + LIFE).timestamp()),
        "jti": str(jti),
        "sid": format_id("ses", session.id),
        "events": {EVENT: dict[str, str]()},
    }
    header = {"alg": key.algorithm, "typ": TYPE, "kid": key.kid}
    return jws.serialize_compact(header, json.dumps(claims), key.pair, algorithms=[key.algorithm])
