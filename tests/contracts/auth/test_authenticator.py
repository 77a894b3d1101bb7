"""A process that does not host auth authenticates by itself, and is never wrong for it."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest

from argus.apps.compose import compose
from argus.apps.serve import build_app
from argus.contracts.auth.authenticator import WatchingAuthenticator
from argus.contracts.auth.principal import to_message
from argus.contracts.auth.v1 import auth_pb2 as pb
from argus.contracts.auth.watcher import CURRENT_S, RevocationWatcher
from argus.kernel.errors import ArgusError, ProofNotValid, Unauthenticated, Unavailable
from argus.kernel.ids import format_id, new_id
from argus.kernel.principal import AuthenticationMethod, Principal, PrincipalKind
from argus.kernel.rpc.client import Rpc
from argus.services import SERVICES
from argus.services.auth.revocations import feed
from argus.services.auth.revocations.feed import RevocationFeed
from support.platform import NOW, Caller, FrozenClock, TestPlatform
from support.serving import grpc_door
from support.wire import Wire, becomes, wire

KEY = b"k" * 16
BOUND = timedelta(minutes=1)
USER = new_id()
ADA = Principal(
    PrincipalKind.USER,
    format_id("usr", USER),
    method=AuthenticationMethod.SESSION,
    user_id=USER,
    expires_at=NOW + timedelta(minutes=10),
)


class Auth:
    """An auth service that a test controls, and that counts questions."""

    def __init__(self) -> None:
        self.asked = 0
        self.instance, self.sequence = "a", 5
        self.answers: pb.ValidateTokenResponse | ArgusError = self.good()

    def good(self) -> pb.ValidateTokenResponse:
        return pb.ValidateTokenResponse(
            active=True,
            principal=to_message(ADA),
            rests_on=[KEY],
            stream=self.instance,
            sequence=self.sequence,
        )

    async def call(self, method: Any, request: Any) -> Any:
        self.asked += 1
        if isinstance(self.answers, ArgusError):
            raise self.answers
        return self.answers

    def stream(self, method: Any, request: Any) -> AsyncGenerator[Any]:
        raise Unavailable


class Seconds:
    def __init__(self) -> None:
        self.now = 50.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Edge:
    auth: Auth
    watcher: RevocationWatcher
    authenticator: WatchingAuthenticator
    clock: FrozenClock
    seconds: Seconds

    async def ask(self, token: str = "t", address: str = "192.0.2.1") -> Principal:
        return await self.authenticator.authenticate("Bearer", token, address)

    def hear(self, *keys: bytes, snapshot: bool = False) -> None:
        """The next message of the feed, which says that it is of this moment."""
        after = self.watcher.sequence
        assert self.watcher.hear(
            pb.RevocationNews(
                stream="a",
                sequence=5 if snapshot else after + bool(keys),
                after=after,
                as_of_ms=int(self.seconds.now * 1000),
                snapshot=snapshot,
                changes=[pb.RevocationChange(key=key, epoch=1) for key in keys],
            )
        )


@pytest.fixture
def edge() -> Edge:
    auth, rpc, seconds, clock = Auth(), Rpc(), Seconds(), FrozenClock()
    rpc.connect({"auth": auth})
    watcher = RevocationWatcher(rpc, monotonic=seconds)
    authenticator = WatchingAuthenticator(rpc, watcher, clock, BOUND, monotonic=seconds)
    edge = Edge(auth, watcher, authenticator, clock, seconds)
    edge.hear(snapshot=True)
    return edge


async def test_auth_is_asked_once_for_each_credential_and_address(edge: Edge) -> None:
    for _ in range(3):
        assert (await edge.ask()).id == ADA.id
    assert edge.auth.asked == 1
    assert (await edge.ask(address="192.0.2.2")).address == "192.0.2.2"
    await edge.ask("another")
    assert edge.auth.asked == 3


async def test_what_rests_on_a_change_is_asked_anew(edge: Edge) -> None:
    await edge.ask()
    edge.hear(b"o" * 16)
    await edge.ask()
    assert edge.auth.asked == 1
    edge.hear(KEY)
    edge.auth.answers = pb.ValidateTokenResponse(reason="revoked")
    for _ in range(2):
        with pytest.raises(Unauthenticated):
            await edge.ask()


async def test_what_is_changed_cannot_be_had_from_memory_when_auth_is_gone(edge: Edge) -> None:
    await edge.ask()
    edge.hear(KEY)
    edge.auth.answers = Unavailable()
    with pytest.raises(Unavailable):
        await edge.ask()


async def test_an_answer_that_may_not_be_remembered_is_not(edge: Edge) -> None:
    edge.auth.answers = pb.ValidateTokenResponse(active=True, principal=to_message(ADA))
    for _ in range(2):
        await edge.ask()
    assert edge.auth.asked == 2


async def test_an_answer_of_another_instance_than_it_follows_is_not_remembered(edge: Edge) -> None:
    edge.auth.instance = "b"
    edge.auth.answers = edge.auth.good()
    for _ in range(2):
        await edge.ask()
    assert edge.auth.asked == 2


async def test_an_expired_credential_is_asked_about(edge: Edge) -> None:
    await edge.ask()
    edge.clock.advance(timedelta(minutes=10))
    await edge.ask()
    assert edge.auth.asked == 2


async def test_while_nothing_is_heard_auth_is_asked_each_time(edge: Edge) -> None:
    await edge.ask()
    edge.seconds.now += CURRENT_S + 1
    await edge.ask()
    await edge.ask()
    assert edge.auth.asked == 3


async def test_a_refusal_is_not_taken_back_before_the_feed_tells_of_it(edge: Edge) -> None:
    await edge.ask()
    edge.seconds.now += CURRENT_S + 1
    edge.auth.answers = pb.ValidateTokenResponse(reason="revoked")
    with pytest.raises(Unauthenticated):
        await edge.ask()
    edge.hear()
    with pytest.raises(Unauthenticated):
        await edge.ask()
    edge.auth.answers = Unavailable()
    with pytest.raises(Unavailable):
        await edge.ask()


async def test_without_auth_what_is_remembered_counts_until_the_bound(edge: Edge) -> None:
    await edge.ask()
    edge.auth.answers = Unavailable()
    edge.seconds.now += BOUND.total_seconds() - 1
    assert (await edge.ask()).id == ADA.id
    with pytest.raises(Unavailable):
        await edge.ask("never seen")
    edge.seconds.now += 2
    with pytest.raises(Unavailable):
        await edge.ask()


async def test_auth_that_is_gone_is_not_asked_at_each_request(edge: Edge) -> None:
    await edge.ask()
    edge.auth.answers = Unavailable()
    edge.seconds.now += CURRENT_S + 1
    for _ in range(5):
        await edge.ask()
    assert edge.auth.asked == 2


async def test_an_answer_is_asked_for_again_in_time(edge: Edge) -> None:
    await edge.ask()
    edge.seconds.now += 61
    edge.hear()
    await edge.ask()
    assert edge.auth.asked == 2


async def test_a_bound_token_without_its_proof_is_refused_unasked(edge: Edge) -> None:
    with pytest.raises(ProofNotValid):
        await edge.authenticator.authenticate("DPoP", "t", "192.0.2.1")
    with pytest.raises(Unauthenticated):
        await edge.authenticator.authenticate("Basic", "t", "192.0.2.1")
    assert edge.auth.asked == 0


@dataclass(frozen=True)
class Apart:
    """Billing in a composition of its own, which reaches the platform over a wire."""

    client: httpx.AsyncClient
    wire: Wire
    watcher: RevocationWatcher


@pytest.fixture
async def billing(platform: TestPlatform) -> AsyncGenerator[Apart]:
    composition = platform.composition
    async with grpc_door(composition) as port, wire("127.0.0.1", port) as proxy:
        address = f"127.0.0.1:{proxy.port}"
        elsewhere = {service: address for service in SERVICES if service != "billing"}
        settings = composition.settings.model_copy(update={"service_addresses": elsewhere})
        async with compose(settings, composition.keyring, platform.clock, ["billing"]) as apart:
            app = build_app(apart)
            assert apart.watcher is not None
            async with (
                app.router.lifespan_context(app),
                httpx.AsyncClient(
                    transport=httpx.ASGITransport(app), base_url="http://billing.test"
                ) as client,
            ):
                yield Apart(client, proxy, apart.watcher)


async def test_a_sign_out_is_refused_by_another_process_and_a_dead_auth_is_outlived(
    platform: TestPlatform, billing: Apart, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "CURRENT_S", 60.0)  # else a busy auth lets nobody remember
    known = platform.modules["auth"].resources.get(RevocationFeed)

    async def status(caller: Caller) -> int:
        url = "/api/v1/billing/subscription"
        return (await billing.client.get(url, headers=caller.headers)).status_code

    leaving, staying, unseen = [await platform.owner() for _ in range(3)]
    await becomes(lambda: billing.watcher.stream != "")  # it is not current for long: time stands
    for owner in (leaving, staying):
        assert await status(owner) == 200
    left = await platform.client.post("/api/v1/auth/sign-out", headers=leaving.headers)
    assert left.is_success
    await becomes(lambda: billing.watcher.sequence == known.sequence)
    assert await status(leaving) == 401
    billing.wire.cut()
    assert await status(staying) == 200
    assert await status(unseen) == 503
    assert await status(leaving) == 503
    billing.wire.mend()
    async with asyncio.timeout(30):
        while await status(unseen) != 200:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.05)
    assert await status(leaving) == 401
