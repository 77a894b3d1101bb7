"""Life cycle of an organization's API keys, and what a presented key is."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from argus.contracts.auth.events import ApiKeyCreated, ApiKeyRevoked, ApiKeyRotated
from argus.contracts.auth.reasons import InactiveReason
from argus.contracts.permissions import CREDENTIALS, Permission
from argus.kernel.clock import Clock
from argus.kernel.crypto import Keyring
from argus.kernel.db.unit_of_work import UnitOfWork
from argus.kernel.ids import format_id, new_id
from argus.kernel.module import Call
from argus.kernel.principal import AuthenticationMethod, Principal, PrincipalKind
from argus.services.auth.api_key_format import generate, hint, is_well_formed
from argus.services.auth.api_keys.errors import (
    ApiKeyEnded,
    ApiKeyNotFound,
    ExpiryNotPossible,
    ScopeNotGrantable,
)
from argus.services.auth.api_keys.models import ApiKey
from argus.services.auth.api_keys.repository import ApiKeyRepository
from argus.services.auth.ids import ApiKeyId
from argus.services.auth.settings import AuthSettings

_PEPPER = "api-key"


class ApiKeyDigests:
    """HMAC-SHA-256 of keys under a pepper from each master key (ADR 0013)."""

    def __init__(self, keyring: Keyring) -> None:
        self._peppers = keyring.derive_all(_PEPPER)
        self.pepper_id = next(iter(self._peppers))

    def of(self, key: str) -> list[bytes]:
        """Under each pepper, the current one's first."""
        return [hmac.digest(pepper, key.encode(), "sha256") for pepper in self._peppers.values()]


@dataclass(frozen=True)
class NewApiKey:
    """A key that was just made; `secret` is known here and nowhere else."""

    key: ApiKey
    secret: str = field(repr=False)


class ApiKeyService:
    """Keys belong to the organization, not to who made them, and outlive that membership."""

    def __init__(
        self, uow: UnitOfWork, clock: Clock, digests: ApiKeyDigests, settings: AuthSettings
    ) -> None:
        self._uow, self._clock = uow, clock
        self._digests, self._settings = digests, settings
        self._keys = ApiKeyRepository(uow)

    async def create(
        self, name: str, scopes: Sequence[str], expires_at: datetime | None
    ) -> NewApiKey:
        """A new key with these scopes; none at all means it may do nothing.

        Raises:
            ScopeNotGrantable: unknown, not for API keys, or more than the caller may do.
            ExpiryNotPossible: in the past.
        """
        now = self._clock.now()
        if expires_at is not None and expires_at <= now:
            raise ExpiryNotPossible
        self._check_grantable(scopes)
        return await self._make(name, scopes, expires_at or now + self._settings.api_key_life)

    async def get(self, key_id: ApiKeyId) -> ApiKey:
        """Raises ApiKeyNotFound: unknown, or another organization's."""
        key = await self._keys.get(key_id)
        if key is None:
            raise ApiKeyNotFound
        return key

    async def page(
        self, after: ApiKeyId | None, limit: int
    ) -> tuple[list[ApiKey], ApiKeyId | None]:
        """Keys in the order of their creation, and after which the next page starts, if any."""
        keys = await self._keys.page(after, limit + 1)
        return keys[:limit], ApiKeyId(keys[limit - 1].id) if len(keys) > limit else None

    async def rotate(self, key_id: ApiKeyId, overlap: timedelta) -> NewApiKey:
        """A successor with the same name and scopes; the key itself lives on for `overlap`.

        The successor lives as long as the key was meant to when it was made.

        Raises:
            ApiKeyNotFound
            ApiKeyEnded: revoked, expired, or it has a successor.
            ScopeNotGrantable: the key may do more than the caller, who would get its secret.
        """
        key = await self._get_for_update(key_id)
        now = self._clock.now()
        if why_inactive(key, now) or key.successor_id:
            raise ApiKeyEnded
        self._check_grantable(key.scopes)
        life = key.expires_at - key.created_at if key.expires_at else None
        successor = await self._make(key.name, key.scopes, now + life if life else None)
        key.successor_id = successor.key.id
        key.expires_at = expires_at = min(key.expires_at or now + overlap, now + overlap)
        await self._uow.emit(
            ApiKeyRotated(
                api_key_id=format_id("key", key.id),
                successor_id=format_id("key", successor.key.id),
                expires_at=expires_at,
            )
        )
        return successor

    async def revoke(self, key_id: ApiKeyId, reason: str) -> None:
        """End a key for good. A second time changes and emits nothing.

        Raises:
            ApiKeyNotFound
        """
        key = await self._get_for_update(key_id)
        if key.revoked_at is None:
            await self._revoke(key, reason)

    async def revoke_all(self, reason: str) -> None:
        """End all keys of the organization."""
        for key in await self._keys.list_unrevoked():
            await self._revoke(key, reason)

    async def identify(self, presented: str) -> ApiKey | InactiveReason:
        """The key that was presented, of any organization, live or not; or why there is none."""
        if not is_well_formed(presented, self._settings.api_key_prefixes):
            return InactiveReason.MALFORMED
        return await self._keys.find(self._digests.of(presented)) or InactiveReason.UNKNOWN

    async def _get_for_update(self, key_id: ApiKeyId) -> ApiKey:
        key = await self._keys.get_for_update(key_id)
        if key is None:
            raise ApiKeyNotFound
        return key

    def _check_grantable(self, scopes: Sequence[str]) -> None:
        refused = sorted(set(scopes) - _grantable(self._uow.principal))
        if refused:
            raise ScopeNotGrantable(", ".join(refused), scopes=[*refused])

    async def _make(
        self, name: str, scopes: Sequence[str], expires_at: datetime | None
    ) -> NewApiKey:
        secret = generate(self._settings.api_key_prefixes[0])
        key = ApiKey(
            id=new_id(),
            organization_id=self._uow.organization_id,
            name=name,
            hint=hint(secret),
            lookup=self._digests.of(secret)[0],
            pepper_id=self._digests.pepper_id,
            scopes=sorted(set(scopes)),
            created_by=self._uow.principal.id,
            created_at=self._clock.now(),
            expires_at=expires_at,
        )
        await self._keys.add(key)
        await self._uow.emit(
            ApiKeyCreated(
                api_key_id=format_id("key", key.id),
                name=name,
                scopes=key.scopes,
                expires_at=expires_at,
            )
        )
        return NewApiKey(key, secret)

    async def _revoke(self, key: ApiKey, reason: str) -> None:
        key.revoked_at, key.revocation_reason = self._clock.now(), reason
        await self._uow.emit(ApiKeyRevoked(api_key_id=format_id("key", key.id), reason=reason))


def api_keys(call: Call) -> ApiKeyService:
    """The service for one call."""
    resources = call.resources
    return ApiKeyService(
        call.uow, call.clock, resources.get(ApiKeyDigests), resources.get(AuthSettings)
    )


def _grantable(creator: Principal) -> set[str]:
    """Scopes that this creator may give to a key; the platform itself, all that a key may carry."""
    carried = {
        permission.value
        for permission in Permission
        if AuthenticationMethod.API_KEY in CREDENTIALS[permission]
    }
    return carried if creator.kind is PrincipalKind.SYSTEM else carried & creator.permissions


def why_inactive(key: ApiKey, now: datetime) -> InactiveReason | None:
    """Why the key no longer authenticates; None while it does."""
    if key.revoked_at is not None:
        return InactiveReason.REVOKED
    if key.expires_at is not None and key.expires_at <= now:
        return InactiveReason.EXPIRED
    return None
