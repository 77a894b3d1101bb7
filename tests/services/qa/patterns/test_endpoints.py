import pytest

from argus.services.qa.ir import Action, Flow, Step, Suite, Test
from argus.services.qa.patterns.service import HealingService
from services.qa.patterns.conftest import APP, Heals, repair, target
from support.organizations import create_tenant
from support.platform import TestPlatform

SAVE, SAVED = target("Save", "save"), target("Save", "b9")
WEAK = {"score": 0.4, "margin": 0.5}
SUITE = Suite(
    app_url=f"{APP}/notes",
    seed=1,
    tests=(
        Test(
            id="t",
            name="t",
            flow=Flow.CREATE,
            steps=(Step(id="s2", action=Action.CLICK, target=SAVE),),
        ),
    ),
)


async def applied(heals: Heals) -> Suite:
    async with heals.unit_of_work() as uow:
        return await HealingService(uow, heals.platform.clock).applied(SUITE.app_url, SUITE)


@pytest.mark.operation("list_heals", "get_heal")
async def test_a_proven_heal_can_be_looked_at_with_what_was_compared(heals: Heals) -> None:
    assert await heals.learn(repair(SAVE, SAVED)) == ["approved"]
    [listed] = await heals.all()
    heal = await heals.get(f"/heals/{listed['id']}")
    assert heal == listed
    assert (heal["was"], heal["becomes"]) == ('[id="save"]', '[id="b9"]')
    assert (heal["state"], heal["decided_by"], heal["uses"]) == ("approved", "policy", 1)
    assert (heal["score"], heal["margin"]) == (0.9, 0.5)
    assert heal["before"]["fingerprint"]["name"] == "Save"
    assert heal["after"]["locators"][0]["value"] == '[id="b9"]'


async def test_heals_are_learnt_however_many_a_connection_has_stored(heals: Heals) -> None:
    # PostgreSQL may plan for all parameters what it has prepared and planned for five of them.
    for number in range(12):
        assert await heals.learn(repair(target("Save", f"a{number}"), SAVED)) == ["approved"]


@pytest.mark.operation("list_heals")
async def test_heals_are_listed_newest_first_in_pages_and_by_state(heals: Heals) -> None:
    for number in range(3):
        known, now = target("Save", f"a{number}"), target("Save", f"b{number}")
        await heals.learn(repair(known, now, score=(number + 1) / 5))
    first = await heals.get("/heals?limit=2")
    rest = await heals.get(f"/heals?limit=2&cursor={first['next_cursor']}")
    assert [heal["score"] for heal in first["items"] + rest["items"]] == [0.6, 0.4, 0.2]
    assert rest["next_cursor"] is None
    pending = await heals.get("/heals?state=pending")
    assert [heal["score"] for heal in pending["items"]] == [0.4, 0.2]


@pytest.mark.operation("approve_heal")
async def test_a_heal_below_the_threshold_stands_in_suites_once_it_is_approved(
    heals: Heals,
) -> None:
    assert await heals.learn(repair(SAVE, SAVED, **WEAK)) == ["pending"]
    assert await applied(heals) == SUITE
    [heal] = await heals.all()
    for _ in range(2):
        answer = await heals.ask("POST", f"/heals/{heal['id']}/approve")
        assert (answer.status_code, answer.json()["state"]) == (200, "approved")
        assert answer.json()["decided_by"] == heals.owner.user_id
    assert heals.told().count("HealApproved") == 1
    [step] = (await applied(heals)).tests[0].steps
    assert step == SUITE.tests[0].steps[0].model_copy(update={"target": SAVED})


@pytest.mark.operation("reject_heal")
async def test_a_rejected_heal_leaves_the_suites_and_is_told_to_the_healer(heals: Heals) -> None:
    await heals.learn(repair(SAVE, SAVED))
    [heal] = await heals.all()
    for _ in range(2):
        answer = await heals.ask("POST", f"/heals/{heal['id']}/reject")
        assert (answer.status_code, answer.json()["state"]) == (200, "rejected")
    assert heals.told().count("HealRejected") == 1
    assert await applied(heals) == SUITE
    async with heals.unit_of_work() as uow:
        known = await HealingService(uow, heals.platform.clock).patterns_of(APP)
    assert known.rejects(SAVE, SAVED)
    assert known.replacing(SAVE) is None


@pytest.mark.operation("approve_heal", "reject_heal")
async def test_what_was_unlearnt_cannot_be_approved_or_rejected(heals: Heals) -> None:
    await heals.learn(repair(SAVE, SAVED))
    await heals.learn(repair(SAVE, target("Save", "elsewhere")))
    newer, older = await heals.all()
    assert (newer["state"], older["state"]) == ("approved", "unlearnt")
    assert "HealUnlearnt" in heals.told()
    for verb in ("approve", "reject"):
        answer = await heals.ask("POST", f"/heals/{older['id']}/{verb}")
        assert (answer.status_code, answer.json()["code"]) == (409, "qa.heal.unlearnt")


async def test_a_heal_proven_again_is_the_same_one_and_keeps_its_state(heals: Heals) -> None:
    both = (repair(SAVE, SAVED, **WEAK), repair(SAVE, SAVED))
    assert await heals.learn(*both) == ["pending", "pending"]
    [heal] = await heals.all()
    assert heal["uses"] == 2


async def test_what_was_learnt_of_one_application_says_nothing_of_another(heals: Heals) -> None:
    await heals.learn(repair(SAVE, SAVED), app="http://other.example")
    assert await applied(heals) == SUITE


@pytest.mark.operation("get_healing_policy", "change_healing_policy")
async def test_the_organization_says_what_needs_no_person(heals: Heals) -> None:
    policy = await heals.get("/policy")
    assert (policy["least_score"], policy["least_margin"]) == (0.5, 0.05)
    assert (policy["changed_by"], policy["changed_at"]) == ("", None)
    strict = {"least_score": 0.95, "least_margin": 0.1}
    for _ in range(2):
        changed = (await heals.ask("PUT", "/policy", strict)).json()
        assert changed.items() >= {**strict, "changed_by": heals.owner.user_id}.items()
    assert heals.told().count("HealingPolicyChanged") == 1
    assert await heals.learn(repair(SAVE, SAVED)) == ["pending"]
    close = repair(target("Pay", "pay"), target("Pay", "p9"), score=0.96, margin=0.09)
    assert await heals.learn(close) == ["pending"], "both thresholds hold"


@pytest.mark.operation("approve_heal", "change_healing_policy", "list_heals")
async def test_a_member_sees_heals_and_decides_nothing(platform: TestPlatform) -> None:
    tenant = await create_tenant(platform, "ada@acme.example", "acme")
    heals = Heals(platform, tenant.owner)
    await heals.learn(repair(SAVE, SAVED, **WEAK))
    [heal] = await heals.all()
    member = await tenant.member("bob@acme.example", "member")
    assert (await heals.ask("GET", "/heals", caller=member)).status_code == 200
    policy = {"least_score": 0, "least_margin": 0}
    for method, path, body in (
        ("POST", f"/heals/{heal['id']}/approve", None),
        ("PUT", "/policy", policy),
    ):
        answer = await heals.ask(method, path, body, member)
        assert (answer.status_code, answer.json()["code"]) == (403, "kernel.access.forbidden")
