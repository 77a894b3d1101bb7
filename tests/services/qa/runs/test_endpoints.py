import asyncio
import io
import zipfile
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from psycopg.types.json import Jsonb
from starlette.types import Message, Receive, Scope, Send

from argus.apps.serve import build_app
from argus.contracts.billing.rpc import SET_TIER
from argus.contracts.billing.v1 import billing_pb2
from argus.kernel import context
from argus.kernel.ids import OrganizationId, parse_id
from argus.kernel.principal import system
from services.qa.reports.samples import FAILED, passed, report_of
from support.platform import TestPlatform
from support.runs import Runs, parse_events
from support.web_sockets import web_socket


@pytest.mark.operation("start_run", "get_run")
async def test_a_started_run_is_queued_and_can_be_looked_at(runs: Runs) -> None:
    run_id = await runs.start(seed=7)
    run = (await runs.get(f"/api/v1/qa/runs/{run_id}")).json()
    assert run["status"] == "queued"
    assert run["seed"] == 1, "a replayed suite brings its own seed"
    assert run["created_by"] == runs.owner.user_id
    assert (run["started_at"], run["ended_at"]) == (None, None)


@pytest.mark.operation("list_runs")
async def test_runs_are_listed_newest_first_in_pages(runs: Runs) -> None:
    started = [await runs.start() for _ in range(3)]
    first = (await runs.get("/api/v1/qa/runs?limit=2")).json()
    rest = (await runs.get(f"/api/v1/qa/runs?limit=2&cursor={first['next_cursor']}")).json()
    assert [run["id"] for run in first["runs"] + rest["runs"]] == started[::-1]
    assert rest["next_cursor"] is None


async def made(runs: Runs, path: str) -> set[str]:
    """Names of the files in the run's archive."""
    archive = await runs.get(f"{path}/archive")
    return set(zipfile.ZipFile(io.BytesIO(archive.content)).namelist())


@pytest.mark.operation(
    "get_run_report", "get_run_suite", "get_run_archive", "get_run_artifact", "get_run"
)
async def test_a_run_that_ended_gives_its_report_its_suite_and_what_it_made(runs: Runs) -> None:
    run_id = await runs.end()
    path = f"/api/v1/qa/runs/{run_id}"
    assert (await runs.get(path)).json()["status"] == "passed"

    report = (await runs.get(f"{path}/report")).json()
    assert (report["schema"], report["run_id"], report["status"]) == (1, run_id, "passed")
    assert {test["id"]: test["status"] for test in report["tests"]} == {
        "page-1": "passed",
        "page-2": "passed",
        "page-3": "passed",
    }
    assert (await runs.get(f"{path}/suite")).json() == runs.suite

    assert {"index.html", "report.json", "junit.xml", "report.md"} <= await made(runs, path)
    assert "report.pdf" not in await made(runs, path)
    printed = await runs.get(f"{path}/artifacts/report.pdf")
    assert printed.headers["content-type"] == "application/pdf"
    assert printed.content.startswith(b"%PDF-")
    assert "report.pdf" in await made(runs, path)

    page = await runs.get(f"{path}/artifacts/index.html")
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["content-security-policy"].startswith("sandbox;")
    assert "Page 2" in page.text
    assert (await runs.get(f"{path}/artifacts/missing.png")).status_code == 404
    assert (await runs.get(f"{path}/artifacts/..%2f..%2fmaster.key")).status_code == 404


async def test_a_run_that_has_not_ended_has_no_report(runs: Runs) -> None:
    run_id = await runs.start()
    for what in ("report", "suite", "archive"):
        answer = await runs.get(f"/api/v1/qa/runs/{run_id}/{what}")
        assert (answer.status_code, answer.json()["code"]) == (409, "qa.run.not_ended"), what


@pytest.mark.operation("compare_runs")
async def test_two_runs_are_compared_once_both_have_ended(runs: Runs) -> None:
    ids = [await runs.start() for _ in range(2)]
    path = f"/api/v1/qa/runs/{ids[0]}/compare/{ids[1]}"
    assert (await runs.get(path)).json()["code"] == "qa.run.not_ended"
    for run_id, report in zip(
        ids, (report_of(passed(1)), report_of(FAILED, passed(1))), strict=True
    ):
        runs.platform.owner_connection.execute(
            "update qa.run set report = %s, pages = %s where id = %s",
            [Jsonb(report.contract()), Jsonb(["/", f"/{run_id}"]), parse_id("run", run_id)],
        )
    found = (await runs.get(path)).json()
    assert [test["id"] for test in found["new_tests"]] == ["create-book"]
    assert (found["new_pages"], found["lost_pages"]) == ([f"/{ids[1]}"], [f"/{ids[0]}"])


@pytest.mark.operation("stream_run")
async def test_the_stream_of_a_run_is_numbered_without_gaps_and_resumes(runs: Runs) -> None:
    run_id = await runs.end()
    whole = await runs.get(f"/api/v1/stream/test/{run_id}")
    assert whole.headers["content-type"].startswith("text/event-stream")
    events = parse_events(whole.text)
    assert [event["id"] for event in events] == list(range(1, len(events) + 1))
    assert [event["event"] for event in events].count("test_judged") == 3
    assert events[-1]["event"] == "run_ended"
    assert events[-1]["data"]["status"] == "passed"

    resumed = await runs.get(f"/api/v1/stream/test/{run_id}", **{"Last-Event-ID": "4"})
    assert parse_events(resumed.text) == events[4:]

    assert await over_web_socket(runs, run_id) == events
    assert await over_web_socket(runs, run_id, "&last_event_id=4") == events[4:]


async def over_web_socket(runs: Runs, run_id: str, resuming: str = "") -> list[dict[str, Any]]:
    """The events of a run as a page in a browser gets them: by a ticket, which is good once."""
    path = f"/api/v1/stream/test/{run_id}"
    issued = await runs.platform.client.post(
        "/api/v1/auth/tickets", json={"path": path}, headers=runs.owner.headers
    )
    query = f"ticket={issued.json()['ticket']}{resuming}"
    async with web_socket(runs.platform.app, path, query) as opened:
        messages = await opened.messages()
    async with web_socket(runs.platform.app, path, query) as again:
        assert not again.is_open
    return [message | {"id": int(message["id"])} for message in messages if message]


async def sign_out(runs: Runs) -> None:
    await runs.platform.client.post("/api/v1/auth/sign-out", headers=runs.owner.headers)


async def stop_the_server(runs: Runs) -> None:
    runs.platform.composition.stopping.set()


@pytest.mark.parametrize("end", [sign_out, stop_the_server])
async def test_a_stream_ends_with_the_credential_that_opened_it_and_with_the_server(
    runs: Runs, end: Callable[[Runs], Awaitable[None]]
) -> None:
    """The run is never worked on, which the stream says: nothing else ends it."""
    run_id, app, opened = await runs.start(), build_app(runs.platform.composition), asyncio.Event()

    async def watched(scope: Scope, receive: Receive, send: Send) -> None:
        async def noticed(message: Message) -> None:
            if message["type"] == "http.response.start":
                opened.set()
            await send(message)

        await app(scope, receive, noticed)

    transport = httpx.ASGITransport(watched)
    async with (
        asyncio.timeout(30),
        httpx.AsyncClient(transport=transport, base_url="http://argus.test") as follower,
        asyncio.TaskGroup() as tasks,
    ):
        path = f"/api/v1/stream/test/{run_id}"
        stream = tasks.create_task(follower.get(path, headers=runs.owner.headers))
        await opened.wait()
        await end(runs)
    assert stream.result().status_code == 200
    waiting = {"id": 0, "event": "run_waiting", "data": {"for": "a worker"}}
    assert all(event == waiting for event in parse_events(stream.result().text))


async def test_an_organization_out_of_runs_is_told_why_and_what_would_help(runs: Runs) -> None:
    recorded = await runs.platform.client.post(
        "/api/v1/billing/usage",
        json={"events": [{"id": "all", "source": "qa", "meter": "qa_runs", "quantity": 100}]},
        headers=runs.owner.headers,
    )
    assert recorded.status_code == 202
    answer = await runs.post()
    assert (answer.status_code, answer.json()["code"]) == (402, "qa.run.not_entitled")
    assert answer.json()["tier"] == "free"
    assert answer.json()["cheapest_tier"] == "explorer"

    organization = OrganizationId(parse_id("org", runs.owner.organization_id))
    context.principal.set(system("qa", organization))
    await runs.platform.rpc.call(SET_TIER, billing_pb2.SetTierRequest(tier="explorer"))
    assert (await runs.post()).status_code == 202


async def test_a_run_is_charged_once_when_it_starts(runs: Runs) -> None:
    await runs.end()
    usage = (await runs.get("/api/v1/billing/usage")).json()["meters"]
    assert usage == [{"meter": "qa_runs", "quantity": 1, "events": 1}]


@pytest.mark.parametrize(
    "address",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://[fe80::1]/",
        "http://user:secret@127.0.0.1/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "http://127.0.0.1:99999/",
        "http://[::1",
        "http://[x]/",
        "http://exa\u2100mple.com/",
        "http://0.0.0.0/",
        "127.0.0.1:8000",
        "",
    ],
)
async def test_an_address_that_is_not_tested_is_refused(runs: Runs, address: str) -> None:
    answer = await runs.post(app_url=address)
    assert (answer.status_code, answer.json()["code"]) == (422, "qa.run.target_refused")
    assert "secret" not in answer.text


@pytest.mark.parametrize(
    "wrong", [{"max_pages": 0}, {"time_budget_s": 5}, {"seed": -1}, {"suite": {}}, {"more": 1}]
)
async def test_wishes_out_of_bounds_are_refused_by_name(runs: Runs, wrong: dict[str, Any]) -> None:
    answer = await runs.post(**wrong)
    assert (answer.status_code, answer.json()["code"]) == (422, "kernel.request.invalid")
    assert next(iter(wrong)) in answer.json()["errors"][0]["at"]


async def test_a_suite_of_several_megabytes_is_taken(runs: Runs) -> None:
    suite = runs.suite
    suite["tests"][0]["name"] = "x" * (3 << 20)
    assert (await runs.post(suite=suite)).status_code == 202


async def test_another_organizations_run_is_not_found(runs: Runs) -> None:
    run_id = await runs.start()
    stranger = await runs.platform.owner()
    for path in (
        f"/api/v1/qa/runs/{run_id}",
        f"/api/v1/qa/runs/{run_id}/report",
        f"/api/v1/qa/runs/{run_id}/suite",
        f"/api/v1/qa/runs/{run_id}/archive",
        f"/api/v1/qa/runs/{run_id}/artifacts/index.html",
        f"/api/v1/stream/test/{run_id}",
    ):
        answer = await runs.platform.client.get(path, headers=stranger.headers)
        assert (answer.status_code, answer.json()["code"]) == (404, "qa.run.not_found"), path
    listed = await runs.platform.client.get("/api/v1/qa/runs", headers=stranger.headers)
    assert listed.json()["runs"] == []


async def test_an_unreachable_application_ends_the_run_with_an_error(runs: Runs) -> None:
    run_id = await runs.end(app_url="http://127.0.0.1:9/")
    run = (await runs.get(f"/api/v1/qa/runs/{run_id}")).json()
    assert (run["status"], run["error_code"]) == ("error", "qa.application.unreachable")
    assert runs.events(run_id)[-1]["type"] == "run_ended"


async def test_the_password_is_sealed_and_erased_when_the_run_ends(
    runs: Runs, platform: TestPlatform
) -> None:
    login = {"username": "ada", "password": "correct-horse-7Zq", "login_url": "/login"}
    run_id = parse_id("run", await runs.start(login=login))
    [row] = platform.query("select * from qa.run where id = %s", run_id)
    assert b"correct-horse" not in row["sealed_password"]
    assert row["options"]["login"] == {"username": "ada", "login_url": "/login"}
    runs.pages.let_go()
    await platform.work()
    [row] = platform.query("select status, sealed_password from qa.run where id = %s", run_id)
    assert row == {"status": "passed", "sealed_password": None}
