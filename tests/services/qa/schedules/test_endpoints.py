import asyncio
import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from argus.kernel.ids import parse_id
from argus.services.qa.schedules.jobs import DueTimes
from support.platform import NOW
from support.runs import Runs

SCHEDULES = "/api/v1/qa/schedules"


async def post(runs: Runs, path: str, **body: Any) -> httpx.Response:
    return await runs.platform.client.post(path, json=body, headers=runs.owner.headers)


async def create(runs: Runs, cron: str = "* * * * *", **more: Any) -> dict[str, Any]:
    run = {"app_url": runs.pages.site.url, "suite": runs.suite}
    answer = await post(runs, SCHEDULES, name="Nightly", cron=cron, **{"run": run, **more})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def pass_time(runs: Runs, minutes: float) -> int:
    """The time passes; how many schedules were found due by two processes that look then."""
    runs.platform.clock.advance(timedelta(minutes=minutes))
    due = runs.platform.modules["qa"].resources.get(DueTimes)
    return sum(await asyncio.gather(due.run_once(), due.run_once()))


def started(runs: Runs) -> list[dict[str, Any]]:
    return runs.platform.query("select id, status, due_at, suite_version from qa.run order by id")


@pytest.mark.operation("create_schedule", "get_schedule")
async def test_a_due_time_starts_one_run_however_many_workers_look(runs: Runs) -> None:
    schedule = await create(runs)
    assert schedule["next_times"][0] == "2030-01-01T12:01:00Z"
    assert await pass_time(runs, 0.5) == 0
    assert await pass_time(runs, 0.5) == 1
    runs.pages.let_go()
    await runs.platform.work()
    [run] = started(runs)
    assert (run["status"], run["due_at"]) == ("passed", NOW + timedelta(minutes=1))
    seen = (await runs.get(f"{SCHEDULES}/{schedule['id']}")).json()
    assert parse_id("run", seen["last_run_id"]) == run["id"]
    assert (seen["last_due"], seen["last_error"]) == ("2030-01-01T12:01:00Z", "")
    assert seen["next_times"] == [f"2030-01-01T12:{minute}:00Z" for minute in ("02", "03", "04")]


async def test_times_that_were_missed_count_as_one(runs: Runs) -> None:
    await create(runs)
    runs.pages.let_go()
    assert await pass_time(runs, 5.5) == 1
    await runs.platform.work()
    assert [run["due_at"] for run in started(runs)] == [NOW + timedelta(minutes=1)]
    [row] = runs.platform.query("select next_due from qa.schedule")
    assert row["next_due"] == NOW + timedelta(minutes=6)


async def test_a_run_is_not_started_while_the_one_before_has_not_ended(runs: Runs) -> None:
    schedule = await create(runs)
    await pass_time(runs, 1)
    path = f"{SCHEDULES}/{schedule['id']}"
    runs.pages.let_go()
    await runs.platform.work()
    runs.platform.owner_connection.execute("update qa.run set status = 'running'")
    await pass_time(runs, 1)
    await runs.platform.work()
    assert len(started(runs)) == 1
    assert (await runs.get(path)).json()["last_error"] == "the run before had not ended"


@pytest.mark.operation("pause_schedule", "resume_schedule")
async def test_a_paused_schedule_starts_nothing_and_makes_up_for_nothing(runs: Runs) -> None:
    schedule = await create(runs)
    path = f"{SCHEDULES}/{schedule['id']}"
    paused = (await post(runs, f"{path}/pause")).json()
    assert (paused["paused"], paused["next_times"]) == (True, [])
    assert await pass_time(runs, 2.5) == 0
    resumed = (await post(runs, f"{path}/resume")).json()
    assert resumed["next_times"][0] == "2030-01-01T12:03:00Z"
    assert await pass_time(runs, 0) == 0


@pytest.mark.operation("announce_deployment")
async def test_a_signed_deploy_starts_a_run_and_an_unsigned_one_does_not(runs: Runs) -> None:
    schedule = await create(runs, cron="")
    path = f"{SCHEDULES}/{schedule['id']}"
    assert (schedule["next_times"], schedule["last_due"]) == ([], None)
    body = b'{"deployment": 7}'

    async def announce(secret: str, to: str = path) -> httpx.Response:
        digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        headers = {"X-Hub-Signature-256": f"sha256={digest}"}
        return await runs.platform.client.post(f"{to}/deployments", content=body, headers=headers)

    unknown = f"{SCHEDULES}/sched_01jd8z00000000000000000000"
    refusals = [
        await announce("wrong"),
        await announce(schedule["deploy_secret"], unknown),
        await runs.platform.client.post(f"{path}/deployments", content=body),
    ]
    answers = [(each.status_code, each.json()["code"]) for each in refusals]
    assert answers == [(404, "qa.schedule.not_found")] * 3
    await runs.platform.work()
    assert started(runs) == []

    accepted = await announce(schedule["deploy_secret"])
    assert (accepted.status_code, accepted.json()["paused"]) == (202, False)
    runs.pages.let_go()
    await runs.platform.work()
    assert [run["status"] for run in started(runs)] == ["passed"]

    await post(runs, f"{path}/pause")
    runs.platform.clock.advance(timedelta(minutes=1))
    assert (await announce(schedule["deploy_secret"])).json()["paused"] is True
    await runs.platform.work()
    assert len(started(runs)) == 1


async def test_a_scheduled_suite_is_replayed_as_it_is_then_with_the_sealed_passwords(
    runs: Runs,
) -> None:
    suite = (await post(runs, "/api/v1/qa/suites", name="Shop", suite=runs.suite)).json()
    login = {"username": "ada", "password": "correct-horse-7Zq"}
    roles = [{"name": "guest", "login": {"username": "bob", "password": "correct-horse-9Ks"}}]
    run = {"app_url": runs.pages.site.url, "login": login, "roles": roles}
    schedule = await create(runs, suite_id=suite["id"], run=run)
    assert "correct-horse" not in str(schedule)
    await post(runs, f"/api/v1/qa/suites/{suite['id']}/versions", suite=runs.suite)
    [row] = runs.platform.query("select * from qa.schedule")
    assert "correct-horse" not in str(row)
    await pass_time(runs, 1)
    runs.pages.let_go()
    await runs.platform.work()
    [row] = runs.platform.query("select suite_version, options from qa.run")
    assert row["suite_version"] == 2
    assert row["options"]["login"]["username"] == "ada"
    [role] = row["options"]["roles"]
    assert (role["name"], role["login"]["username"]) == ("guest", "bob")


async def test_a_schedule_that_replays_a_suite_asks_for_nothing_else(runs: Runs) -> None:
    suite = (await post(runs, "/api/v1/qa/suites", name="Shop", suite=runs.suite)).json()
    for more in ({"goal": "api"}, {"suite": runs.suite}, {"wishes": ["open /"]}):
        run = {"app_url": runs.pages.site.url, **more}
        answer = await post(runs, SCHEDULES, name="Nightly", suite_id=suite["id"], run=run)
        assert (answer.status_code, answer.json()["code"]) == (422, "kernel.request.invalid"), more


async def test_a_time_without_a_run_says_why(runs: Runs) -> None:
    schedule = await create(runs)
    used = {"id": "all", "source": "qa", "meter": "qa_runs", "quantity": 100}
    await post(runs, "/api/v1/billing/usage", events=[used])
    await pass_time(runs, 1)
    await runs.platform.work()
    seen = (await runs.get(f"{SCHEDULES}/{schedule['id']}")).json()
    assert (started(runs), seen["last_run_id"]) == ([], None)
    assert "of which 100 are used" in seen["last_error"]
    assert datetime.fromisoformat(seen["last_due"]) == NOW + timedelta(minutes=1)


@pytest.mark.operation("list_schedules", "delete_schedule")
async def test_schedules_are_listed_newest_first_until_they_are_deleted(runs: Runs) -> None:
    ids = [(await create(runs))["id"] for _ in range(3)]
    first = (await runs.get(f"{SCHEDULES}?limit=2")).json()
    rest = (await runs.get(f"{SCHEDULES}?limit=2&cursor={first['next_cursor']}")).json()
    assert [each["id"] for each in first["schedules"] + rest["schedules"]] == ids[::-1]
    path = f"{SCHEDULES}/{ids[0]}"
    deleted = await runs.platform.client.delete(path, headers=runs.owner.headers)
    assert deleted.status_code == 204
    assert (await runs.get(path)).status_code == 404
    assert await pass_time(runs, 1) == 2


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"cron": "every day"}, "qa.schedule.cron_invalid"),
        ({"timezone": "Berlin"}, "qa.schedule.cron_invalid"),
        ({"run": {"app_url": "http://169.254.169.254/"}}, "qa.run.target_refused"),
        ({"run": {}}, "kernel.request.invalid"),
    ],
)
async def test_a_schedule_that_could_never_run_is_refused(
    runs: Runs, wrong: dict[str, Any], code: str
) -> None:
    body = {"name": "x", "cron": "@daily", "run": {"app_url": "http://127.0.0.1:9/"}, **wrong}
    answer = await post(runs, SCHEDULES, **body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
