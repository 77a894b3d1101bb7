"""What one caller sends at the same time is written together, and each request answered alone."""

import asyncio
from typing import Any

import httpx
import pytest

from argus.kernel.db.unit_of_work import Database, make_engine
from argus.kernel.errors import InvalidRequest, Unavailable
from argus.kernel.ids import OrganizationId, new_id, parse_id
from argus.kernel.principal import system
from argus.services.billing.tiers import Tiers
from argus.services.billing.usage.intake import MOST_EVENTS, UsageIntake
from argus.services.billing.usage.schemas import UsageEventBody
from argus.services.billing.usage.service import Recorded
from support.doors import hot_doors
from support.platform import Caller, TestPlatform

URL = "/api/v1/billing/usage"


def event(identifier: str, meter: str = "api_calls", source: str = "test") -> UsageEventBody:
    return UsageEventBody(id=identifier, source=source, meter=meter)


async def record(
    platform: TestPlatform, tiers: Tiers, by: Caller, *requests: list[UsageEventBody]
) -> list[Recorded | BaseException]:
    """What becomes of requests that come at the same time."""
    intake = UsageIntake(platform.modules["billing"].database, tiers)
    principal = system("qa", OrganizationId(parse_id("org", by.organization_id)))
    async with intake.open():
        return await asyncio.gather(
            *(intake.record(principal, events) for events in requests), return_exceptions=True
        )


def told(platform: TestPlatform) -> list[dict[str, int]]:
    """The quantities of each transaction that added some."""
    outbox = platform.outbox("billing")
    return [each["data"]["quantities"] for each in outbox if each["type"] == "UsageRecorded"]


async def test_requests_that_come_together_are_one_transaction_and_have_their_own_answers(
    platform: TestPlatform, tiers: Tiers, owner: Caller
) -> None:
    answers = await record(
        platform,
        tiers,
        owner,
        [event("1"), event("2")],
        [event("2"), event("3")],
        [event("4", meter="api_cals")],
        [event("1")],
    )
    assert answers == [
        Recorded(accepted=2, duplicates=0, unmatched=0),
        Recorded(accepted=1, duplicates=1, unmatched=0),
        Recorded(accepted=1, duplicates=0, unmatched=1),
        Recorded(accepted=0, duplicates=1, unmatched=0),
    ]
    assert told(platform) == [{"api_calls": 3, "api_cals": 1}]


async def test_the_fault_of_one_request_is_not_the_others(
    platform: TestPlatform, tiers: Tiers, owner: Caller
) -> None:
    good, bad = [event("1")], [event("2\x00")]
    first, refused, last = await record(platform, tiers, owner, good, bad, [event("3")])
    assert first == last == Recorded(accepted=1, duplicates=0, unmatched=0)
    assert isinstance(refused, InvalidRequest)


async def test_a_transaction_has_an_end(
    platform: TestPlatform, tiers: Tiers, owner: Caller
) -> None:
    half = MOST_EVENTS // 2 + 1
    requests = [[event(f"{number}-{n}") for n in range(half)] for number in range(2)]
    answers = await record(platform, tiers, owner, *requests)
    assert answers == [Recorded(accepted=half, duplicates=0, unmatched=0)] * 2
    assert told(platform) == [{"api_calls": half}] * 2


async def test_without_the_database_nobody_is_told_that_it_was_recorded(
    platform: TestPlatform, tiers: Tiers
) -> None:
    url = platform.modules["billing"].database.url.set(host="127.0.0.1", port=1)
    intake = UsageIntake(
        Database("billing", url, platform.clock, make_engine("billing", url, 1)), tiers
    )
    async with intake.open():
        with pytest.raises(Unavailable):
            await intake.record(system("qa", OrganizationId(new_id())), [event("1")])


@pytest.mark.operation("record_usage")
async def test_both_doors_answer_alike(platform: TestPlatform, owner: Caller) -> None:
    one = {"id": "1", "source": "s", "meter": "api_calls"}
    bodies: list[dict[str, Any]] = [
        {"events": [one, one, {**one, "id": "2", "meter": "api_cals"}]},
        {"events": [one]},
        {"events": [{**one, "id": "3", "quantity": "7", "occurred_at": "2029-12-31T23:30-01:00"}]},
        {"events": [{**one, "id": "4\x00"}]},
        {"events": [{**one, "source": "argus.qa"}]},
        {"events": [{**one, "more": 1}]},
        {"events": []},
    ]

    async def ask(client: httpx.AsyncClient, source: str) -> list[tuple[int, Any]]:
        answers: list[tuple[int, Any]] = []
        for body in bodies:
            events = [{**each, "id": source + each["id"]} for each in body["events"]]
            answer = await client.post(URL, json={"events": events}, headers=owner.headers)
            answers.append((answer.status_code, answer.json() | {"request_id": ""}))
        return answers

    async with hot_doors(platform) as client:
        ahead = await ask(client, "a")
    assert ahead == await ask(platform.client, "t")
    assert [status for status, _ in ahead] == [202, 202, 202, 422, 422, 422, 422]
    [used] = (await platform.client.get(URL, headers=owner.headers)).json()["meters"][:1]
    assert used == {"meter": "api_calls", "quantity": 16, "events": 4}
