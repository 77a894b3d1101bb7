"""What the operator does about keys that are no secret any more, about heals and about caches."""

import asyncio

import pytest

from argus.apps.operator import Operator
from argus.contracts.billing.limits import FRESH_S
from argus.kernel.ids import format_id, parse_id
from argus.services.auth.api_key_format import generate
from argus.services.identity.organizations.errors import OrganizationNotFound
from services.qa.patterns.conftest import Heals, repair, target
from support.platform import Caller, TestPlatform


async def key_of(platform: TestPlatform, owner: Caller) -> dict[str, str]:
    answer = await platform.client.post(
        "/api/v1/api-keys", json={"name": "ci", "scopes": []}, headers=owner.headers
    )
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_text_is_checked_for_keys_and_the_live_ones_are_revoked(
    platform: TestPlatform,
) -> None:
    owner = await platform.owner()
    key, unknown = await key_of(platform, owner), generate("argus_sk_")
    operator, text = Operator(platform.composition), f"{unknown} KEY={key['secret']}\n"
    stranger, own = await operator.check_keys(text, revoke=False)
    assert (stranger.id, stranger.state) == ("", "unknown")
    assert (own.id, own.name, own.state) == (key["id"], "ci", "live")
    assert own.organization_id == owner.organization_id
    states = [
        [found.state for found in await operator.check_keys(text, revoke=revoke)]
        for revoke in (True, False)
    ]
    assert states == [["unknown", "revoked now"], ["unknown", "revoked"]]


async def test_signing_keys_are_listed_rotated_and_withdrawn(platform: TestPlatform) -> None:
    operator = Operator(platform.composition)
    [first] = await operator.signing_keys()
    second = await operator.rotate_signing_key()
    assert [key.kid for key in await operator.signing_keys()] == [first.kid, second]
    await operator.withdraw_signing_key(first.kid)
    assert [key.kid for key in await operator.signing_keys()] == [second]


async def test_heals_are_listed_approved_and_rejected(platform: TestPlatform) -> None:
    owner = await platform.owner("ada@acme.example")
    heals, operator = Heals(platform, owner), Operator(platform.composition)
    save, other = target("Save", "a"), target("Save", "b")
    await heals.learn(repair(save, other, score=0.4), repair(other, save))
    assert [each.was for each in await operator.heals("ada@acme.example", pending=False)] == [
        '[id="b"]',
        '[id="a"]',
    ]
    [waiting] = await operator.heals("ada@acme.example", pending=True)
    heal_id = format_id("heal", waiting.id)
    for decide, state in ((operator.approve_heal, "approved"), (operator.reject_heal, "rejected")):
        assert (await decide("ada@acme.example", heal_id)).state == state
        told = await heals.get(f"/heals/{heal_id}")
        assert (told["state"], told["decided_by"]) == (state, "service:operator")
    assert await operator.heals("ada@acme.example", pending=True) == []


async def test_nothing_is_flushed_of_an_organization_that_there_is_not(
    platform: TestPlatform,
) -> None:
    with pytest.raises(OrganizationNotFound):
        await Operator(platform.composition).flush_cache("org_01jd8z00000000000000000000")


async def test_rows_that_were_changed_by_hand_count_once_the_cache_is_flushed(
    platform: TestPlatform,
) -> None:
    owner = await platform.owner()

    async def limit() -> str:
        answer = await platform.client.get("/api/v1/auth/me", headers=owner.headers)
        return answer.headers["RateLimit-Limit"]

    assert await limit() == "60"
    platform.query(
        "insert into billing.subscription values (%s, 'explorer', now()) returning tier",
        parse_id("org", owner.organization_id),
    )
    await Operator(platform.composition).flush_cache(owner.organization_id)
    async with asyncio.timeout(FRESH_S / 2):  # later it would be found out anew by itself
        while await limit() != "100":  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)
