"""Keeps providers' tokens sealed, renews them, and lends them to services that may have them."""

from datetime import datetime, timedelta
from uuid import UUID

from argus.contracts.auth.events import UpstreamTokenLent
from argus.kernel.clock import Clock
from argus.kernel.crypto import Keyring
from argus.kernel.db.unit_of_work import Database
from argus.kernel.errors import Unavailable
from argus.kernel.ids import UserId, format_id
from argus.kernel.principal import Principal
from argus.services.auth.external_identities.models import ExternalIdentity
from argus.services.auth.providers.errors import ProviderRefused
from argus.services.auth.providers.identity import UpstreamTokens
from argus.services.auth.providers.registry import Providers
from argus.services.auth.token_vault.errors import NothingToLend
from argus.services.auth.token_vault.models import UpstreamToken
from argus.services.auth.token_vault.repository import UpstreamTokenRepository

RENEWED_BEFORE_END = timedelta(minutes=1)
REFRESH_CLAIM = timedelta(seconds=30)
"""Longer than a provider is waited for."""


class TokenVault:
    """Uses units of work of its own, since it asks providers in between. Refresh tokens never leave
    it.
    """

    def __init__(
        self, database: Database, keyring: Keyring, clock: Clock, providers: Providers
    ) -> None:
        self._database, self._keyring = database, keyring
        self._clock, self._providers = clock, providers

    async def keep(self, identity_id: UUID, tokens: UpstreamTokens, principal: Principal) -> None:
        """Keep the tokens of this identity, instead of earlier ones."""
        sealed = self._keyring.seal(tokens.model_dump_json().encode(), _context(identity_id))
        async with self._database.unit_of_work(principal) as uow:
            await UpstreamTokenRepository(uow).put(identity_id, sealed, self._clock.now())

    async def lend(
        self, user_id: UserId, provider: str, service: str, principal: Principal
    ) -> UpstreamTokens:
        """An access token of the provider for the user, good for a minute at least; without the
        refresh token.

        Raises:
            ProviderNotFound, NothingToLend, ProviderFailed
            Unavailable: another process is renewing it just now.
        """
        settings, _ = self._providers.oauth(provider)
        if service not in settings.lend_to:
            raise NothingToLend
        identity, row = await self._find(user_id, provider, principal)
        tokens = self._open(row)
        if not _is_good(tokens, self._clock.now()):
            tokens = await self._renew(provider, row, tokens, principal)
        async with self._database.unit_of_work(principal) as uow:
            await uow.emit(
                UpstreamTokenLent(
                    user_id=format_id("usr", user_id),
                    identity_id=format_id("xid", identity.id),
                    provider=provider,
                    service=service,
                )
            )
        return tokens.model_copy(update={"refresh_token": None})

    async def _find(
        self, user_id: UserId, provider: str, principal: Principal
    ) -> tuple[ExternalIdentity, UpstreamToken]:
        async with self._database.unit_of_work(principal) as uow:
            found = await UpstreamTokenRepository(uow).of_user(user_id, provider)
        if found is None:
            raise NothingToLend
        return found

    async def _renew(
        self, provider: str, row: UpstreamToken, tokens: UpstreamTokens, principal: Principal
    ) -> UpstreamTokens:
        if tokens.refresh_token is None:
            raise NothingToLend
        now = self._clock.now()
        async with self._database.unit_of_work(principal) as uow:
            claimed = await UpstreamTokenRepository(uow).claim_refresh(
                row, now, now + REFRESH_CLAIM
            )
        if not claimed:
            raise Unavailable("the provider's token is being renewed")
        _, client = self._providers.oauth(provider)
        try:
            renewed = await client.refresh(tokens.refresh_token)
        except ProviderRefused:
            async with self._database.unit_of_work(principal) as uow:
                await UpstreamTokenRepository(uow).remove(row.identity_id)
            raise NothingToLend from None
        if renewed.refresh_token is None:
            renewed = renewed.model_copy(update={"refresh_token": tokens.refresh_token})
        await self.keep(row.identity_id, renewed, principal)
        return renewed

    def _open(self, row: UpstreamToken) -> UpstreamTokens:
        opened = self._keyring.open(row.sealed_tokens, _context(row.identity_id))
        return UpstreamTokens.model_validate_json(opened)


def _is_good(tokens: UpstreamTokens, now: datetime) -> bool:
    return tokens.expires_at is None or tokens.expires_at - now > RENEWED_BEFORE_END


def _context(identity_id: UUID) -> str:
    return f"auth.upstream_token.sealed_tokens:{identity_id}"
