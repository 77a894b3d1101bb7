"""What the tokens of each kind of accepted issuer must say. Pure functions over their claims."""

from collections.abc import Mapping
from typing import Any

from argus.contracts.auth.reasons import InactiveReason
from argus.services.auth.accepted_issuers.settings import (
    AcceptedIssuer,
    ClerkIssuer,
    CognitoIssuer,
    JwtIssuer,
)
from argus.services.auth.foreign_tokens.verification import ForeignToken, texts

MAX_SUBJECT = 255


def check(settings: AcceptedIssuer, token: ForeignToken) -> InactiveReason | None:
    """Why the issuer's token is no access token for this platform; None if it is."""
    claims = token.claims
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= MAX_SUBJECT:
        return InactiveReason.MALFORMED
    if claims.get("iss") != settings.issuer:
        return InactiveReason.ISSUER
    if "cnf" in claims:  # bound to a key of which nothing proves anything here
        return InactiveReason.PROOF
    if isinstance(settings, CognitoIssuer):
        return _check_cognito(settings, claims)
    if isinstance(settings, ClerkIssuer):
        return _check_clerk(settings, claims)
    return _check_jwt(settings, token)


def client_of(claims: Mapping[str, Any]) -> str:
    """To whom the token was issued."""
    for name in ("client_id", "azp"):
        if isinstance(claims.get(name), str):
            return claims[name]
    return ""


def is_of_client(claims: Mapping[str, Any]) -> bool:
    """Whether the token speaks for its client, not for a person (RFC 9068 section 2.2: then `sub`
    names the client; so does Cognito).
    """
    return claims["sub"] == client_of(claims)


def roles_of(settings: AcceptedIssuer, claims: Mapping[str, Any]) -> tuple[str, ...]:
    """Those of everybody, and those of the groups that configuration maps."""
    roles = set(settings.roles)
    for group in texts(claims.get(settings.groups_claim)):
        roles.update(settings.roles_by_group.get(group, ()))
    return tuple(sorted(role.value for role in roles))


def scopes_of(settings: AcceptedIssuer, claims: Mapping[str, Any]) -> frozenset[str] | None:
    """The permissions that the token's scopes name; None: scopes do not limit it."""
    if settings.scope_prefix is None:
        return None
    scope = claims.get("scope")
    granted = scope.split() if isinstance(scope, str) else texts(scope)
    prefix = settings.scope_prefix
    return frozenset(each.removeprefix(prefix) for each in granted if each.startswith(prefix))


def _check_cognito(settings: CognitoIssuer, claims: Mapping[str, Any]) -> InactiveReason | None:
    """Its access tokens have no audience unless one was asked for, but name their client."""
    if claims.get("token_use") != "access":
        return InactiveReason.MALFORMED
    if claims.get("client_id") not in settings.clients:
        return InactiveReason.AUDIENCE
    return _check_optional_audience(settings, claims)


def _check_clerk(settings: ClerkIssuer, claims: Mapping[str, Any]) -> InactiveReason | None:
    """`azp` is the origin that asked; `sts` says `pending` until the session's tasks are done."""
    if claims.get("sts", "active") != "active":
        return InactiveReason.NOT_YET_VALID
    if claims.get("azp") not in settings.authorized_parties:
        return InactiveReason.AUDIENCE
    return _check_optional_audience(settings, claims)


def _check_jwt(settings: JwtIssuer, token: ForeignToken) -> InactiveReason | None:
    types = ("at+jwt",) if settings.type == "at+jwt" else ("jwt", "")
    if token.type not in types:
        return InactiveReason.MALFORMED
    if settings.audience not in texts(token.claims.get("aud")):
        return InactiveReason.AUDIENCE
    if settings.clients and client_of(token.claims) not in settings.clients:
        return InactiveReason.AUDIENCE
    return None


def _check_optional_audience(
    settings: AcceptedIssuer, claims: Mapping[str, Any]
) -> InactiveReason | None:
    if "aud" in claims and settings.audience not in texts(claims["aud"]):
        return InactiveReason.AUDIENCE
    return None
