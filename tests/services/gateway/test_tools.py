"""The tools, called by the SDK's own client."""

import asyncio
from typing import Any

from argus.contracts.permissions import Permission
from support.auth import Auth
from support.mcp import Mcp, Revision
from support.platform import Caller, TestPlatform

APPLICATION = {"app_url": "http://127.0.0.1:1/"}
EVENT = {"id": "1", "source": "test", "meter": "api_calls", "quantity": 7}

CALLS: list[tuple[str, Permission, dict[str, Any]]] = [
    ("validate_token", Permission.TOKEN_VALIDATE, {"token": "x"}),
    ("check_entitlement", Permission.ENTITLEMENT_CHECK, {"feature": "qa_runs"}),
    ("record_usage", Permission.USAGE_RECORD, {"events": [EVENT]}),
    ("run_tests", Permission.TEST_EXECUTE, APPLICATION),
]


async def test_an_agent_lists_and_uses_every_tool_in_either_revision(
    mcp: Mcp, owner: Caller, revision: Revision
) -> None:
    async with mcp.connect(owner.headers, revision) as client:
        listed = [tool.name for tool in (await client.list_tools()).tools]
        assert listed == [
            "validate_token",
            "check_entitlement",
            "record_usage",
            "run_tests",
            "get_run",
        ]

        async def call(tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
            result = await client.call_tool(tool, arguments)
            assert not result.is_error
            assert result.structured_content is not None
            return result.structured_content

        answer = await call("validate_token", {"token": owner.token})
        assert answer["active"] is True
        assert answer["principal"]["id"] == owner.user_id
        assert answer["principal"]["organization_id"] == owner.organization_id
        assert Permission.TEST_EXECUTE.value in answer["principal"]["permissions"]

        recorded = [await call("record_usage", {"events": [EVENT]}) for _ in range(2)]
        assert recorded == [
            {"accepted": 1, "duplicates": 0, "unmatched": 0},
            {"accepted": 0, "duplicates": 1, "unmatched": 0},
        ]

        counted = await call("check_entitlement", {"feature": "api_calls"})
        assert (counted["allowed"], counted["used"], counted["limit"]) == (True, 7, 10_000)
        refused = await call("check_entitlement", {"feature": "webhooks"})
        assert refused["reason"] == "the free tier does not include webhooks"
        assert (refused["cheapest_tier"], refused["price_minor"]) == ("professional", 19900)

        started = await call("run_tests", {**APPLICATION, "max_pages": 3, "read_only": True})
        run = await call("get_run", started)
        assert (run["status"], run["app_url"], run["report"]) == (
            "queued",
            APPLICATION["app_url"],
            None,
        )


async def test_a_run_may_be_in_an_environment_instead_of_at_an_address(
    mcp: Mcp, owner: Caller, platform: TestPlatform
) -> None:
    place = {"name": "staging", "base_url": APPLICATION["app_url"]}
    made = await platform.client.post("/api/v1/qa/environments", json=place, headers=owner.headers)
    assert made.status_code == 201, made.text
    started = await mcp.call(owner.headers, "run_tests", {"environment": "staging"})
    run = await mcp.call(owner.headers, "get_run", started)
    assert run["app_url"] == APPLICATION["app_url"]
    for wrong, code in (
        ({"environment": "elsewhere"}, "qa.environment.not_found"),
        ({"environment": "staging", **APPLICATION}, "kernel.request.invalid"),
        ({}, "kernel.request.invalid"),
    ):
        assert (await mcp.refusal(owner.headers, "run_tests", wrong))["code"] == code


async def test_nothing_of_another_organization_can_be_reached(
    mcp: Mcp, owner: Caller, platform: TestPlatform
) -> None:
    stranger = await platform.owner()
    answer = await mcp.call(stranger.headers, "validate_token", {"token": owner.token})
    assert answer == {"active": False, "reason": "unknown", "principal": None, "expires_at": None}
    started = await mcp.call(owner.headers, "run_tests", APPLICATION)
    refused = await mcp.refusal(stranger.headers, "get_run", started)
    assert refused["code"] == "qa.run.not_found"


async def test_each_tool_needs_its_permission_and_an_api_key_may_have_it(
    mcp: Mcp, owner: Caller, platform: TestPlatform
) -> None:
    auth = Auth(platform)
    for tool, permission, arguments in CALLS:
        others = [other.value for _, other, _ in CALLS if other is not permission]
        without = await auth.api_key(owner, *others)
        for sent in (arguments, {"nonsense": True}):  # permission comes before arguments
            refused = await mcp.refusal({"X-API-Key": without["secret"]}, tool, sent)
            assert refused["code"] == "kernel.access.forbidden"
            assert refused["permission"] == permission.value
        key = await auth.api_key(owner, permission.value)
        assert await mcp.call({"Authorization": f"ApiKey {key['secret']}"}, tool, arguments)
        refused = await mcp.refusal({"X-API-Key": key["secret"]}, "get_run", {"run_id": "run_x"})
        assert refused["permission"] == Permission.RESULTS_READ.value


async def test_errors_carry_the_catalogues_code(mcp: Mcp, owner: Caller) -> None:
    unknown = await mcp.refusal(owner.headers, "drop_tables", {})
    assert unknown["code"] == "gateway.tool.unknown"
    assert "run_tests" in unknown["detail"]
    of_the_sibling = await mcp.refusal(owner.headers, "get_run", {"run_id": "usr_1"})
    assert of_the_sibling["code"] == "kernel.id.malformed"
    invalid = await mcp.refusal(owner.headers, "record_usage", {"events": [{**EVENT, "id": ""}]})
    assert invalid["code"] == "kernel.request.invalid"
    assert [error["at"] for error in invalid["errors"]] == ["events/0/id"]


async def test_a_late_event_counts_in_its_own_month(
    mcp: Mcp, owner: Caller, platform: TestPlatform
) -> None:
    late = {**EVENT, "occurred_at": "2029-11-30T23:59:59Z"}
    await mcp.call(owner.headers, "record_usage", {"events": [late]})
    [total] = platform.query("select period::text as period from billing.usage_total")
    assert total["period"] == "2029-11-01"


async def test_concurrent_callers_act_each_for_themselves(
    mcp: Mcp, owner: Caller, platform: TestPlatform, revision: Revision
) -> None:
    other = await platform.owner()

    async def record(number: int, caller: Caller) -> None:
        event = {**EVENT, "id": str(number), "quantity": 1 if caller is owner else 100}
        await mcp.call(caller.headers, "record_usage", {"events": [event]}, revision)

    async with asyncio.TaskGroup() as tasks:
        for number, caller in enumerate([owner, other] * 4):
            tasks.create_task(record(number, caller))
    for caller, used in ((owner, 4), (other, 400)):
        answer = await mcp.call(caller.headers, "check_entitlement", {"feature": "api_calls"})
        assert answer["used"] == used
