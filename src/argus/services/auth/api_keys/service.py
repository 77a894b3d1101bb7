"""Life cycle of an organization's API keys, and what a presented key is."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from argus.contracts.auth.events import ApiKeyCreated, ApiKeyRevoked, ApiKeyRotated
from argus.contracts.auth.reasons import InactiveReason
from argus.contracts.permissions import CREDENTIALS, Permission
from argus.kernel.clock import Clock
from argus.kernel.db.unit_of_work import UnitOfWork
from argus.kernel.errors import Unauthenticated
from argus.kernel.ids import UserId, format_id, new_id
from argus.kernel.module import Call
from argus.kernel.principal import AuthenticationMethod, Principal, PrincipalKind
from argus.services.auth.api_key_digests import ApiKeyDigests
from argus.services.auth.api_key_format import generate, hint, may_be_imported
from argus.services.auth.api_keys.errors import (
    ApiKeyEnded,
    ApiKeyNotFound,
    ExpiryNotPossible,
    ImportNotPossible,
    ScopeNotGrantable,
)
from argus.services.auth.api_keys.models import ApiKey, PresentedKey
from argus.services.auth.api_keys.repository import LONGEST_HINT, ApiKeyRepository
from argus.services.auth.ids import ApiKeyId, ServiceAccountId
from argus.services.auth.organization_security.demands import Demands
from argus.services.auth.organization_security.service import OrganizationSecurity
from argus.services.auth.revocations.repository import IMPORTED_KEYS, Revocations
from argus.services.auth.service_accounts.service import ServiceAccountService
from argus.services.auth.settings import AuthSettings


@dataclass(frozen=True)
class NewApiKey:
    """A key that was just made; `secret` is known here and nowhere else."""

    key: ApiKey
    secret: str = field(repr=False)


@dataclass(frozen=True)
class ImportedKey:
    """A key that another system made: its beginning, and bcrypt of the whole."""

    name: str
    hint: str
    slow_hash: str = field(repr=False)
    scopes: tuple[str, ...]
    expires_at: datetime | None


@dataclass(frozen=True)
class Person:
    """Whose personal access token it is to be, and what they are in the organization.

    `epoch` is the revocation epoch before `roles` were read.
    """

    user_id: UserId
    roles: tuple[str, ...]
    epoch: int


class ApiKeyService:
    """Keys belong to the organization, not to who made them, and outlive that membership.

    A personal access token is a key that is a person's: it may do what the person may, within its
    scopes, and ends with the membership.
    """

    def __init__(
        self,
        uow: UnitOfWork,
        clock: Clock,
        digests: ApiKeyDigests,
        security: OrganizationSecurity,
        settings: AuthSettings,
    ) -> None:
        self._uow, self._clock = uow, clock
        self._digests, self._security, self._settings = digests, security, settings
        self._keys = ApiKeyRepository(uow)
        self._accounts = ServiceAccountService(uow, clock)

    async def create(
        self,
        name: str,
        scopes: Sequence[str],
        expires_at: datetime | None,
        *,
        speaks_for: ServiceAccountId | None = None,
    ) -> NewApiKey:
        """A new key with these scopes; none at all means it may do nothing.

        Raises:
            ScopeNotGrantable: unknown, not for API keys, or more than the caller may do.
            ExpiryNotPossible: in the past, or later than the organization allows.
            ServiceAccountNotFound: unknown or disabled.
            PermissionNotGrantable: the service account may do more than the caller.
        """
        self._check_grantable(scopes)
        if speaks_for is not None:
            await self._accounts.check_may_speak_for(speaks_for)
        return await self._make(name, scopes, await self._end(expires_at), speaks_for=speaks_for)

    async def create_personal(
        self, person: Person, name: str, scopes: Sequence[str], expires_at: datetime | None
    ) -> NewApiKey:
        """A new access token of the caller.

        Raises:
            ScopeNotGrantable, ExpiryNotPossible: as for a key.
            Unauthenticated: the caller's roles have just changed.
        """
        self._check_grantable(scopes)
        await self._keys.lock_person(person.user_id)
        subjects = (person.user_id, self._uow.organization_id)
        if await Revocations(self._uow).revoked_after(
            person.epoch, subjects, self._uow.organization_id
        ):
            raise Unauthenticated
        return await self._make(name, scopes, await self._end(expires_at), person)

    async def import_keys(self, imported: Sequence[ImportedKey]) -> list[ApiKey]:
        """Keys that go on working although only their bcrypt hashes are known.

        Raises:
            ScopeNotGrantable, ExpiryNotPossible: as for a new key.
            ImportNotPossible: what cannot be a key of an accepted prefix, or not its hash.
        """
        prefixes = self._settings.imported_key_prefixes
        keys: list[ApiKey] = []
        for each in imported:
            # A hint is the beginning of a key, so that it is one when something follows.
            if not may_be_imported(each.hint.ljust(LONGEST_HINT * 3, "0"), prefixes):
                raise ImportNotPossible(f"{each.name}: the hint begins with none of the prefixes")
            self._check_grantable(each.scopes)
            key = self._key(each.name, each.scopes, await self._end(each.expires_at))
            key.hint, key.slow_hash = each.hint, each.slow_hash
            await self._add(key)
            keys.append(key)
        await Revocations(self._uow).touch(IMPORTED_KEYS, self._clock.now())
        return keys

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
            ServiceAccountNotFound, PermissionNotGrantable: as for a new key.
        """
        key = await self._get_for_update(key_id)
        if key.user_id is not None:  # its secret is only for the person
            raise ApiKeyNotFound
        now = self._clock.now()
        demands = await self._security.of(self._uow, self._uow.organization_id)
        if why_inactive(key, now, demands) or key.successor_id:
            raise ApiKeyEnded
        self._check_grantable(key.scopes)
        account_id = key.service_account_id and ServiceAccountId(key.service_account_id)
        if account_id is not None:
            await self._accounts.check_may_speak_for(account_id)
        life = key.expires_at - key.created_at if key.expires_at else None
        expires_at = demands.end_of_key(now, now + life if life else None)
        successor = await self._make(key.name, key.scopes, expires_at, speaks_for=account_id)
        key.successor_id = successor.key.id
        key.expires_at = expires_at = min(key.expires_at or now + overlap, now + overlap)
        await Revocations(self._uow).touch(key.id, now)
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

    async def list_of(self, user_id: UserId) -> list[ApiKey]:
        """The person's access tokens for the organization, the newest first."""
        return await self._keys.list_of(user_id)

    async def revoke_of(self, user_id: UserId, key_id: ApiKeyId, reason: str) -> None:
        """End a person's own access token. Raises ApiKeyNotFound: none of theirs."""
        key = await self._get_for_update(key_id)
        if key.user_id != user_id:
            raise ApiKeyNotFound
        if key.revoked_at is None:
            await self._revoke(key, reason)

    async def revoke_all_of(self, user_id: UserId, reason: str) -> None:
        """End all access tokens of a person for the organization."""
        await self._keys.lock_person(user_id)
        for key in await self._keys.list_unrevoked(user_id):
            await self._revoke(key, reason)

    async def revoke_everywhere(self, user_id: UserId, reason: str) -> None:
        """End all access tokens of a person. The unit acts for each of the organizations."""
        for organization_id in await self._keys.list_organizations_of(user_id):
            await self._uow.enter_tenant(organization_id)
            await self.revoke_all_of(user_id, reason)

    async def change_roles(self, user_id: UserId, roles: Sequence[str]) -> None:
        """The person has these roles in the organization now; so have their access tokens."""
        await self._keys.lock_person(user_id)
        await self._keys.set_roles(user_id, roles)
        await Revocations(self._uow).touch(user_id, self._clock.now())

    async def _get_for_update(self, key_id: ApiKeyId) -> ApiKey:
        key = await self._keys.get_for_update(key_id)
        if key is None:
            raise ApiKeyNotFound
        return key

    def _check_grantable(self, scopes: Sequence[str]) -> None:
        refused = sorted(set(scopes) - _grantable(self._uow.principal))
        if refused:
            raise ScopeNotGrantable(", ".join(refused), scopes=[*refused])

    async def _end(self, asked: datetime | None) -> datetime:
        now = self._clock.now()
        demands = await self._security.of(self._uow, self._uow.organization_id)
        latest = demands.end_of_key(now, asked or now + self._settings.api_key_life)
        if latest is None or latest <= now or (asked is not None and latest < asked):
            raise ExpiryNotPossible
        return latest

    async def _make(
        self,
        name: str,
        scopes: Sequence[str],
        expires_at: datetime | None,
        person: Person | None = None,
        speaks_for: ServiceAccountId | None = None,
    ) -> NewApiKey:
        settings = self._settings
        secret = generate(
            settings.personal_token_prefix if person else settings.api_key_prefixes[0]
        )
        key = self._key(name, scopes, expires_at)
        key.hint, key.lookup = hint(secret), self._digests.of(secret)[0]
        if person is not None:
            key.user_id, key.roles = person.user_id, [*person.roles]
        key.service_account_id = speaks_for
        await self._add(key)
        return NewApiKey(key, secret)

    def _key(self, name: str, scopes: Sequence[str], expires_at: datetime | None) -> ApiKey:
        return ApiKey(
            id=new_id(),
            organization_id=self._uow.organization_id,
            name=name,
            pepper_id=self._digests.pepper_id,
            roles=[],
            scopes=sorted(set(scopes)),
            created_by=self._uow.principal.id,
            created_at=self._clock.now(),
            expires_at=expires_at,
        )

    async def _add(self, key: ApiKey) -> None:
        await self._keys.add(key)
        await self._uow.emit(
            ApiKeyCreated(
                api_key_id=format_id("key", key.id),
                name=key.name,
                scopes=key.scopes,
                expires_at=key.expires_at,
                user_id=format_id("usr", key.user_id) if key.user_id else None,
                service_account_id=(
                    format_id("sa", key.service_account_id) if key.service_account_id else None
                ),
                imported=key.lookup is None,
            )
        )

    async def _revoke(self, key: ApiKey, reason: str) -> None:
        now = self._clock.now()
        key.revoked_at, key.revocation_reason = now, reason
        await Revocations(self._uow).touch(key.id, now)
        await self._uow.emit(ApiKeyRevoked(api_key_id=format_id("key", key.id), reason=reason))


def api_keys(call: Call) -> ApiKeyService:
    """The service for one call."""
    resources = call.resources
    return ApiKeyService(
        call.uow,
        call.clock,
        resources.get(ApiKeyDigests),
        resources.get(OrganizationSecurity),
        resources.get(AuthSettings),
    )


def _grantable(creator: Principal) -> set[str]:
    """Scopes that this creator may give to a key; the platform itself, all that a key may carry."""
    carried = {
        permission.value
        for permission in Permission
        if AuthenticationMethod.API_KEY in CREDENTIALS[permission]
    }
    return carried if creator.kind is PrincipalKind.SYSTEM else carried & creator.permissions


def why_inactive(
    key: ApiKey | PresentedKey, now: datetime, demands: Demands
) -> InactiveReason | None:
    """Why the key no longer authenticates; None while it does."""
    if key.revoked_at is not None:
        return InactiveReason.REVOKED
    end = demands.end_of_key(key.created_at, key.expires_at)
    if end is not None and end <= now:
        return InactiveReason.EXPIRED
    return None
