"""Signing in, and linking an account, by a visit to a provider."""

import base64
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta

import structlog

from argus.kernel.clock import Clock
from argus.kernel.crypto import Keyring
from argus.kernel.db.unit_of_work import Database
from argus.kernel.ids import SessionId, UserId
from argus.kernel.principal import Principal
from argus.services.auth.account_linking.service import AccountLinking
from argus.services.auth.federation.errors import VisitEnded
from argus.services.auth.federation.models import ProviderVisit
from argus.services.auth.federation.repository import ProviderVisitRepository
from argus.services.auth.providers.errors import ProviderFailed, ProviderRefused
from argus.services.auth.providers.identity import Authorization
from argus.services.auth.providers.registry import Providers
from argus.services.auth.sessions.errors import SessionNotFound
from argus.services.auth.sha256 import sha256_of
from argus.services.auth.sign_in_flows.service import (
    FirstFactor,
    SignInFlows,
    SignInOutcome,
    Visitor,
)
from argus.services.auth.token_vault.service import TokenVault

VISIT_LIFE = timedelta(minutes=10)
STRENGTH = ("fed",)
"""Not of RFC 8176, which has no word for it; Microsoft uses this one."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class ProviderAnswer:
    """What the browser brings back (RFC 6749 section 4.1.2, RFC 9207)."""

    state: str
    code: str
    error: str
    iss: str | None


@dataclass(frozen=True)
class Return:
    """The end of a visit: where the browser goes, and the sign-in if that was what it was for."""

    return_to: str
    outcome: SignInOutcome | None


class Federation:
    """Uses units of work of its own, since it asks providers and siblings in between.

    A visit belongs to one browser, one provider and one redirect URI, and comes back once: an
    answer that was meant for another provider, or was put into another browser, is no answer.
    """

    def __init__(
        self,
        database: Database,
        keyring: Keyring,
        clock: Clock,
        providers: Providers,
        identities: AccountLinking,
        vault: TokenVault,
        flows: SignInFlows,
        issuer: str,
    ) -> None:
        self._database, self._clock = database, clock
        self._providers, self._identities = providers, identities
        self._vault, self._flows, self._issuer = vault, flows, issuer
        self._secret = keyring.derive("provider-visits")

    async def begin(
        self,
        provider: str,
        browser: str,
        return_to: str,
        principal: Principal,
        *,
        linking: tuple[UserId, SessionId] | None = None,
    ) -> str:
        """The address at the provider to which the browser goes; `browser` is its form cookie.

        `linking` is the person who links the identity, and the session in which they do.

        Raises:
            ProviderNotFound, ProviderFailed
        """
        _, client = self._providers.oauth(provider)
        state = secrets.token_urlsafe(32)
        links_to, links_in = linking or (None, None)
        url = await client.authorization_url(self._authorization(provider, state))
        async with self._database.unit_of_work(principal) as uow:
            await ProviderVisitRepository(uow).add(
                ProviderVisit(
                    hash=sha256_of(state),
                    browser_hash=sha256_of(browser),
                    provider=provider,
                    links_to=links_to,
                    links_in=links_in,
                    return_to=return_to,
                    expires_at=self._clock.now() + VISIT_LIFE,
                )
            )
        return url

    async def finish(
        self, provider: str, browser: str, answer: ProviderAnswer, visitor: Visitor
    ) -> Return:
        """The person signed in, or the identity linked.

        Raises:
            ProviderNotFound, VisitEnded, ProviderRefused, ProviderFailed
            LinkNeeded, SignUpClosed, CredentialsInvalid: nobody may sign in by this identity.
            IdentityTaken: it was to be linked, and is another user's.
        """
        settings, client = self._providers.oauth(provider)
        visit = await self._end(provider, browser, answer.state, visitor.principal)
        if not await client.answered(answer.iss):
            _log.warning("auth.provider.mix_up", provider=provider)
            raise ProviderFailed
        if answer.error or not answer.code:
            _log.info("auth.provider.refused", provider=provider, error=answer.error[:100])
            raise ProviderRefused
        redeemed = await client.redeem(answer.code, self._authorization(provider, answer.state))
        if visit.links_to is not None:
            try:
                linked = await self._identities.link(
                    provider,
                    redeemed.identity,
                    UserId(visit.links_to),
                    visitor.principal,
                    within=visit.links_in,
                )
            except SessionNotFound:
                raise VisitEnded from None
        else:
            linked = await self._identities.enter(
                provider, settings, redeemed.identity, visitor.principal
            )
        if settings.lend_to:
            await self._vault.keep(linked.id, redeemed.tokens, visitor.principal)
        if visit.links_to is not None:
            return Return(visit.return_to, None)
        outcome = await self._flows.first_factor_passed(
            UserId(linked.user_id),
            FirstFactor(STRENGTH, provider, linked.id),
            visitor,
            return_to=visit.return_to,
        )
        return Return(visit.return_to, outcome)

    async def _end(
        self, provider: str, browser: str, state: str, principal: Principal
    ) -> ProviderVisit:
        async with self._database.unit_of_work(principal) as uow:
            visit = await ProviderVisitRepository(uow).end(
                sha256_of(state), sha256_of(browser), provider, self._clock.now()
            )
        if visit is None:
            raise VisitEnded
        return visit

    def _authorization(self, provider: str, state: str) -> Authorization:
        return Authorization(
            state=state,
            nonce=self._derived("nonce", state),
            verifier=self._derived("verifier", state),
            redirect_uri=f"{self._issuer}/api/v1/oauth/{provider}/callback",
        )

    def _derived(self, purpose: str, state: str) -> str:
        """256 bits that only this installation can make of the state."""
        mac = hmac.digest(self._secret, f"{purpose}:{state}".encode(), "sha256")
        return base64.urlsafe_b64encode(mac).decode().rstrip("=")
