"""Lets devices without a keyboard in: they show a code, a person enters it elsewhere (RFC 8628)."""

import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlencode
from uuid import UUID

from argus.contracts.auth.events import DeviceAuthorized, DeviceRefused
from argus.contracts.identity.rpc import LIST_MEMBERSHIPS
from argus.contracts.identity.v1 import identity_pb2
from argus.kernel.clock import Clock
from argus.kernel.crypto import Keyring
from argus.kernel.db.unit_of_work import Database, UnitOfWork
from argus.kernel.errors import ArgusError
from argus.kernel.ids import OrganizationId, SessionId, UserId, format_id, parse_id
from argus.kernel.principal import Principal
from argus.kernel.rpc.client import Rpc
from argus.services.auth.attempts.service import Throttle
from argus.services.auth.clients.client import Client, ClientOrigin
from argus.services.auth.clients.metadata import DEVICE_CODE
from argus.services.auth.clients.registry import ClientRegistry
from argus.services.auth.oauth.device.errors import (
    AccessDenied,
    AuthorizationPending,
    DeviceCodeExpired,
    DeviceCodeInvalid,
    SlowDown,
    UserCodeUnknown,
)
from argus.services.auth.oauth.device.models import DeviceAuthorization
from argus.services.auth.oauth.device.repository import Approver, DeviceRepository
from argus.services.auth.oauth.errors import InvalidScope, UnauthorizedClient
from argus.services.auth.oauth.user_code import new_user_code, normalize, shown
from argus.services.auth.resources.errors import InvalidTarget
from argus.services.auth.resources.registry import ResourceRegistry
from argus.services.auth.resources.resource import Resource
from argus.services.auth.sha256 import sha256_of

LIFE = timedelta(minutes=10)
INTERVAL_S = 5
SLOWER_BY_S = 5
"""RFC 8628 section 3.5: this and all further polls."""
KEPT = timedelta(hours=1)
"""After expiry, so that a late poll is told what happened."""


@dataclass(frozen=True)
class BegunAuthorization:
    """What the device is told."""

    device_code: str = field(repr=False)
    user_code: str
    verification_uri: str
    expires_in: timedelta
    interval_s: int

    @property
    def verification_uri_complete(self) -> str:
        return f"{self.verification_uri}?{urlencode({'user_code': self.user_code})}"


@dataclass(frozen=True)
class Organization:
    """One that the person is a member of."""

    id: OrganizationId
    name: str


@dataclass(frozen=True)
class WaitingDevice:
    """What the person is shown before they decide."""

    user_code: str
    client: Client
    resource: Resource
    scopes: tuple[str, ...] | None
    """None: not limited; Argus's own client only."""
    address: str
    """Where the device is."""
    begun_at: datetime
    organizations: tuple[Organization, ...]
    """Those of the person, who chooses one."""


@dataclass(frozen=True)
class ApprovedDevice:
    """What the person let the device have. It can be collected once."""

    by: Approver
    scopes: frozenset[str] | None
    """None: not limited; Argus's own client only."""
    audience: str
    authenticated_at: datetime
    strength: tuple[str, ...]
    method: str
    identity_id: UUID | None
    """Of the person's own sign-in, in the session in which they approved."""


class DeviceService:
    """Uses units of work of its own: a poll counts although it is answered by an error."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        keyring: Keyring,
        rpc: Rpc,
        clients: ClientRegistry,
        resources: ResourceRegistry,
        throttle: Throttle,
        base_url: str,
    ) -> None:
        self._database, self._clock, self._rpc = database, clock, rpc
        self._clients, self._resources, self._throttle = clients, resources, throttle
        self._secret, self._page = keyring.derive("user-codes"), f"{base_url}/device"

    async def begin(
        self,
        client: Client,
        scopes: frozenset[str] | None,
        resources: tuple[str, ...],
        principal: Principal,
    ) -> BegunAuthorization:
        """Codes for a device of this client, good for `LIFE`.

        Argus's own client gets a session without limits when it asks for no scopes.

        Raises:
            UnauthorizedClient, InvalidScope, InvalidTarget
        """
        if not client.may_use(DEVICE_CODE):
            raise UnauthorizedClient
        unlimited = scopes is None and client.origin is ClientOrigin.BUILT_IN
        asked = scopes or frozenset()
        if len(resources) > 1:
            raise InvalidTarget("one resource at a time")
        target = await self._resources.target(client, next(iter(resources), None), asked)
        if refused := asked - client.permitted(target.scopes):
            raise InvalidScope(f"not available: {' '.join(sorted(refused))}")
        device_code, user_code = secrets.token_urlsafe(32), new_user_code()
        now = self._clock.now()
        async with self._database.unit_of_work(principal) as uow:
            await DeviceRepository(uow).add(
                DeviceAuthorization(
                    device_code_hash=sha256_of(device_code),
                    user_code_hash=self._digest(user_code),
                    client_id=client.id,
                    scopes=None if unlimited else sorted(asked),
                    audience=target.identifier,
                    address=principal.address,
                    created_at=now,
                    expires_at=now + LIFE,
                    interval_s=INTERVAL_S,
                )
            )
        return BegunAuthorization(device_code, shown(user_code), self._page, LIFE, INTERVAL_S)

    async def find(self, typed: str, principal: Principal) -> WaitingDevice:
        """The device that shows this code, as `principal` is to decide about it. A wrong guess
        counts against the person and their address.

        Raises:
            UserCodeUnknown, TooManyAttempts
        """
        guesses = self._throttle.user_codes(principal)
        await self._throttle.count(principal, guesses)
        code = normalize(typed)
        async with self._database.unit_of_work(principal) as uow:
            waiting = code and await DeviceRepository(uow).find_undecided(
                self._digest(code), self._clock.now()
            )
            if not code or not waiting:
                raise UserCodeUnknown
            await self._throttle.succeeded(uow, guesses)
        client = await self._clients.find(waiting.client_id)
        resource = await self._resources.find(waiting.audience)
        if client is None or resource is None:
            raise UserCodeUnknown
        return WaitingDevice(
            user_code=shown(code),
            client=client,
            resource=resource,
            scopes=None if waiting.scopes is None else tuple(waiting.scopes),
            address=waiting.address,
            begun_at=waiting.created_at,
            organizations=await self._organizations(principal.id),
        )

    async def approve(self, uow: UnitOfWork, typed: str, by: Approver) -> None:
        """Let the device in.

        Raises:
            UserCodeUnknown: there is nothing to decide any more.
        """
        code = normalize(typed)
        client_id = code and await DeviceRepository(uow).approve(
            self._digest(code), by, self._clock.now()
        )
        if not client_id:
            raise UserCodeUnknown
        await uow.emit(
            DeviceAuthorized(user_id=format_id("usr", by.user_id), client_id=client_id),
            by.organization_id,
        )

    async def deny(self, uow: UnitOfWork, typed: str, user_id: UserId) -> None:
        """Keep the device out.

        Raises:
            UserCodeUnknown: there is nothing to decide any more.
        """
        code = normalize(typed)
        client_id = code and await DeviceRepository(uow).deny(self._digest(code), self._clock.now())
        if not client_id:
            raise UserCodeUnknown
        await uow.emit(DeviceRefused(user_id=format_id("usr", user_id), client_id=client_id))

    async def collect(
        self, client: Client, device_code: str, principal: Principal
    ) -> ApprovedDevice:
        """What the person decided; an approval is given out once.

        Raises:
            AuthorizationPending, SlowDown, AccessDenied, DeviceCodeExpired, DeviceCodeInvalid
        """
        now = self._clock.now()
        async with self._database.unit_of_work(principal) as uow:
            devices = DeviceRepository(uow)
            found = await devices.get_for_update(sha256_of(device_code), client.id)
            if found is None:
                raise DeviceCodeInvalid
            outcome = await self._outcome(devices, found, now)
            found.polled_at = now
        if isinstance(outcome, ArgusError):
            raise outcome
        return outcome

    async def _outcome(
        self, devices: DeviceRepository, found: DeviceAuthorization, now: datetime
    ) -> ApprovedDevice | ArgusError:
        if found.expires_at <= now:
            return DeviceCodeExpired()
        if found.decision == "denied":
            return AccessDenied()
        interval = timedelta(seconds=found.interval_s)
        if found.polled_at is not None and now - found.polled_at < interval:
            found.interval_s += SLOWER_BY_S
            return SlowDown(interval=found.interval_s)
        if found.user_id is None or found.bound_to is None or found.started_by is None:
            return AuthorizationPending(interval=found.interval_s)
        await devices.delete(found.device_code_hash)
        starter = await devices.starter(found.started_by, now)
        if starter is None:
            return DeviceCodeInvalid("the session in which it was approved has ended")
        return ApprovedDevice(
            by=Approver(
                UserId(found.user_id), OrganizationId(found.bound_to), SessionId(found.started_by)
            ),
            scopes=None if found.scopes is None else frozenset(found.scopes),
            audience=found.audience,
            authenticated_at=starter.authenticated_at,
            strength=tuple(starter.strength),
            method=starter.method,
            identity_id=starter.identity_id,
        )

    async def _organizations(self, user_id: str) -> tuple[Organization, ...]:
        answer = await self._rpc.call(
            LIST_MEMBERSHIPS, identity_pb2.ListMembershipsRequest(user_id=user_id)
        )
        return tuple(
            Organization(
                OrganizationId(parse_id("org", membership.organization_id)),
                membership.organization_name,
            )
            for membership in answer.memberships
        )

    def _digest(self, user_code: str) -> bytes:
        return hmac.digest(self._secret, user_code.encode(), "sha256")
