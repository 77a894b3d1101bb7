"""Leaked API keys: found in a text, told apart, revoked."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice

from argus.contracts.auth.reasons import InactiveReason
from argus.kernel.clock import Clock
from argus.kernel.db.unit_of_work import UnitOfWork
from argus.kernel.ids import OrganizationId
from argus.services.auth.api_key_digests import ApiKeyDigests
from argus.services.auth.api_key_format import find_keys, hint
from argus.services.auth.api_keys.service import ApiKeyService, why_inactive
from argus.services.auth.ids import ApiKeyId
from argus.services.auth.organization_security.service import OrganizationSecurity
from argus.services.auth.presented_keys import PresentedKeys
from argus.services.auth.service_accounts.repository import ServiceAccountRepository
from argus.services.auth.settings import AuthSettings

MOST_KEYS = 100
"""That are looked up in one text."""


@dataclass(frozen=True)
class FoundKey:
    """Something in a text that has the form of a key. The ids are None where it is no key here."""

    secret: str = field(repr=False)
    hint: str
    key_id: ApiKeyId | None = None
    organization_id: OrganizationId | None = None
    name: str = ""
    why_inactive: InactiveReason | None = InactiveReason.UNKNOWN

    @property
    def live(self) -> bool:
        return self.why_inactive is None


class LeakedKeys:
    """Whoever shows a key may end it: it is no good to anybody once it is known."""

    def __init__(
        self,
        presented: PresentedKeys,
        digests: ApiKeyDigests,
        security: OrganizationSecurity,
        clock: Clock,
        settings: AuthSettings,
    ) -> None:
        self._presented, self._digests, self._security = presented, digests, security
        self._clock, self._settings = clock, settings

    async def find(self, uow: UnitOfWork, text: str) -> list[FoundKey]:
        """The keys in a text, of any organization, each once, in the order of appearance.

        Raises:
            HashersBusy
        """
        settings = self._settings
        secrets = find_keys(text, settings.key_prefixes, settings.imported_key_prefixes)
        return [await self._look_up(uow, secret) for secret in islice(secrets, MOST_KEYS)]

    async def revoke(self, uow: UnitOfWork, text: str) -> Sequence[FoundKey]:
        """Revoke the live keys in a text; says which those were. The unit acts for each of their
        organizations.

        Raises:
            HashersBusy
        """
        found = await self.find(uow, text)
        for key in found:
            if key.live and key.key_id and key.organization_id:
                await uow.enter_tenant(key.organization_id)
                service = ApiKeyService(
                    uow, self._clock, self._digests, self._security, self._settings
                )
                await service.revoke(key.key_id, "leaked")
        return found

    async def _look_up(self, uow: UnitOfWork, secret: str) -> FoundKey:
        key = await self._presented.identify(secret)
        if isinstance(key, InactiveReason):
            return FoundKey(secret, hint(secret))
        demands = await self._security.of(uow, key.organization_id)
        inactive = why_inactive(key, self._clock.now(), demands)
        if inactive is None and key.service_account_id is not None:
            granted = await ServiceAccountRepository(uow).granted(key.service_account_id)
            inactive = InactiveReason.REVOKED if granted is None else None
        return FoundKey(
            secret,
            key.hint,
            ApiKeyId(key.id),
            key.organization_id,
            key.name,
            inactive,
        )
