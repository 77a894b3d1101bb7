"""The feed of revocations on bad ways: whoever follows it is late at worst, and never wrong."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

import argus_client
from argus.apps.compose import compose
from argus.apps.serve import build_app
from argus.contracts.identity.rpc import DEACTIVATE_USER
from argus.contracts.identity.v1 import identity_pb2
from argus.kernel.authentication import Authenticator
from argus.kernel.errors import DeadlineExceeded, Unauthenticated, Unavailable
from argus.kernel.patience import alongside
from argus.services import SERVICES
from argus_client import AsyncArgusClient, ClientSecret, Settings
from client_support import MovableClocks
from support.auth import Auth
from support.database import Server
from support.oauth import OAuth
from support.organizations import Tenant, create_tenant
from support.platform import Caller, FrozenClock, TestPlatform
from support.replicas import replica
from support.served_client import PERMISSIONS
from support.serving import grpc_door, served_platform
from support.unruly import Unruly, relay
from support.wire import Wire, wire

HERE = "127.0.0.1"
BOUND = timedelta(minutes=15)
"""Of staleness: so long that no busy machine reaches it unless a clock is moved."""

Judge = Callable[[str], Awaitable[bool | None]]


@dataclass
class Follower:
    """Judges credentials by what the feed told it; and the way on which it is told."""

    name: str
    way: Wire
    _judge: Judge
    _refused: set[str] = field(default_factory=set[str])

    async def says(self, credential: str) -> bool | None:
        """Whether the credential is good; None: that cannot be said now."""
        said = await self._judge(credential)
        assert not (said and credential in self._refused), f"{self.name} took a refusal back"
        if said is False:
            self._refused.add(credential)
        return said

    async def comes_to_say(self, verdict: bool, credential: str) -> None:
        """Return as soon as it does; whatever it has refused, it refuses meanwhile."""
        async with asyncio.timeout(60):
            while (said := await self.says(credential)) is not verdict:
                assert said is not False, f"{self.name} refuses what is good"
                for refused in [*self._refused]:
                    await self.says(refused)
                await asyncio.sleep(0.1)


def by_authenticator(authenticator: Authenticator) -> Judge:
    async def judge(credential: str) -> bool | None:
        try:
            await authenticator.authenticate("Bearer", credential, HERE)
        except Unauthenticated:
            return False
        except (Unavailable, DeadlineExceeded):
            return None
        return True

    return judge


def by_client(argus: AsyncArgusClient) -> Judge:
    async def judge(credential: str) -> bool | None:
        try:
            await argus.verify(credential)
        except argus_client.Unauthenticated:
            return False
        except argus_client.Unavailable:
            return None
        return True

    return judge


async def going_on(clock: FrozenClock) -> None:
    """Move the platform's clock as time passes: the feed says as of when it speaks."""
    last = time.monotonic()
    while True:
        await asyncio.sleep(0.05)
        clock.advance(timedelta(seconds=-last + (last := time.monotonic())))


@asynccontextmanager
async def second_replica(platform: TestPlatform, unruly: Unruly) -> AsyncGenerator[Follower]:
    """It is told by PostgreSQL."""
    async with replica(platform, unruly.of_notifications) as other:
        authenticator = other.composition.authenticator
        yield Follower("the second replica", other.wire, by_authenticator(authenticator))


@asynccontextmanager
async def billing_alone(platform: TestPlatform, unruly: Unruly) -> AsyncGenerator[Follower]:
    """It is told over gRPC."""
    main = platform.composition
    async with (
        grpc_door(main) as port,
        relay(port, unruly) as relayed,
        wire(HERE, relayed) as way,
    ):
        elsewhere = {name: f"{HERE}:{way.port}" for name in SERVICES if name != "billing"}
        settings = main.settings.model_copy(update={"service_addresses": elsewhere})
        async with compose(settings, main.keyring, platform.clock, ["billing"]) as billing:
            app, judge = build_app(billing), by_authenticator(billing.authenticator)
            async with app.router.lifespan_context(app):
                yield Follower("a process without auth", way, judge)


@asynccontextmanager
async def client_library(
    platform: TestPlatform, acme: Tenant, unruly: Unruly, clocks: MovableClocks
) -> AsyncGenerator[Follower]:
    """It is told over HTTP."""
    machine, _ = await OAuth(platform).machine(acme.owner, *PERMISSIONS)
    assert machine.secret is not None
    issuer = platform.composition.settings.base_url
    async with wire(HERE, int(issuer.rpartition(":")[2]), unruly.of_events) as way:
        settings = Settings(
            url=f"http://{HERE}:{way.port}",
            issuer=issuer,
            credentials=ClientSecret(machine.id, machine.secret),
            staleness_bound=BOUND,
        )
        async with AsyncArgusClient(settings, monotonic=clocks.monotonic) as argus:
            yield Follower("the client library", way, by_client(argus))


@dataclass(frozen=True)
class Doomed:
    """Credentials that are good until they are ended, each in its own way."""

    credentials: tuple[str, ...]
    end: Callable[[], Awaitable[None]]


async def doomed(platform: TestPlatform, acme: Tenant, bob: Caller, role: str) -> Doomed:
    """A session, one of somebody whose role changes, one of somebody to be suspended, a key."""
    ada = acme.owner
    leaving = await platform.sign_in(ada.email, acme.id)
    changing = await platform.sign_in(bob.email, acme.id)
    suspended = await acme.member(f"{role}@example.com", "member")
    key = await Auth(platform).api_key(ada, "org:read")

    async def ask(method: str, path: str, by: Caller, **body: object) -> None:
        url = f"/api/v1/{path}"
        answer = await platform.client.request(method, url, json=body, headers=by.headers)
        assert answer.is_success, answer.text

    async def end() -> None:
        await ask("POST", "auth/sign-out", leaving)
        await ask("PATCH", f"members/{bob.user_id}", ada, roles=[role])
        await ask("POST", f"api-keys/{key['id']}/revoke", ada)
        deactivation = identity_pb2.DeactivateUserRequest(user_id=suspended.user_id)
        await platform.rpc.call(DEACTIVATE_USER, deactivation)
        await platform.relay()

    return Doomed((leaving.token, changing.token, suspended.token, key["secret"]), end)


@dataclass(frozen=True)
class Scene:
    """An organization, and all who follow the feed and judge its credentials."""

    platform: TestPlatform
    acme: Tenant
    bob: Caller
    staying: str
    """A credential that never ends."""
    followers: Sequence[Follower]
    unruly: Unruly
    """What happens to messages on their ways."""

    async def doomed(self, role: str) -> Doomed:
        """Credentials that all followers have seen."""
        made = await doomed(self.platform, self.acme, self.bob, role)
        for follower in self.followers:
            for credential in (self.staying, *made.credentials):
                await follower.comes_to_say(True, credential)
        return made

    async def is_told(self, ended: Doomed) -> None:
        """Return as soon as all followers refuse what has ended, and that alone."""
        for follower in self.followers:
            for credential in ended.credentials:
                await follower.comes_to_say(False, credential)
            await follower.comes_to_say(True, self.staying)


@pytest.fixture
def clocks() -> MovableClocks:
    """Of the client library."""
    return MovableClocks()


@pytest.fixture
async def scene(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clocks: MovableClocks
) -> AsyncGenerator[Scene]:
    monkeypatch.setenv("ARGUS_AUTH_STALENESS_BOUND", "PT15M")
    unruly = Unruly()
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        platform = await enter(served_platform(server, tmp_path))
        await enter(alongside(going_on(platform.clock)))
        acme = await create_tenant(platform, "ada@example.com", "Acme")
        followers = (
            await enter(second_replica(platform, unruly)),
            await enter(billing_alone(platform, unruly)),
            await enter(client_library(platform, acme, unruly, clocks)),
        )
        bob = await acme.member("bob@example.com", "member")
        staying = await platform.sign_in(acme.owner.email, acme.id)
        yield Scene(platform, acme, bob, staying.token, followers, unruly)


async def test_what_ends_is_refused_by_all_however_the_feed_reaches_them(
    scene: Scene, clocks: MovableClocks
) -> None:
    ended = await scene.doomed("viewer")
    for follower in scene.followers:
        follower.way.hold()
    await ended.end()
    for follower in scene.followers:
        follower.way.release()
    await scene.is_told(ended)

    scene.unruly.doubles = scene.unruly.reorders = True
    ended = await scene.doomed("member")
    await ended.end()
    await scene.is_told(ended)
    scene.unruly.doubles = scene.unruly.reorders = False

    ended = await scene.doomed("admin")
    for follower in scene.followers:
        follower.way.cut()
    await ended.end()
    for follower in scene.followers:
        assert await follower.says(scene.staying) is not False
    *_, client = scene.followers
    clocks.advance(BOUND.total_seconds() + 1)
    for credential in (scene.staying, *ended.credentials):
        assert await client.says(credential) is None, "beyond the bound nothing is said"
    for follower in scene.followers:
        follower.way.mend()
    await scene.is_told(ended)
