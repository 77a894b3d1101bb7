"""What the operator of an installation may do on its machine, without signing in.

Whoever holds the database's address and the master key is the operator; every act is done by the
services themselves and stands in the audit log like any other.
"""

import secrets
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import orjson

from argus.apps.compose import Composition, compose
from argus.contracts.auth.rpc import CREATE_API_KEY, SET_PASSWORD
from argus.contracts.auth.v1 import auth_pb2
from argus.contracts.billing.rpc import SET_TIER
from argus.contracts.billing.v1 import billing_pb2
from argus.contracts.identity.rpc import FIND_USER_BY_EMAIL, LIST_MEMBERSHIPS
from argus.contracts.identity.v1 import identity_pb2
from argus.kernel import context
from argus.kernel.cache import flush
from argus.kernel.clock import SystemClock
from argus.kernel.crypto import load_keyring
from argus.kernel.errors import ArgusError, NotFound
from argus.kernel.ids import OrganizationId, UserId, format_id, parse_id
from argus.kernel.module import Module
from argus.kernel.principal import system
from argus.kernel.schema import Value
from argus.kernel.settings import KernelSettings
from argus.services.audit.chain import Link, Verdict, verify
from argus.services.audit.entries.service import AuditLog, chain_name, list_chains
from argus.services.auth.impersonation.service import BorrowedSession, Impersonations
from argus.services.auth.leaked_keys.service import LeakedKeys
from argus.services.auth.signing_keys.service import SigningKeys
from argus.services.identity.organizations.service import OrganizationService
from argus.services.qa.learnt import PatternState
from argus.services.qa.patterns.schemas import HealView
from argus.services.qa.patterns.service import HealingService

CONTROL_PLANE = ("auth", "identity", "billing")
"""The services of all acts but those on the audit log and on heals."""
MOST_HEALS = 200


class OwnerUnknown(NotFound):
    """Nobody has registered with this address.

    `argus up` registers the first user; `--owner`, or ARGUS_OWNER, says with which address.
    """

    code, title = "kernel.platform.owner_unknown", "Owner unknown"


@dataclass(frozen=True)
class ChainVerdict:
    """One chain of the audit log: an organization's, or `installation`."""

    chain: str
    verdict: Verdict


class CheckedKey(Value):
    """A key that was found in a text. Without an id it is no key of this installation."""

    hint: str
    id: str
    organization_id: str
    name: str
    state: str
    """live, revoked now, or why it is no good: unknown, revoked, expired."""


class PublishedKey(Value):
    """A signing key, without its private part."""

    kid: str
    algorithm: str
    signs_from: datetime
    expires_at: datetime | None


class Operator:
    """The operator's acts on a composition that hosts the services that an act is about."""

    def __init__(self, composition: Composition) -> None:
        self._composition = composition
        self._rpc = composition.rpc

    async def organization_of(self, email: str) -> str:
        """The personal organization of the person with this address.

        Raises:
            OwnerUnknown: there is no such person.
        """
        user_id = (await self._user(email)).id
        memberships = await self._rpc.call(
            LIST_MEMBERSHIPS, identity_pb2.ListMembershipsRequest(user_id=user_id)
        )
        return next(m.organization_id for m in memberships.memberships if m.personal)

    async def create_api_key(
        self, organization_id: str, name: str, scopes: Sequence[str]
    ) -> tuple[str, str]:
        """A new key's identifier and its secret, which is shown nowhere else."""
        made = await self._rpc.call(
            CREATE_API_KEY,
            auth_pb2.CreateApiKeyRequest(organization_id=organization_id, name=name, scopes=scopes),
        )
        return made.key_id, made.secret

    async def reset_password(self, email: str) -> str:
        """A new generated password for a person; all their sessions end. Raises OwnerUnknown."""
        user_id = (await self._user(email)).id
        password = secrets.token_urlsafe(15)
        await self._rpc.call(
            SET_PASSWORD, auth_pb2.SetPasswordRequest(user_id=user_id, password=password)
        )
        return password

    async def set_tier(self, organization_id: str, tier: str) -> None:
        """Put an organization on a tier at once; raises UnknownTier."""
        tenant = OrganizationId(parse_id("org", organization_id))
        token = context.principal.set(system("operator", tenant))
        try:
            await self._rpc.call(SET_TIER, billing_pb2.SetTierRequest(tier=tier))
        finally:
            context.principal.reset(token)

    async def flush_cache(self, organization_id: str) -> None:
        """Have every process forget what caches keep of an organization: it is found out anew.

        Processes without a connection to the database forget it when it is too old.

        Raises:
            OrganizationNotFound
        """
        tenant = OrganizationId(parse_id("org", organization_id))
        identity = self._module("identity").database
        async with identity.unit_of_work(system("operator", tenant)) as uow:
            await OrganizationService(uow, identity.clock).get(tenant)
        database = self._module("billing").database
        async with database.unit_of_work(system("operator", tenant)) as uow:
            await flush(uow, tenant)

    async def verify_audit(self) -> list[ChainVerdict]:
        """Recompute every chain of the audit log."""
        database = self._module("audit").database
        why = "the operator verifies the chains of all organizations"
        async with database.unit_of_work(system("audit"), unscoped=why) as uow:
            chains = await list_chains(uow)
        verdicts: list[ChainVerdict] = []
        for chain in chains:
            async with database.unit_of_work(system("audit", chain)) as uow:
                verdicts.append(ChainVerdict(chain_name(chain), await AuditLog(uow).verify()))
        return verdicts

    async def check_keys(self, content: str, *, revoke: bool) -> list[CheckedKey]:
        """The API keys in a text, whosever they are; by `revoke`, the live ones are ended."""
        auth = self._module("auth")
        leaked = auth.resources.get(LeakedKeys)
        async with auth.database.unit_of_work(system("operator")) as uow:
            found = await (leaked.revoke if revoke else leaked.find)(uow, content)
        return [
            CheckedKey(
                hint=key.hint,
                id=format_id("key", key.key_id) if key.key_id else "",
                organization_id=(
                    format_id("org", key.organization_id) if key.organization_id else ""
                ),
                name=key.name,
                state=key.why_inactive or ("revoked now" if revoke else "live"),
            )
            for key in found
        ]

    async def impersonate(
        self, email: str, administrator: str, tenant: str, reason: str, life: timedelta
    ) -> BorrowedSession:
        """Let an administrator act as somebody in an organization.

        Raises:
            OwnerUnknown, ImpersonationRefused, OrganizationNotFound
        """
        return (
            await self._module("auth")
            .resources.get(Impersonations)
            .begin(
                OrganizationId(parse_id("org", tenant)),
                UserId(parse_id("usr", (await self._user(email)).id)),
                UserId(parse_id("usr", (await self._user(administrator)).id)),
                reason,
                life,
            )
        )

    async def heals(self, email: str, *, pending: bool) -> list[HealView]:
        """The latest heals of a person's organization. Raises OwnerUnknown."""
        state = PatternState.PENDING if pending else None
        async with self._healing(email) as healing:
            found = await healing.page(None, MOST_HEALS, state)
            return [HealView.model_validate(heal) for heal in found]

    async def approve_heal(self, email: str, heal_id: str) -> HealView:
        """Raises OwnerUnknown, HealNotFound, HealUnlearnt."""
        async with self._healing(email) as healing:
            return HealView.model_validate(await healing.approve(parse_id("heal", heal_id)))

    async def reject_heal(self, email: str, heal_id: str) -> HealView:
        """Raises OwnerUnknown, HealNotFound, HealUnlearnt."""
        async with self._healing(email) as healing:
            return HealView.model_validate(await healing.reject(parse_id("heal", heal_id)))

    @asynccontextmanager
    async def _healing(self, email: str) -> AsyncGenerator[HealingService]:
        tenant = OrganizationId(parse_id("org", await self.organization_of(email)))
        database = self._module("qa").database
        async with database.unit_of_work(system("operator", tenant)) as uow:
            yield HealingService(uow, database.clock)

    async def signing_keys(self) -> list[PublishedKey]:
        """The signing keys that verifiers see, the newest last."""
        keys = await self._module("auth").resources.get(SigningKeys).published()
        return [PublishedKey.model_validate(key, from_attributes=True) for key in keys]

    async def rotate_signing_key(self) -> str:
        """Publish a new signing key; returns its id."""
        return (await self._module("auth").resources.get(SigningKeys).rotate()).kid

    async def withdraw_signing_key(self, kid: str) -> None:
        """End a leaked signing key now. Raises SigningKeyNotFound."""
        await self._module("auth").resources.get(SigningKeys).withdraw(kid)

    def _module(self, name: str) -> Module:
        return next(module for module in self._composition.modules if module.name == name)

    async def _user(self, email: str) -> identity_pb2.User:
        found = await self._rpc.call(
            FIND_USER_BY_EMAIL, identity_pb2.FindUserByEmailRequest(email=email)
        )
        if not found.HasField("user"):
            raise OwnerUnknown(f"nobody is registered as {email}")
        return found.user


@asynccontextmanager
async def operator(
    settings: KernelSettings, services: Sequence[str] = CONTROL_PLANE
) -> AsyncGenerator[Operator]:
    """The operator of the installation that `settings` describe; its database must run.

    `services` are those that the acts are about: each takes time to build.
    """
    async with compose(settings, load_keyring(settings), SystemClock(), services) as composition:
        yield Operator(composition)


class ExportInvalid(ArgusError):
    """The file is not an export of an audit log: JSON lines of `GET /api/v1/audit/export`."""

    code, status, title = "audit.export.invalid", 422, "Not an export of an audit log"


def verify_export(file: Path) -> Verdict:
    """Recompute the chain of an exported log; needs neither database nor key.

    Raises:
        ExportInvalid: the file cannot be read as one.
    """
    try:
        with file.open("rb") as lines:
            return verify(
                Link(
                    line["seq"],
                    line["body"],
                    bytes.fromhex(line["previous_hash"]),
                    bytes.fromhex(line["hash"]),
                )
                for line in map(orjson.loads, lines)
            )
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise ExportInvalid(f"{file}: {error}") from error
