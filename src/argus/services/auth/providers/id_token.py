"""The rules that an ID token must keep (OpenID Connect Core section 3.1.3.7)."""

import hmac
from datetime import datetime

from argus.services.auth.foreign_tokens.verification import ForeignToken, check_times, texts

OTHER_TYPES = frozenset({"at+jwt", "logout+jwt", "dpop+jwt", "oauth-id-jag+jwt", "secevent+jwt"})
"""Tokens for something else, which the same key may have signed (RFC 8725 section 3.11)."""
MAX_SUBJECT = 255


def check_id_token(
    token: ForeignToken, issuer: str | None, client_id: str, nonce: str, now: datetime
) -> str | None:
    """What is wrong with a token whose signature is genuine; None for a good one."""
    claims = token.claims
    audience = texts(claims.get("aud"))
    subject, sent_nonce = claims.get("sub"), claims.get("nonce")
    if token.type in OTHER_TYPES:
        return "type"
    if issuer is None or claims.get("iss") != issuer:
        return "issuer"
    if client_id not in audience:
        return "audience"
    if claims.get("azp", client_id) != client_id or (len(audience) > 1 and "azp" not in claims):
        return "authorized party"
    if not isinstance(sent_nonce, str) or not hmac.compare_digest(
        sent_nonce.encode(), nonce.encode()
    ):
        return "nonce"
    if not isinstance(subject, str) or not 0 < len(subject) <= MAX_SUBJECT:
        return "subject"
    return check_times(claims, now)
