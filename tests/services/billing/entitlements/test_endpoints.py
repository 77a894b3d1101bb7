"""May an organization use a feature now?"""

from typing import Any

import pytest

from argus.contracts.billing.rpc import CHECK_ENTITLEMENT
from argus.contracts.billing.v1 import billing_pb2 as pb
from argus.kernel import context
from argus.kernel.errors import InvalidRequest
from argus.kernel.ids import OrganizationId, parse_id
from argus.kernel.principal import system
from support.platform import Caller, TestPlatform


async def check(
    platform: TestPlatform, by: Caller, feature: str, quantity: int = 1
) -> dict[str, Any]:
    answer = await platform.client.get(
        f"/api/v1/billing/entitlements/{feature}", params={"quantity": quantity}, headers=by.headers
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


async def record(platform: TestPlatform, by: Caller, meter: str, quantity: int) -> None:
    event = {"id": f"{meter}{quantity}", "source": "s", "meter": meter, "quantity": quantity}
    answer = await platform.client.post(
        "/api/v1/billing/usage", json={"events": [event]}, headers=by.headers
    )
    assert answer.status_code == 202, answer.text


@pytest.mark.operation("check_entitlement")
async def test_a_meter_is_allowed_until_its_limit_and_then_costs_the_cheapest_tier(
    platform: TestPlatform, owner: Caller, stranger: Caller
) -> None:
    await record(platform, owner, "qa_runs", 99)
    last = await check(platform, owner, "qa_runs")
    assert (last["allowed"], last["used"], last["limit"]) == (True, 99, 100)
    assert not (await check(platform, owner, "qa_runs", 2))["allowed"]
    await record(platform, owner, "qa_runs", 1)
    assert await check(platform, owner, "qa_runs") == {
        "feature": "qa_runs",
        "allowed": False,
        "reason": "the free tier includes 100 qa_runs, of which 100 are used",
        "tier": "free",
        "limit": 100,
        "used": 100,
        "cheapest_tier": "explorer",
        "price_minor": 2900,
        "currency": "USD",
    }
    assert (await check(platform, stranger, "qa_runs"))["used"] == 0


@pytest.mark.operation("check_entitlement")
async def test_an_unknown_feature_is_not_included_and_a_bad_name_is_refused(
    platform: TestPlatform, owner: Caller
) -> None:
    answer = await check(platform, owner, "time_travel")
    assert (answer["allowed"], answer["cheapest_tier"]) == (False, "")
    for path in ("Sign%20in", "x" * 101, "a%00b", "qa_runs?quantity=0", "qa_runs?quantity=1e9"):
        refused = await platform.client.get(
            f"/api/v1/billing/entitlements/{path}", headers=owner.headers
        )
        assert refused.status_code == 422, path


async def test_services_ask_for_the_organization_they_work_for(
    platform: TestPlatform, owner: Caller
) -> None:
    await record(platform, owner, "qa_runs", 100)
    tenant = OrganizationId(parse_id("org", owner.organization_id))
    context.principal.set(system("qa", tenant))
    answer = await platform.rpc.call(
        CHECK_ENTITLEMENT, pb.CheckEntitlementRequest(feature="qa_runs")
    )
    assert (answer.allowed, answer.used, answer.cheapest_tier) == (False, 100, "explorer")
    for bad in (
        pb.CheckEntitlementRequest(feature="qa_runs", quantity=-200),
        pb.CheckEntitlementRequest(feature=""),
    ):
        with pytest.raises(InvalidRequest):
            await platform.rpc.call(CHECK_ENTITLEMENT, bad)
