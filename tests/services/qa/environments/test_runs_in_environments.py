"""Runs, replays and schedules that name an environment."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from argus.contracts.qa.rpc import START_RUN
from argus.contracts.qa.v1 import qa_pb2
from argus.kernel import context
from argus.kernel.crypto import Keyring
from argus.kernel.ids import OrganizationId, parse_id
from argus.kernel.principal import system
from argus.services.qa.expectation import TextPresent
from argus.services.qa.ir import Action, Flow, HttpRequest, Login, Phase, Secret, Step, Suite, Test
from argus.services.qa.runs.service import password_context, secrets_context
from argus.services.qa.schedules.jobs import DueTimes
from argus.services.qa.target import Fingerprint, Locator, LocatorKind, Target
from argus.services.qa.target_secrets import open_secrets
from support.organizations import create_tenant
from support.paced import PacedPages
from support.platform import TestPlatform
from support.runs import Runs
from support.website import Asked

KEY = "shop-secret-7Zq/+"
NAMES = ("currency", "city")


async def post(runs: Runs, path: str, **body: Any) -> httpx.Response:
    return await runs.platform.client.post(
        f"/api/v1/qa{path}", json=body, headers=runs.owner.headers
    )


async def environment(runs: Runs, **more: Any) -> dict[str, Any]:
    body = {
        "name": "staging",
        "base_url": runs.pages.site.url,
        "variables": {"currency": "EUR"},
        "secrets": {"shop.key": KEY},
        **more,
    }
    answer = await post(runs, "/environments", **body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def element(identity: str, tag: str, role: str, name: str = "") -> Target:
    locator = Locator(kind=LocatorKind.CSS, value=f'[id="{identity}"]')
    known = Fingerprint(tag=tag, role=role, name=name, attributes={"id": identity})
    return Target(description=identity, locators=(locator,), fingerprint=known)


def field(identity: str) -> Target:
    return element(identity, "input", "textbox")


def check(id_: str, *steps: Step, flow: Flow = Flow.NAVIGATE) -> Test:
    return Test(id=id_, name=id_, flow=flow, steps=steps)


def go(value: str, text: str) -> Step:
    shown = TextPresent(text=text, oracle="the page shows it")
    return Step(id="s1", action=Action.GOTO, value=value, expect=(shown,))


TYPED = Step(id="s2", action=Action.FILL, target=field("key"), value=Secret(secret="shop.key"))
PRICES = check("prices", go("/prices?in=${env.currency}", "Prices in ${env.currency}"), TYPED)


def suite(*tests: Test, login: Login | None = None) -> dict[str, Any]:
    """As it was made for an application that is not there any more."""
    made = Suite(app_url="http://127.0.0.1:9/", seed=1, login=login, tests=tests)
    return made.model_dump(mode="json")


async def saved(runs: Runs, *tests: Test) -> str:
    answer = await post(runs, "/suites", name="Shop", suite=suite(*tests))
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def started(runs: Runs) -> list[dict[str, Any]]:
    return runs.platform.query("select * from qa.run order by id")


@pytest.mark.operation("start_run", "replay_suite")
async def test_a_run_takes_from_its_environment_what_it_is_not_given(runs: Runs) -> None:
    place = await environment(
        runs,
        read_only=True,
        variables={"currency": "EUR", "city": "Lima"},
        login={"username": "ada", "password": "ada-secret-7Zq"},
    )
    suite_id = await saved(runs, PRICES)
    given = {"variables": {"city": "Quito"}}
    answer = await post(runs, f"/suites/{suite_id}/runs", **given, environment="staging")
    assert answer.status_code == 202, answer.text
    answer = await post(runs, "/runs", **given, environment=place["id"], suite=suite(PRICES))
    assert (answer.status_code, answer.json()["environment"]) == (202, "staging")
    keyring = runs.platform.modules["qa"].resources.get(Keyring)
    for row in started(runs):
        assert (row["app_url"], row["options"]["read_only"]) == (runs.pages.site.url, True)
        assert row["options"]["variables"] == {"currency": "EUR", "city": "Quito"}
        assert row["options"]["login"]["username"] == "ada"
        sealed = open_secrets(row["sealed_secrets"], keyring, secrets_context(row["id"]))
        assert sealed == {"shop.key": KEY}
        assert "7Zq" not in str(row["options"])


async def by_call(runs: Runs) -> None:
    organization = OrganizationId(parse_id("org", runs.owner.organization_id))
    context.principal.set(system("gateway", organization))
    await runs.platform.rpc.call(START_RUN, qa_pb2.StartRunRequest(environment="staging"))


async def by_session(runs: Runs) -> None:
    answer = await runs.platform.client.post(
        "/api/v1/discovery/sessions", json={"environment": "staging"}, headers=runs.owner.headers
    )
    assert answer.status_code == 202, answer.text


async def by_api_goal(runs: Runs) -> None:
    answer = await post(runs, "/runs", goal="api", environment="staging")
    assert answer.status_code == 202, answer.text


async def test_wherever_a_run_is_asked_for_it_may_be_in_an_environment(runs: Runs) -> None:
    guest = {"name": "guest", "login": {"username": "bob", "password": "bob-7Zq"}}
    login = {"username": "ada", "password": "ada-7Zq"}
    await environment(runs, read_only=True, login=login, roles=[guest])
    keyring = runs.platform.modules["qa"].resources.get(Keyring)
    for start, of_pages in (
        (by_call, {"shop.key": KEY}),
        (by_session, {"shop.key": KEY}),
        (by_api_goal, {}),
    ):
        await start(runs)
        row = started(runs)[-1]
        assert (row["app_url"], row["environment"]) == (runs.pages.site.url, "staging")
        assert row["options"]["read_only"] is True
        sealed = open_secrets(row["sealed_secrets"], keyring, secrets_context(row["id"]))
        assert sealed == {"guest.password": "bob-7Zq", **of_pages}
        assert keyring.open(row["sealed_password"], password_context(row["id"])) == b"ada-7Zq"

    # A token stands for the environment's user in a run; a schedule's would follow the address.
    run = {"goal": "api", "environment": "staging", "token": "token-7Zq"}
    answer = await post(runs, "/runs", **run)
    assert answer.status_code == 202, answer.text
    row = started(runs)[-1]
    assert (row["options"]["login"], row["sealed_password"]) == (None, None)
    answer = await post(runs, "/schedules", name="Nightly", run=run)
    assert (answer.status_code, answer.json()["code"]) == (422, "kernel.request.invalid")


def typing(secret: str) -> Step:
    return TYPED.model_copy(update={"value": Secret(secret=secret)})


MISSING = (
    (go("/${env.city}", "x"), "${env.city}"),
    (go("/", "in ${env.city}"), "${env.city}"),
    (typing("no.key"), "the secret no.key"),
    (typing("login.password"), "the secret login.password"),
    (typing("database"), "the secret database"),
    (typing("guest.password"), "the secret guest.password"),
)


async def test_a_value_that_nobody_gave_is_named_with_the_environment_before_the_run(
    runs: Runs,
) -> None:
    guest = {"name": "guest", "login": {"username": "bob", "password": "bob-secret-7Zq"}}
    await environment(runs, roles=[guest], database="postgresql://reader@127.0.0.1:9/shop")
    for step, missing in MISSING:
        suite_id = await saved(runs, check("t", step))
        for where, named in (
            ({"environment": "staging"}, "the environment staging"),
            ({}, "the run"),
        ):
            answer = await post(runs, f"/suites/{suite_id}/runs", **where)
            assert (answer.status_code, answer.json()["code"]) == (422, "qa.run.value_missing")
            said = f"the suite needs {missing}: {named} has no such value"
            assert answer.json()["detail"] == said
    assert started(runs) == []


async def test_a_secret_of_the_sign_in_is_needed_too(runs: Runs) -> None:
    code = Step(id="l1", action=Action.FILL, target=field("code"), value=Secret(secret="code"))
    login = Login(username="ada", steps=(code.model_copy(update={"phase": Phase.SETUP}),))
    answer = await post(
        runs, "/runs", app_url="http://127.0.0.1:9/", suite=suite(PRICES, login=login)
    )
    assert answer.json()["detail"].startswith(
        "the suite needs the secret code, the secret shop.key, ${env.currency}"
    )


async def test_a_read_only_run_signs_in_by_its_pages_alone(runs: Runs) -> None:
    await environment(runs, read_only=True, login={"username": "ada", "password": "ada-7Zq"})
    send = HttpRequest(method="DELETE", path="/api/orders/1")
    step = Step(id="l1", phase=Phase.SETUP, action=Action.REQUEST, request=send)
    login = Login(username="ada", steps=(step,))
    signing_in = suite(check("home", go("/", "Home")), login=login)
    answer = await post(runs, "/runs", environment="staging", suite=signing_in)
    assert (answer.status_code, answer.json()["code"]) == (422, "kernel.request.invalid")
    assert "read-only" in answer.json()["detail"]
    assert started(runs) == []


async def test_an_environments_secrets_are_for_its_own_address(runs: Runs) -> None:
    await environment(runs)
    suite_id = await saved(runs, PRICES)
    elsewhere = {"environment": "staging", "app_url": "http://127.0.0.1:10/"}
    for path, more in ((f"/suites/{suite_id}/runs", {}), ("/runs", {"suite": suite(PRICES)})):
        answer = await post(runs, path, **elsewhere, **more)
        assert (answer.status_code, answer.json()["code"]) == (422, "kernel.request.invalid")


async def test_an_unknown_environment_starts_nothing(runs: Runs) -> None:
    suite_id = await saved(runs, PRICES)
    for reference in ("production", "env_01jd8z00000000000000000000"):
        place = {"environment": reference}
        for path, body in (
            (f"/suites/{suite_id}/runs", place),
            ("/runs", place),
            ("/schedules", {"name": "Nightly", "run": place}),
        ):
            answer = await post(runs, path, **body)
            assert (answer.status_code, answer.json()["code"]) == (404, "qa.environment.not_found")
    assert started(runs) == []


@pytest.mark.operation("create_schedule", "get_schedule")
async def test_a_schedule_runs_in_its_environment_as_it_is_then(runs: Runs) -> None:
    place = await environment(runs, base_url="http://127.0.0.1:9/")
    suite_id = await saved(runs, PRICES)
    body = {"suite_id": suite_id, "run": {"environment": "staging"}}
    answer = await post(runs, "/schedules", name="Nightly", cron="* * * * *", **body)
    schedule = answer.json()
    assert (schedule["environment"], schedule["app_url"]) == ("staging", "")
    [*_, told] = runs.platform.outbox("qa")
    assert (told["type"], told["data"]["environment"]) == ("ScheduleCreated", "staging")

    path = f"/api/v1/qa/environments/{place['id']}"
    now = {"base_url": "http://127.0.0.1:10/", "variables": {"currency": "USD"}}
    changes = {**now, "secrets": {"shop.key": KEY}}
    client, headers = runs.platform.client, runs.owner.headers
    assert (await client.patch(path, json=changes, headers=headers)).status_code == 200
    await pass_a_minute(runs)
    [run] = started(runs)
    assert (run["app_url"], run["environment"]) == ("http://127.0.0.1:10/", "staging")
    started_in = [
        each["data"]["environment"]
        for each in runs.platform.outbox("qa")
        if each["type"] == "TestRunStarted"
    ]
    assert started_in == ["staging"]
    assert run["options"]["variables"] == {"currency": "USD"}

    runs.platform.owner_connection.execute("update qa.run set status = 'passed'")
    assert (await client.delete(path, headers=headers)).status_code == 204
    await pass_a_minute(runs)
    assert len(started(runs)) == 1
    seen = (await runs.get(f"/api/v1/qa/schedules/{schedule['id']}")).json()
    assert seen["last_error"] == "there is no environment staging"


OWN: tuple[dict[str, Any], ...] = (
    {"login": {"username": "ada", "password": "ada-secret-7Zq"}},
    {"roles": [{"name": "guest", "login": {"username": "bob", "password": "bob-secret-7Zq"}}]},
    {"database": "postgresql://reader:db-secret-7Zq@127.0.0.1:9/shop"},
    {"secrets": {"shop.key": KEY}},
)


async def test_a_schedule_has_nothing_secret_that_would_follow_its_environment(runs: Runs) -> None:
    await environment(runs)
    for own in OWN:
        run = {"environment": "staging", **own}
        answer = await post(runs, "/schedules", name="Nightly", run=run)
        assert (answer.status_code, answer.json()["code"]) == (422, "kernel.request.invalid"), own


async def test_a_deleted_organization_leaves_no_environment_and_no_schedule(
    platform: TestPlatform, pages: PacedPages
) -> None:
    acme = await create_tenant(platform, "ada@acme.example", "Acme")
    others = await platform.owner()
    for each in (Runs(platform, acme.owner, pages), Runs(platform, others, pages)):
        await environment(each)
        answer = await post(each, "/schedules", name="Nightly", run={"environment": "staging"})
        assert answer.status_code == 201, answer.text
    path = f"/api/v1/organizations/{acme.id}"
    assert (await platform.client.delete(path, headers=acme.owner.headers)).status_code == 204
    await platform.relay()
    for table in ("environment", "schedule"):
        [left] = platform.query(f"select organization_id from qa.{table}")
        assert left["organization_id"] == parse_id("org", others.organization_id)


async def pass_a_minute(runs: Runs) -> None:
    """What is due then is started, and ends with an error where nothing answers."""
    runs.platform.clock.advance(timedelta(minutes=1))
    await runs.platform.modules["qa"].resources.get(DueTimes).run_once()
    await runs.platform.work()


@pytest.mark.timeout(240)
async def test_a_replay_in_a_read_only_environment_uses_its_values_and_changes_nothing(
    runs: Runs, capfd: pytest.CaptureFixture[str]
) -> None:
    def found(asked: Asked) -> str:
        action = f"/pay?key={asked.query['key']}"
        return f"<h1>Found</h1><form method=post action='{action}'><button id=pay>Pay</button>"

    def prices(asked: Asked) -> str:
        heading = f"<h1>Prices in {asked.query['in']}</h1>"
        return f"{heading}<form action=/found><input id=key name=key><button id=find>Find</button>"

    runs.pages.site.pages |= {"/prices": prices, "/found": found, "/pay": "<h1>Paid</h1>"}
    find = Step(id="s3", action=Action.CLICK, target=element("find", "button", "button", "Find"))
    pay = Step(
        id="s4",
        action=Action.CLICK,
        target=element("pay", "button", "button", "Pay"),
        expect=(TextPresent(text="Paid", oracle="it is paid"),),
    )
    tests = (
        PRICES,
        check("pay", *PRICES.steps, find, pay),
        check("make", *PRICES.steps, find, flow=Flow.CREATE),
    )
    await environment(runs, read_only=True)
    run_id = await runs.start(app_url="", environment="staging", suite=suite(*tests))
    await runs.platform.work()

    answer = await runs.get(f"/api/v1/qa/runs/{run_id}/report")
    report = {test["id"]: test for test in answer.json()["tests"]}
    assert {id_: test["status"] for id_, test in report.items()} == {
        "prices": "passed",
        "pay": "skipped",
        "make": "skipped",
    }
    [held], [made] = report["pay"]["evidence"], report["make"]["evidence"]
    assert held["message"] == (
        "it sends POST /pay?key=[masked], which may change data, and the run is read-only"
    )
    assert made["message"] == "it would change data, and the run is read-only"
    asked = [(each.method, each.path) for each in runs.pages.site.asked]
    assert ("GET", "/found") in asked, "what only reads is sent"
    assert not [path for method, path in asked if method == "POST"]
    assert [each.query["key"] for each in runs.pages.site.asked if each.path == "/found"] == [KEY]

    files = [file for file in (runs.platform.home / "artifacts").rglob("*") if file.is_file()]
    assert files
    output = capfd.readouterr()
    told = [answer.text, output.out, output.err, str(runs.events(run_id)), str(started(runs))]
    for form in (KEY, "shop-secret-7Zq"):
        assert not [text for text in told if form in text]
        assert not [file for file in files if form.encode() in file.read_bytes()]
