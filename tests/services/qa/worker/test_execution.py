import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import psycopg
import pytest

from argus.kernel import context
from argus.kernel.db.listen import Listener
from argus.kernel.ids import OrganizationId, parse_id
from argus.kernel.module import JobCall
from argus.kernel.principal import system
from argus.services.qa.runs.service import CHANNEL
from argus.services.qa.worker.execution import execute
from services.qa.conftest import NotesApp
from support.platform import TestPlatform
from support.runs import Runs
from support.website import Answer, Asked, Page, WebSite, redirect, serve


def job_call(runs: Runs, attempt: int = 1) -> JobCall:
    qa = runs.platform.modules["qa"]
    organization = OrganizationId(parse_id("org", runs.owner.organization_id))
    principal = system("qa", organization)
    context.principal.set(principal)  # as the queue does
    return JobCall(
        qa.database, principal, qa.database.clock, qa.resources, runs.platform.rpc, attempt
    )


@asynccontextmanager
async def executing(runs: Runs, run_id: str) -> AsyncGenerator[asyncio.Task[None]]:
    """An execution of the run, which loses its worker at the end of the block."""
    async with asyncio.TaskGroup() as group:
        task = group.create_task(execute(job_call(runs), parse_id("run", run_id), 5))
        yield task
        task.cancel()


async def judged(runs: Runs, run_id: str) -> list[str]:
    """The tests judged so far, once there is one."""
    listener = runs.platform.modules["qa"].resources.get(Listener)
    async with asyncio.timeout(60), listener.subscribe(CHANNEL, run_id) as wakeup:
        while True:
            found = [e["data"]["id"] for e in runs.events(run_id) if e["type"] == "test_judged"]
            if found:
                return found
            await wakeup.wait(5)


def of_type(runs: Runs, run_id: str, type_: str) -> list[dict[str, Any]]:
    return [event["data"] for event in runs.events(run_id) if event["type"] == type_]


def surface(method: str, path: str, commits: int) -> dict[str, Any]:
    """As `argus qa surfaces --json` tells one."""
    route = {"kind": "route", "name": path, "framework": "flask", "file": "app.py", "line": 1}
    what = {**route, "method": method, "path": path}
    return {"surface": what, "priority": 0.3, "importers": 0, "commits": commits}


SURFACES = [surface("GET", "/add", 0), surface("POST", "/add", 9), surface("GET", "/hidden", 0)]

GONE = "postgresql://ada:correct-horse-7Zq@127.0.0.1:9/notes"

WISHES = ['Open /add; see "New note"', "Dance"]


async def test_a_run_that_lost_its_worker_goes_on_at_the_tests_that_had_not_ended(
    runs: Runs,
) -> None:
    run_id = await runs.start()
    async with executing(runs, run_id):
        runs.pages.let_go(1)
        assert await judged(runs, run_id) == ["page-1"]
    runs.pages.let_go()
    await runs.platform.work()
    run = (await runs.get(f"/api/v1/qa/runs/{run_id}")).json()
    assert run["status"] == "passed"
    assert runs.pages.asked_for(1) == 1
    assert sorted(data["id"] for data in of_type(runs, run_id, "test_judged")) == [
        "page-1",
        "page-2",
        "page-3",
    ]
    assert len(of_type(runs, run_id, "run_ended")) == 1
    numbers = [event["seq"] for event in runs.events(run_id)]
    assert numbers == list(range(1, len(numbers) + 1))
    usage = (await runs.get("/api/v1/billing/usage")).json()["meters"]
    assert usage == [{"meter": "qa_runs", "quantity": 1, "events": 1}], "charged once"


@pytest.mark.operation("pause_run", "resume_run")
async def test_a_paused_run_leaves_its_worker_and_goes_on_where_it_was(runs: Runs) -> None:
    run_id = await runs.start()
    path = f"/api/v1/qa/runs/{run_id}"
    async with executing(runs, run_id) as execution:
        runs.pages.let_go(1)
        assert await judged(runs, run_id) == ["page-1"]
        for _ in range(2):
            paused = await runs.platform.client.post(f"{path}/pause", headers=runs.owner.headers)
            assert (paused.status_code, paused.json()["status"]) == (200, "paused")
        runs.pages.let_go(2, 3)
        await asyncio.wait([execution], timeout=60)
        assert execution.done()
    await runs.platform.work()
    assert (await runs.get(path)).json()["status"] == "paused", "the queue does not wake it"
    [row] = runs.platform.query("select spent_s from qa.run")
    assert row["spent_s"] > 0

    resumed = await runs.platform.client.post(f"{path}/resume", headers=runs.owner.headers)
    assert resumed.json()["status"] == "queued"
    await runs.platform.work()
    assert (await runs.get(path)).json()["status"] == "passed"
    assert runs.pages.asked_for(1) == 1
    types = [event["type"] for event in runs.events(run_id)]
    assert [types.count(each) for each in ("run_paused", "run_resumed", "run_ended")] == [1, 1, 1]
    over = await runs.platform.client.post(f"{path}/pause", headers=runs.owner.headers)
    assert (over.status_code, over.json()["code"]) == (409, "qa.run.over")


async def test_a_paused_discovery_opens_no_page_again_that_it_has_seen(runs: Runs) -> None:
    site, paths = runs.pages.site, ["/", "/1", "/help", "/news"]
    links = "".join(f"<a href={path}>{path}</a> " for path in paths[1:])
    site.pages |= {"/": f"<h1>Home</h1>{links}", "/help": "<h1>Help</h1>", "/news": "<h1>News</h1>"}
    run_id = await runs.start(goal="discover", suite=None)
    path = f"/api/v1/qa/runs/{run_id}"
    async with executing(runs, run_id) as execution:
        async with asyncio.timeout(60):
            while not runs.pages.asked_for(1):
                await asyncio.wait([execution], timeout=0.1)
        await runs.platform.client.post(f"{path}/pause", headers=runs.owner.headers)
        runs.pages.let_go()
        await asyncio.wait([execution], timeout=60)
        assert execution.done()
    assert [asked.path for asked in site.asked if asked.path in paths] == ["/", "/1"]
    await runs.platform.client.post(f"{path}/resume", headers=runs.owner.headers)
    await runs.platform.work()
    assert (await runs.get(path)).json()["status"] == "passed"
    assert sorted(asked.path for asked in site.asked if asked.path in paths) == paths
    seen = [data["url"] for data in of_type(runs, run_id, "discovery_state")]
    assert sorted(seen) == paths
    assert not (await runs.get(f"{path}/artifacts/memory/exploration.json")).is_success


@pytest.mark.operation("cancel_run")
async def test_a_cancelled_run_ends_at_once_and_leaves_nothing_behind(runs: Runs) -> None:
    login = {"username": "ada", "password": "correct-horse-7Zq"}
    run_id = await runs.start(login=login)
    path = f"/api/v1/qa/runs/{run_id}"
    async with executing(runs, run_id) as execution:
        runs.pages.let_go(1)
        await judged(runs, run_id)
        for _ in range(2):
            ended = await runs.platform.client.post(f"{path}/cancel", headers=runs.owner.headers)
            assert (ended.status_code, ended.json()["status"]) == (200, "cancelled")
        runs.pages.let_go(2, 3)
        await asyncio.wait([execution], timeout=60)
        assert execution.done()
    await runs.platform.work()
    assert runs.events(run_id)[-1]["type"] == "run_ended"
    assert (await runs.get(path)).json()["status"] == "cancelled"
    assert runs.platform.query("select 1 from qa.checkpoints") == []
    assert runs.platform.query("select 1 from qa.run where sealed_password is not null") == []
    report = await runs.get(f"{path}/report")
    assert (report.status_code, report.json()["detail"]) == (409, "the run is cancelled")


async def test_two_runs_of_one_suite_and_seed_have_the_same_verdicts(runs: Runs) -> None:
    suite = runs.suite
    suite["tests"][1]["steps"][0]["expect"][0]["text"] = "Page 99"
    said: list[list[tuple[str, str, str | None]]] = []
    report: dict[str, Any] = {}
    for _ in range(2):
        run_id = await runs.end(suite=suite)
        report = (await runs.get(f"/api/v1/qa/runs/{run_id}/report")).json()
        told = [(each["id"], each["status"], each["category"]) for each in report["tests"]]
        said.append(told)
    assert said[0] == said[1]
    assert said[0][1][1:] == ("failed", "product_bug")
    past = [
        each["message"]
        for test in report["tests"]
        for each in test["evidence"]
        if each["kind"] == "history"
    ]
    assert past == ["it failed in 1 of its last 1 runs"], "and the second knows of the first"


async def test_a_run_that_was_interrupted_has_what_is_left_of_its_time_budget(runs: Runs) -> None:
    run_id = await runs.start(time_budget_s=30)
    runs.platform.owner_connection.execute("update qa.run set spent_s = 31")
    runs.pages.let_go()
    await runs.platform.work()
    report = (await runs.get(f"/api/v1/qa/runs/{run_id}/report")).json()
    assert {test["status"] for test in report["tests"]} == {"skipped"}


@pytest.mark.timeout(240)
async def test_a_run_goes_as_far_as_its_goal(runs: Runs, notes: NotesApp) -> None:
    wanted = {"app_url": notes.url, "suite": None, "max_pages": 3, "time_budget_s": 120}
    for goal, phases, tests in (
        ("discover", {"discover"}, 0),
        ("plan", {"analyze_code", "discover", "plan_tests"}, 1),
    ):
        more = {"surfaces": SURFACES, "wishes": WISHES, "database": GONE} if goal == "plan" else {}
        run_id = await runs.end(goal=goal, **more, **wanted)
        assert {data["phase"] for data in of_type(runs, run_id, "phase_started")} == phases
        report = (await runs.get(f"/api/v1/qa/runs/{run_id}/report")).json()
        assert (report["status"], report["tests"]) == ("passed", [])
        suite = (await runs.get(f"/api/v1/qa/runs/{run_id}/suite")).json()
        assert len(suite["tests"]) >= tests
        assert notes.notes == [] or goal == "plan"
        [row] = runs.platform.query(
            "select pages from qa.run where id = %s", parse_id("run", run_id)
        )
        assert row["pages"] == ["/", "/add"]
    ended = {data["phase"]: data for data in of_type(runs, run_id, "phase_ended")}
    assert ended["analyze_code"] == {"phase": "analyze_code", "surfaces": 3, "pages": 2}
    assert ended["discover"]["unreached"] == ["/hidden"], "the code has a page that is not there"
    assert suite["tests"][0]["name"] == WISHES[0]
    dropped = [each["message"] for each in of_type(runs, run_id, "plan_dropped")]
    assert "not understood: Dance" in dropped
    assert any(each.startswith("the application's database does not answer") for each in dropped)
    most = max(suite["tests"][1:], key=lambda test: test["priority"])
    assert (most["name"], most["priority"]) == ("Create a note", 0.5), "mutating, and changed most"


@pytest.mark.timeout(240)
async def test_discovery_and_planning_are_not_repeated(runs: Runs, notes: NotesApp) -> None:
    run_id = await runs.start(app_url=notes.url, suite=None, max_pages=5, time_budget_s=120)
    async with executing(runs, run_id):
        before = await judged(runs, run_id)
    await runs.platform.work()
    report = (await runs.get(f"/api/v1/qa/runs/{run_id}/report")).json()
    assert report["status"] == "passed"
    assert {"create"} <= {test["flow"] for test in report["tests"]}
    phases = [data["phase"] for data in of_type(runs, run_id, "phase_started")]
    assert (phases.count("discover"), phases.count("plan_tests")) == (1, 1)
    after = [data["id"] for data in of_type(runs, run_id, "test_judged")]
    assert len(after) == len(set(after)) == len(report["tests"])
    assert set(before) < set(after)
    assert runs.platform.query("select 1 from qa.checkpoints") == [], "nothing is left behind"


@pytest.mark.timeout(240)
async def test_the_applications_password_is_nowhere_but_sealed_in_the_run(
    runs: Runs, capfd: pytest.CaptureFixture[str]
) -> None:
    password = "correct-horse-7Zq"

    def log_in(asked: Asked) -> str | Answer:
        if asked.form.get("password") == password:
            return redirect("/", cookie="session=1")
        return (
            "<form method=post><label>User <input name=user></label>"
            "<label>Password <input name=password type=password></label>"
            "<button>Sign in</button></form>"
        )

    def home(asked: Asked) -> str | Answer:
        if "session" not in asked.cookies:
            return redirect("/login")
        return "<h1>Welcome</h1><a href=/news>News</a><a href=/help>Help</a>"

    pages: dict[str, Page] = {"/": home, "/login": log_in, "/*": "<h1>Text</h1><a href=/>Home</a>"}
    with serve(WebSite(pages)) as site:
        login = {"username": "ada", "password": password}
        run_id = await runs.start(app_url=site.url, login=login, suite=None, time_budget_s=120)
        async with executing(runs, run_id):
            await judged(runs, run_id)
        tables = [row["tablename"] for row in runs.platform.query(TABLES)]
        assert {"run", "run_event", "test_result", "outbox", "checkpoint_blobs"} <= set(tables)
        assert stored(runs, "checkpoint_blobs")
        assert all(password.encode() not in stored(runs, table) for table in tables)
        await runs.platform.work()
    report = (await runs.get(f"/api/v1/qa/runs/{run_id}/report")).text
    assert '"status":"passed"' in report
    assert all(password.encode() not in stored(runs, table) for table in tables)
    assert runs.platform.query("select 1 from qa.run where sealed_password is not null") == []
    made = [file for file in (runs.platform.home / "artifacts").rglob("*") if file.is_file()]
    assert made
    assert all(password.encode() not in file.read_bytes() for file in made)
    output = capfd.readouterr()
    assert password not in report + output.out + output.err


TABLES = "select tablename from pg_tables where schemaname = 'qa'"


def stored(runs: Runs, table: str) -> bytes:
    """All that a table holds, as the bytes that are in it."""
    rows = runs.platform.query(f"select * from qa.{table}")
    return b"\n".join(
        bytes(value) if isinstance(value, bytes | memoryview) else repr(value).encode()
        for row in rows
        for value in row.values()
    )


async def test_a_run_that_has_ended_is_left_alone(runs: Runs) -> None:
    run_id = await runs.end()
    before = runs.events(run_id)
    await execute(job_call(runs), parse_id("run", run_id), 5)
    assert runs.events(run_id) == before
    assert runs.pages.asked_for(1) == 1


async def test_two_executions_of_a_run_go_on_one_after_the_other(runs: Runs) -> None:
    run_id: UUID = parse_id("run", await runs.start())
    runs.pages.let_go()
    async with asyncio.TaskGroup() as group:
        for _ in range(2):
            group.create_task(execute(job_call(runs), run_id, 5))
    assert [runs.pages.asked_for(number) for number in (1, 2, 3)] == [1, 1, 1]


async def test_a_run_that_ends_its_worker_again_and_again_ends_with_an_error(runs: Runs) -> None:
    run_id = await runs.start()
    await execute(job_call(runs, attempt=11), parse_id("run", run_id), 5)
    run = (await runs.get(f"/api/v1/qa/runs/{run_id}")).json()
    assert (run["status"], run["error_code"]) == ("error", "kernel.service.internal")
    assert "interrupted 10 times" in run["error"]


async def test_a_run_that_fails_of_itself_is_repeated_and_ends_with_an_error_at_last(
    runs: Runs, platform: TestPlatform
) -> None:
    run_id = await runs.start()
    platform.owner_connection.execute("alter table qa.checkpoints rename to lost")
    for attempt, status in ((4, "running"), (5, "error")):
        with pytest.raises(psycopg.errors.UndefinedTable):
            await execute(job_call(runs, attempt), parse_id("run", run_id), 5)
        run = (await runs.get(f"/api/v1/qa/runs/{run_id}")).json()
        assert run["status"] == status
    assert run["error_code"] == "kernel.service.internal"
