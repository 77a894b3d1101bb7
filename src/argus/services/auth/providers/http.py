"""What all OAuth providers are asked in the same way."""

import base64
import hashlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, cast
from urllib.parse import quote, urlencode

import orjson
import structlog

from argus.kernel.clock import Clock
from argus.kernel.outbound import Outbound, OutboundFailed, OutboundRefused
from argus.services.auth.providers.errors import ProviderFailed, ProviderRefused
from argus.services.auth.providers.identity import Authorization, UpstreamTokens

MAX_BYTES = 256 * 1024
USER_AGENT = "Argus"
"""GitHub refuses requests without one."""
_NO_LONGER_GOOD = frozenset({"invalid_grant", "bad_verification_code", "bad_refresh_token"})

_log = structlog.get_logger(__name__)


def with_query(url: str, parameters: Mapping[str, str]) -> str:
    """`url`, which may have a query of its own, with more parameters."""
    return f"{url}{'&' if '?' in url else '?'}{urlencode(parameters, quote_via=quote)}"


def authorization_parameters(
    client_id: str, scopes: tuple[str, ...], visit: Authorization
) -> dict[str, str]:
    """Parameters of RFC 6749 section 4.1.1 and RFC 7636 section 4.3."""
    challenge = hashlib.sha256(visit.verifier.encode()).digest()
    return {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": visit.redirect_uri,
        "scope": " ".join(scopes),
        "state": visit.state,
        "code_challenge": base64.urlsafe_b64encode(challenge).decode().rstrip("="),
        "code_challenge_method": "S256",
    }


def basic(client_id: str, client_secret: str) -> str:
    """The `Authorization` header of a client (RFC 6749 section 2.3.1: both parts are encoded)."""
    pair = f"{quote(client_id, safe='')}:{quote(client_secret, safe='')}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"


async def ask(
    outbound: Outbound,
    method: str,
    url: str,
    *,
    form: Mapping[str, str] | None = None,
    authorization: str = "",
) -> Any:
    """The JSON that a provider answers.

    Raises:
        ProviderFailed: there was none. Why is logged, not told: it may quote tokens.
        ProviderRefused: the code or refresh token is no longer good.
    """
    headers = {"Accept": "application/json", "User-Agent": USER_AGENT}
    if authorization:
        headers["Authorization"] = authorization
    if form is not None:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    content = urlencode(form).encode() if form is not None else None
    try:
        answer = await outbound.request(
            method, url, headers=headers, content=content, max_bytes=MAX_BYTES
        )
        told: object = orjson.loads(answer.body)
    except (OutboundFailed, OutboundRefused, orjson.JSONDecodeError) as error:
        _log.warning("auth.provider.failed", url=url, why=str(error))
        raise ProviderFailed from error
    # GitHub answers errors of its token endpoint with 200.
    refused = cast("dict[str, Any]", told).get("error") if isinstance(told, dict) else None
    if answer.status != 200 or isinstance(refused, str):
        _log.warning("auth.provider.failed", url=url, status=answer.status, error=refused)
        raise ProviderRefused if refused in _NO_LONGER_GOOD else ProviderFailed
    return cast("Any", told)


def read_tokens(told: object, scopes: tuple[str, ...], clock: Clock) -> UpstreamTokens:
    """The tokens of an answer of RFC 6749 section 5.1; `scopes` were asked for.

    Raises:
        ProviderFailed
    """
    answer = cast("dict[str, Any]", told) if isinstance(told, dict) else {}
    access_token, refresh_token = answer.get("access_token"), answer.get("refresh_token")
    if not isinstance(access_token, str) or not isinstance(refresh_token, str | None):
        raise ProviderFailed
    life, granted = answer.get("expires_in"), answer.get("scope")
    return UpstreamTokens(
        access_token=access_token,
        refresh_token=refresh_token,
        expires_at=clock.now() + timedelta(seconds=life) if isinstance(life, int) else None,
        # GitHub separates them by commas.
        scopes=tuple(granted.replace(",", " ").split()) if isinstance(granted, str) else scopes,
    )
