"""The edge knows a caller's tier, at most half a minute late."""

import asyncio
from collections.abc import AsyncGenerator
from typing import TypeVar

import httpx
from google.protobuf.message import Message

from argus.contracts.billing.limits import WHEN_UNKNOWN, WITHOUT_ORGANIZATION, TierLimits
from argus.contracts.billing.rpc import SET_TIER
from argus.contracts.billing.v1 import billing_pb2 as pb
from argus.kernel import context
from argus.kernel.cache import Cache
from argus.kernel.db.listen import Listener
from argus.kernel.errors import DeadlineExceeded
from argus.kernel.ids import OrganizationId, new_id, parse_id
from argus.kernel.principal import anonymous, system
from argus.kernel.rpc.client import Rpc
from argus.kernel.rpc.method import Method, StreamMethod
from support.platform import TestPlatform
from support.stopwatch import Stopwatch

Q = TypeVar("Q", bound=Message)
R = TypeVar("R", bound=Message)


def limits(platform: TestPlatform, rpc: Rpc, watch: Stopwatch) -> TierLimits:
    """Of a process that hears nothing of changes."""
    deaf = Listener(platform.modules["billing"].database, [])
    return TierLimits(rpc, Cache[int]("tier_limits", deaf, None, fresh_s=30, elapsed_s=watch))


async def test_a_process_that_hears_nothing_of_a_changed_tier_learns_of_it_within_30_s(
    platform: TestPlatform,
) -> None:
    owner = await platform.owner()
    caller = system("test", OrganizationId(parse_id("org", owner.organization_id)))
    context.principal.set(caller)
    watch = Stopwatch()
    known = limits(platform, platform.rpc, watch)
    assert await known.limit_of(caller) == 60
    await platform.rpc.call(SET_TIER, pb.SetTierRequest(tier="professional"))
    watch.s += 20
    assert await known.limit_of(caller) == 60
    watch.s += 10
    assert await known.limit_of(caller) == 1000


async def test_a_changed_tier_counts_as_soon_as_the_process_hears_of_it(
    platform: TestPlatform,
) -> None:
    owner = await platform.owner()
    caller = system("test", OrganizationId(parse_id("org", owner.organization_id)))
    context.principal.set(caller)
    edge = platform.composition.limits
    assert (await edge.take(caller, "/")).limit == 60
    await platform.rpc.call(SET_TIER, pb.SetTierRequest(tier="professional"))
    async with asyncio.timeout(30):
        while (await edge.take(caller, "/")).limit != 1000:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0)


class Switchable:
    """A way to the services that can be cut."""

    def __init__(self, rpc: Rpc) -> None:
        self._rpc, self.cut = rpc, False

    async def call(self, method: Method[Q, R], request: Q) -> R:
        if self.cut:
            raise DeadlineExceeded
        return await self._rpc.call(method, request)

    def stream(self, method: StreamMethod[Q, R], request: Q) -> AsyncGenerator[R]:
        return self._rpc.stream(method, request)


async def test_without_billing_the_last_known_limit_holds_and_else_a_low_one(
    platform: TestPlatform,
) -> None:
    owner = await platform.owner()
    known = system("test", OrganizationId(parse_id("org", owner.organization_id)))
    context.principal.set(known)
    rpc, way, watch = Rpc(), Switchable(platform.rpc), Stopwatch()
    rpc.connect({"billing": way})
    tiers = limits(platform, rpc, watch)
    assert await tiers.limit_of(known) == 60
    way.cut, watch.s = True, watch.s + 3600
    assert await tiers.limit_of(known) == 60
    assert await tiers.limit_of(system("test", OrganizationId(new_id()))) == WHEN_UNKNOWN


async def test_who_belongs_to_no_organization_has_a_limit_too(platform: TestPlatform) -> None:
    tiers = limits(platform, Rpc(), Stopwatch())
    assert await tiers.limit_of(anonymous()) == WITHOUT_ORGANIZATION


async def test_the_edge_refuses_who_is_over_the_limit_and_nobody_else(
    platform: TestPlatform,
) -> None:
    owner, stranger = await platform.owner(), await platform.owner()

    async def ask(headers: dict[str, str]) -> httpx.Response:
        return await platform.client.get("/api/v1/billing/tiers", headers=headers)

    answers = [await ask(owner.headers)]
    while answers[-1].status_code == 200 and len(answers) < 600:  # the bucket fills meanwhile
        answers.append(await ask(owner.headers))
    *passed, refused = answers
    assert len(passed) >= 60 - 1
    assert passed[0].headers["RateLimit-Limit"] == "60"
    assert (refused.status_code, refused.json()["code"]) == (429, "kernel.request.rate_limited")
    assert int(refused.headers["Retry-After"]) >= 1
    assert refused.headers["RateLimit-Limit"] == "60"
    assert refused.headers["RateLimit-Remaining"] == "0"
    assert (await ask(stranger.headers)).status_code == 200
