"""Builds the services of one process and connects them: the only place that knows all services."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from importlib import import_module

from sqlalchemy import URL
from sqlalchemy.ext.asyncio import AsyncEngine

from argus.contracts.auth.authenticator import RpcAuthenticator, WatchingAuthenticator
from argus.contracts.auth.tickets import RpcTickets
from argus.contracts.auth.watcher import RevocationWatcher
from argus.contracts.billing.limits import FRESH_S, TierLimits
from argus.kernel import cache
from argus.kernel.authentication import Authenticator
from argus.kernel.cache import Cache
from argus.kernel.clock import Clock
from argus.kernel.crypto import Keyring
from argus.kernel.db.listen import Listener
from argus.kernel.db.migrate import owner_url, service_url
from argus.kernel.db.unit_of_work import Database, make_engine
from argus.kernel.errors import ArgusError
from argus.kernel.http.app import Edge
from argus.kernel.http.bounds import Bounds
from argus.kernel.jobs import JobQueue
from argus.kernel.module import Module, Platform
from argus.kernel.outbound import Outbound
from argus.kernel.rate_limits.limits import PathClass, RateLimits
from argus.kernel.relay import CHANNEL
from argus.kernel.rpc.client import Rpc
from argus.kernel.rpc.local import LocalTransport
from argus.kernel.rpc.remote import GrpcTransport
from argus.kernel.rpc.tls import MutualTls
from argus.kernel.settings import KernelSettings
from argus.kernel.valkey import Valkey
from argus.services import SERVICES
from argus.services.auth.settings import AuthSettings

PATH_CLASSES = (
    PathClass("health", r"/health$", 1000),
    PathClass("chat-stream", r"/api/v1/stream/chat/", 10),
    PathClass("test-stream", r"/api/v1/stream/test/", 5),
    PathClass("discovery", r"/api/v1/discovery/", 100),
    PathClass("discover", r"/api/v1/discover$", 10),
    PathClass("registration", r"/oauth/register$", 20),
    PathClass(
        "validation",
        r"/api/v1/auth/(validate|forward)"
        r"|/argus\.auth\.v1\.AuthService/(ValidateToken|CheckPermission)",
        1_000_000,
    ),
)
"""Where the tier's limit is not the right one. A tier counts what an organization asks of Argus;
validation is asked on each request that somebody else serves.
"""
LIMITED_BY_ROUTE = (
    "/oauth/token",
    "/oauth/introspect",
    "/oauth/revoke",
    "/oauth/par",
    "/oauth/device_authorization",
    "/api/v1/auth/device/authorize",
    "/api/v1/auth/device/token",
)
"""Where OAuth clients authenticate themselves: see `auth.clients.requests`."""
_OF_SUITES = Bounds(body_bytes=16 << 20, body_s=120, answer_s=180)
BOUNDS = {
    "/api/v1/qa/runs": _OF_SUITES,
    "/api/v1/qa/suites": _OF_SUITES,
    "/api/v1/qa/suites/{suite_id}/versions": _OF_SUITES,
}
"""By path: a suite grows with the application that it tests."""
LISTENED_CHANNELS = [CHANNEL, cache.CHANNEL, "argus_qa_run", "argus_auth_signing_key"]


Engines = Callable[[str, URL, int], AsyncEngine]
"""Makes the connection pool of a service, at an address, for so many connections."""


class UnknownService(ArgusError):
    """`--services` names a service that does not exist; the message lists those that do."""

    code, status, title = "kernel.platform.unknown_service", 422, "Unknown service"


@dataclass(frozen=True)
class Composition:
    """The services of a process, connected to each other and to their siblings elsewhere."""

    settings: KernelSettings
    keyring: Keyring
    clock: Clock
    modules: Sequence[Module]
    rpc: Rpc
    listener: Listener
    remotes: Sequence[GrpcTransport]
    limits: RateLimits
    """One for all doors, so that none is a way around another's."""
    valkey: Valkey | None
    authenticator: Authenticator
    watcher: RevocationWatcher | None
    """Where auth is not hosted here: it spares a call to auth on each request."""
    stopping: asyncio.Event
    """To be set when the process is asked to stop."""

    def edge(self) -> Edge:
        """What stands in front of the services' routes."""
        return Edge(
            settings=self.settings,
            keyring=self.keyring,
            clock=self.clock,
            rpc=self.rpc,
            authenticator=self.authenticator,
            limits=self.limits,
            tickets=RpcTickets(self.rpc),
            bounds=BOUNDS,
        )


def assemble(
    settings: KernelSettings,
    keyring: Keyring,
    clock: Clock,
    services: Sequence[str] = SERVICES,
    engines: Engines = make_engine,
) -> Composition:
    """The named services, built and able to call each other; nothing connects or starts yet.

    Raises:
        UnknownService: a name is not one of `SERVICES`.
    """
    for service in services:
        if service not in SERVICES:
            raise UnknownService(f"{service}: choose from {', '.join(SERVICES)}")
    owner = owner_url(settings)
    rpc = Rpc()
    databases: dict[str, Database] = {}
    for service in services:
        url = service_url(owner, settings, keyring, service)
        engine = engines(service, url, settings.database_pool_size)
        databases[service] = Database(service, url, clock, engine, jobs=JobQueue(service, url))
    listener = Listener(databases[services[0]], LISTENED_CHANNELS)
    outbound, stopping = Outbound(settings), asyncio.Event()
    modules = [
        _build(
            service, Platform(settings, keyring, clock, database, rpc, listener, outbound, stopping)
        )
        for service, database in databases.items()
    ]
    tls = MutualTls.of(settings)
    remote = {
        service: GrpcTransport(address, keyring, clock, tls)
        for service, address in settings.service_addresses.items()
        if service not in services
    }
    local = {module.name: LocalTransport(module, rpc) for module in modules}
    rpc.connect({**remote, **local})
    valkey = Valkey.of(settings)
    tiers = Cache[int]("tier_limits", listener, valkey, fresh_s=FRESH_S)
    limits = RateLimits(
        TierLimits(rpc, tiers).limit_of,
        address_per_minute=settings.address_requests_per_minute,
        classes=PATH_CLASSES,
        limited_by_route=LIMITED_BY_ROUTE,
        valkey=valkey,
    )
    own = (module.authenticator for module in modules if module.authenticator)
    authenticator, watcher = next(own, RpcAuthenticator(rpc)), None
    if "auth" in remote:
        watcher = RevocationWatcher(rpc)
        bound = AuthSettings().staleness_bound
        authenticator = WatchingAuthenticator(rpc, watcher, clock, bound)
    return Composition(
        settings,
        keyring,
        clock,
        modules,
        rpc,
        listener,
        tuple(remote.values()),
        limits,
        valkey,
        authenticator,
        watcher,
        stopping,
    )


@asynccontextmanager
async def compose(
    settings: KernelSettings,
    keyring: Keyring,
    clock: Clock,
    services: Sequence[str] = SERVICES,
    engines: Engines = make_engine,
) -> AsyncGenerator[Composition]:
    """The named services within their lifespans; connections are closed at the end.

    Raises:
        UnknownService: a name is not one of `SERVICES`.
    """
    composition = assemble(settings, keyring, clock, services, engines)
    refused: ArgusError | None = None
    async with AsyncExitStack() as stack:
        if composition.valkey is not None:
            stack.push_async_callback(composition.valkey.close)
        for transport in composition.remotes:
            stack.push_async_callback(transport.close)
        for module in composition.modules:
            stack.push_async_callback(module.database.close)
        for module in composition.modules:
            await stack.enter_async_context(module.lifespan())
        try:
            yield composition
        except ArgusError as error:
            refused = error  # past the lifespans, whose task groups would wrap it
    if refused is not None:
        raise refused


def _build(service: str, platform: Platform) -> Module:
    return import_module(f"argus.services.{service}.module").build(platform)
