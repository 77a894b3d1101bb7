"""Which tier an organization is on, and what follows from it."""

import asyncio
import itertools
from typing import Any

import pytest

from argus.contracts.billing.rpc import GET_TIER, SET_TIER
from argus.contracts.billing.v1 import billing_pb2 as pb
from argus.kernel import context
from argus.kernel.ids import OrganizationId, parse_id
from argus.kernel.principal import system
from argus.services.billing.subscriptions.errors import UnknownTier
from support.platform import Caller, TestPlatform


async def set_tier(platform: TestPlatform, of: Caller, tier: str) -> None:
    token = context.principal.set(
        system("operator", OrganizationId(parse_id("org", of.organization_id)))
    )
    try:
        await platform.rpc.call(SET_TIER, pb.SetTierRequest(tier=tier))
    finally:
        context.principal.reset(token)


async def tier_of(platform: TestPlatform, caller: Caller) -> dict[str, Any]:
    answer = await platform.client.get("/api/v1/billing/subscription", headers=caller.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["tier"]


@pytest.mark.operation("list_tiers")
async def test_anybody_may_read_the_price_list(platform: TestPlatform) -> None:
    answer = (await platform.client.get("/api/v1/billing/tiers")).json()
    assert [(tier["name"], tier["price_minor"], tier["currency"]) for tier in answer["tiers"]] == [
        ("free", 0, "USD"),
        ("explorer", 2900, "USD"),
        ("professional", 19900, "USD"),
        ("business", 99900, "USD"),
        ("enterprise", 499900, "USD"),
    ]
    assert answer["tiers"][0]["features"]["sign_in"] is True
    assert answer["tiers"][-1]["features"]["projects"] == "unlimited"


@pytest.mark.operation("get_subscription", "check_entitlement")
async def test_a_tier_is_changed_at_once_for_one_organization_and_told_once(
    platform: TestPlatform, owner: Caller, stranger: Caller
) -> None:
    assert (await tier_of(platform, owner))["name"] == "free"
    for _ in range(2):
        await set_tier(platform, owner, "professional")
    assert (await tier_of(platform, owner))["requests_per_minute"] == 1000
    assert (await tier_of(platform, stranger))["name"] == "free"
    webhooks = await platform.client.get(
        "/api/v1/billing/entitlements/webhooks", headers=owner.headers
    )
    assert webhooks.json()["allowed"] is True
    [told] = [event for event in platform.outbox("billing") if event["type"] == "TierChanged"]
    assert (told["data"]["before"], told["data"]["after"]) == ("free", "professional")


@pytest.mark.operation("get_subscription")
async def test_racing_changes_leave_one_of_them_and_tell_of_each(
    platform: TestPlatform, owner: Caller
) -> None:
    names = ["explorer", "business"] * 4
    async with asyncio.TaskGroup() as tasks:
        for name in names:
            tasks.create_task(set_tier(platform, owner, name))
    told = [
        (event["data"]["before"], event["data"]["after"])
        for event in platform.outbox("billing")
        if event["type"] == "TierChanged"
    ]
    assert told[0][0] == "free"
    assert all(earlier[1] == later[0] for earlier, later in itertools.pairwise(told))
    assert (await tier_of(platform, owner))["name"] == told[-1][1]


@pytest.mark.operation("get_subscription")
async def test_an_unknown_tier_is_refused_and_one_that_no_longer_exists_is_the_default(
    platform: TestPlatform, owner: Caller
) -> None:
    with pytest.raises(UnknownTier, match="choose from free, explorer"):
        await set_tier(platform, owner, "platinum")
    await set_tier(platform, owner, "business")
    platform.owner_connection.execute("update billing.subscription set tier = 'legacy'")
    assert (await tier_of(platform, owner))["name"] == "free"
    await set_tier(platform, owner, "free")
    told = [event["data"] for event in platform.outbox("billing")][-1]
    assert (told["before"], told["after"]) == ("legacy", "free")


async def test_only_siblings_set_a_tier(platform: TestPlatform, owner: Caller) -> None:
    rpcs = {handler.method.name: handler for handler in platform.modules["billing"].rpcs}
    assert rpcs[SET_TIER.name].access.siblings_only
    assert rpcs[GET_TIER.name].access.permission == "billing:read"
