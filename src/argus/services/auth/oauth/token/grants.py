"""What the grants of the token endpoint have in common (RFC 6749 section 4.5).

A module per grant declares its own with `@grant("…")`; `registry` lists them.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Self

from argus.kernel.clock import Clock
from argus.kernel.http.oauth import OAuthForm
from argus.kernel.module import Call, Resources
from argus.kernel.principal import Principal
from argus.kernel.schema import Response
from argus.services.auth.clients.client import Client, KnownClient
from argus.services.auth.clients.metadata import REFRESH_TOKEN
from argus.services.auth.resources.errors import InvalidTarget
from argus.services.auth.tokens.minting import MintedToken
from argus.services.auth.tokens.service import IssuedTokens


@dataclass(frozen=True)
class TokenRequest:
    """A request of a client that has authenticated, as far as it can, and may use the grant."""

    form: OAuthForm
    known: KnownClient
    jkt: str | None
    """Thumbprint of the key that the client has just proved to hold (RFC 9449)."""
    sender: Principal
    """Anonymous, from an address."""
    clock: Clock
    resources: Resources

    @property
    def client(self) -> Client:
        return self.known.client

    @property
    def resource(self) -> str | None:
        """The one resource that the token is to be for, as the client spells it (RFC 8707).

        Raises:
            InvalidTarget: there are several; ask for a token for each.
        """
        resources = self.form.all("resource")
        if len(resources) > 1:
            raise InvalidTarget("one resource at a time")
        return resources[0] if resources else None

    @property
    def refresh_jkt(self) -> str | None:
        """What refresh tokens are bound to: the key of a client that cannot authenticate otherwise
        (RFC 9449 section 5).
        """
        return self.jkt if self.client.metadata.is_public else None


@dataclass(frozen=True)
class GrantRequest(TokenRequest):
    """One with a unit of work, which is not begun: ask siblings first. A refusal rolls it back;
    what must outlive one is written in a unit of its own.
    """

    call: Call

    @classmethod
    def of(cls, form: OAuthForm, known: KnownClient, jkt: str | None, call: Call) -> Self:
        return cls(form, known, jkt, call.principal, call.clock, call.resources, call)


class TokenResponse(Response):
    """RFC 6749 section 5.1; what is None is left out."""

    access_token: str
    token_type: Literal["Bearer", "DPoP", "N_A"]
    expires_in: int
    """Seconds."""
    scope: str | None = None
    refresh_token: str | None = None
    id_token: str | None = None
    issued_token_type: str | None = None
    """RFC 8693 section 2.2.1."""


@dataclass(frozen=True)
class Grant:
    """A way to get tokens, by its `grant_type`."""

    type: str
    exchange: Callable[[GrantRequest], Awaitable[TokenResponse]]
    reads_client_anew: bool
    """Else what is remembered of the client will do: its tokens have the epoch of that, or tell
    nothing of what the client is registered for.
    """


def grant(
    grant_type: str, *, reads_client_anew: bool = True
) -> Callable[[Callable[[GrantRequest], Awaitable[TokenResponse]]], Grant]:
    """Declare a grant: `async def exchange(request: GrantRequest) -> TokenResponse`."""
    return lambda exchange: Grant(grant_type, exchange, reads_client_anew)


def answer_of_session(
    request: TokenRequest, issued: IssuedTokens, *, id_token: str | None = None
) -> TokenResponse:
    """Tokens of a session, the refresh token only for a client that may use it."""
    now, may_refresh = request.clock.now(), request.client.may_use(REFRESH_TOKEN)
    return TokenResponse(
        access_token=issued.access_token,
        token_type=_type(issued.jkt),
        expires_in=_seconds(issued.access_token_expires_at, now),
        scope=" ".join(issued.scopes or ()) or None,
        refresh_token=issued.refresh_token if may_refresh else None,
        id_token=id_token,
    )


def answer_of(
    minted: MintedToken, scopes: tuple[str, ...], jkt: str | None, now: datetime
) -> TokenResponse:
    """An access token as it is sent: how long it lives is told from now."""
    return TokenResponse(
        access_token=minted.token,
        token_type=_type(jkt),
        expires_in=_seconds(minted.expires_at, now),
        scope=" ".join(scopes) or None,
    )


def _type(jkt: str | None) -> Literal["Bearer", "DPoP"]:
    return "DPoP" if jkt else "Bearer"


def _seconds(until: datetime, now: datetime) -> int:
    return int((until - now).total_seconds())
