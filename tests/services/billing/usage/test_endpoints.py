"""Usage counts once, in its month, for its organization."""

import asyncio
import itertools
from typing import Any

import pytest

from argus.contracts.billing.rpc import RECORD_USAGE
from argus.contracts.billing.v1 import billing_pb2 as pb
from argus.kernel import context
from argus.kernel.errors import InvalidRequest
from argus.kernel.ids import OrganizationId, parse_id
from argus.kernel.principal import system
from support.platform import Caller, TestPlatform

USAGE = "/api/v1/billing/usage"
CALL = {"source": "test", "meter": "api_calls"}


async def record(platform: TestPlatform, by: Caller, *events: dict[str, Any]) -> dict[str, int]:
    answer = await platform.client.post(USAGE, json={"events": events}, headers=by.headers)
    assert answer.status_code == 202, answer.text
    return answer.json()


async def used(platform: TestPlatform, by: Caller, period: str = "2030-01-01") -> dict[str, Any]:
    answer = await platform.client.get(USAGE, params={"period": period}, headers=by.headers)
    assert answer.status_code == 200, answer.text
    return {
        meter["meter"]: (meter["quantity"], meter["events"]) for meter in answer.json()["meters"]
    }


@pytest.mark.operation("record_usage", "get_usage")
async def test_an_event_counts_once_per_source_and_id(
    platform: TestPlatform, owner: Caller
) -> None:
    first = {**CALL, "id": "1", "quantity": 5}
    batch = [first, {**first, "quantity": 900}, {**CALL, "id": "2"}]
    assert await record(platform, owner, *batch) == {"accepted": 2, "duplicates": 1, "unmatched": 0}
    again = await record(platform, owner, first, {**CALL, "id": "1", "source": "other"})
    assert again == {"accepted": 1, "duplicates": 1, "unmatched": 0}
    assert await used(platform, owner) == {"api_calls": (7, 3)}


@pytest.mark.operation("record_usage")
async def test_a_charge_of_the_platform_cannot_be_forestalled(
    platform: TestPlatform, owner: Caller
) -> None:
    charge = {"id": "run_1", "source": "argus.qa", "meter": "qa_runs"}
    body = {"events": [{**charge, "quantity": 0}]}
    answer = await platform.client.post(USAGE, json=body, headers=owner.headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "kernel.request.invalid")
    context.principal.set(system("qa", OrganizationId(parse_id("org", owner.organization_id))))
    request = pb.RecordUsageRequest(
        events=[pb.UsageEvent(id="run_1", source="argus.qa", meter="qa_runs", quantity=1)]
    )
    assert (await platform.rpc.call(RECORD_USAGE, request)).accepted == 1


@pytest.mark.operation("record_usage")
async def test_racing_duplicates_count_once(platform: TestPlatform, owner: Caller) -> None:
    events = [{**CALL, "id": str(number)} for number in range(20)]
    async with asyncio.TaskGroup() as tasks:
        answers = [
            tasks.create_task(record(platform, owner, *events[turn:], *events[:turn]))
            for turn in range(16)
        ]
    assert sum(answer.result()["accepted"] for answer in answers) == 20
    assert await used(platform, owner) == {"api_calls": (20, 20)}


@pytest.mark.operation("record_usage", "get_usage")
async def test_a_late_event_counts_in_its_own_month_by_utc(
    platform: TestPlatform, owner: Caller
) -> None:
    times = ["2029-12-31T23:59:59.999Z", "2030-01-01T00:30:00+01:00", "2030-01-01T00:00:00Z"]
    numbers = itertools.count()
    await record(
        platform,
        owner,
        *({**CALL, "id": str(next(numbers)), "occurred_at": time} for time in times),
    )
    assert await used(platform, owner, "2029-12-31") == {"api_calls": (2, 2)}
    assert await used(platform, owner, "2030-01-15") == {"api_calls": (1, 1)}


@pytest.mark.operation("record_usage", "get_usage")
async def test_events_of_an_unknown_meter_are_kept_and_counted_apart(
    platform: TestPlatform, owner: Caller
) -> None:
    events = [{"id": "1", "source": "s", "meter": "api_cals", "quantity": 3}, {**CALL, "id": "2"}]
    assert await record(platform, owner, *events) == {
        "accepted": 2,
        "duplicates": 0,
        "unmatched": 1,
    }
    assert await used(platform, owner) == {"api_cals": (3, 1), "api_calls": (1, 1)}


@pytest.mark.operation("record_usage", "get_usage")
async def test_organizations_share_neither_totals_nor_identities_of_events(
    platform: TestPlatform, owner: Caller, stranger: Caller
) -> None:
    event = {**CALL, "id": "1", "quantity": 5}
    await record(platform, owner, event)
    assert (await record(platform, stranger, event))["accepted"] == 1
    assert await used(platform, owner) == {"api_calls": (5, 1)}
    by_row_security = system("billing", OrganizationId(parse_id("org", stranger.organization_id)))
    async with platform.unit_of_work("billing", by_row_security) as uow:
        rows = await uow.session.connection()
        counted = await rows.exec_driver_sql("select count(*) from usage_event")
        assert counted.scalar() == 1


@pytest.mark.operation("record_usage")
async def test_a_batch_is_told_once_and_a_duplicate_not_at_all(
    platform: TestPlatform, owner: Caller
) -> None:
    for _ in range(2):
        await record(platform, owner, {**CALL, "id": "1", "quantity": 5}, {**CALL, "id": "2"})
    [told] = [event for event in platform.outbox("billing") if event["type"] == "UsageRecorded"]
    assert told["data"]["quantities"] == {"api_calls": 6}
    assert told["data"]["organization_id"] == owner.organization_id


@pytest.mark.operation("record_usage")
async def test_bad_events_are_refused_whole(platform: TestPlatform, owner: Caller) -> None:
    good = {**CALL, "id": "1"}
    for bad in (
        {**good, "quantity": -1},
        {**good, "quantity": 10**13},
        {**good, "quantity": 1.5},
        {**good, "id": ""},
        {**good, "id": "x\x00y"},
        {**good, "meter": None},
        {**good, "occurred_at": "2030-01-01T00:00:00"},
        {**good, "occurred_at": "yesterday"},
        {**good, "organization_id": "org_other"},
    ):
        answer = await platform.client.post(
            USAGE, json={"events": [good, bad]}, headers=owner.headers
        )
        assert (answer.status_code, answer.json()["code"]) == (422, "kernel.request.invalid"), bad
    for edge_of_time in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"):
        await record(platform, owner, {**good, "id": edge_of_time, "occurred_at": edge_of_time})
    assert await used(platform, owner) == {}


async def test_services_record_as_rest_does(platform: TestPlatform, owner: Caller) -> None:
    tenant = OrganizationId(parse_id("org", owner.organization_id))
    context.principal.set(system("qa", tenant))
    late = pb.UsageEvent(
        id="1", source="qa", meter="qa_runs", quantity=2, occurred_at=1893456000 - 1
    )
    answer = await platform.rpc.call(
        RECORD_USAGE,
        pb.RecordUsageRequest(
            events=[late, late, pb.UsageEvent(id="2", source="qa", meter="qa_runs", quantity=3)]
        ),
    )
    assert (answer.accepted, answer.duplicates, answer.unmatched) == (2, 1, 0)
    assert await used(platform, owner, "2029-12-01") == {"qa_runs": (2, 1)}
    assert await used(platform, owner) == {"qa_runs": (3, 1)}
    for bad in (
        pb.UsageEvent(id="", source="qa", meter="qa_runs"),
        pb.UsageEvent(id="1", source="qa", meter="qa_runs", quantity=-1),
        pb.UsageEvent(id="1\x00", source="qa", meter="qa_runs"),
        pb.UsageEvent(id="1", source="qa", meter="qa_runs", occurred_at=2**62),
    ):
        with pytest.raises(InvalidRequest):
            await platform.rpc.call(RECORD_USAGE, pb.RecordUsageRequest(events=[bad]))
    with pytest.raises(InvalidRequest):
        await platform.rpc.call(RECORD_USAGE, pb.RecordUsageRequest())
