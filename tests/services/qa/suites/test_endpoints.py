from typing import Any

import httpx
import pytest

from argus.kernel.ids import parse_id
from argus.services.qa.planning.text import parse_plan, render_plan
from support.runs import Runs

SUITES = "/api/v1/qa/suites"


async def save(runs: Runs, path: str = SUITES, **body: Any) -> dict[str, Any]:
    answer = await post(runs, path, body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def post(runs: Runs, path: str, body: dict[str, Any]) -> httpx.Response:
    return await runs.platform.client.post(path, json=body, headers=runs.owner.headers)


@pytest.mark.operation("create_suite", "get_suite", "get_suite_content", "replay_suite")
async def test_a_suite_is_saved_from_a_run_and_replayed_by_its_identifier(runs: Runs) -> None:
    run_id = await runs.end()
    suite = await save(runs, name="Shop", run_id=run_id)
    path = f"{SUITES}/{suite['id']}"
    assert (await runs.get(path)).json() == suite
    assert (suite["name"], suite["app_url"], suite["latest"]) == ("Shop", runs.pages.site.url, 1)
    assert (await runs.get(f"{path}/content")).json() == runs.suite

    replay = (await post(runs, f"{path}/runs", {})).json()
    assert (replay["suite_id"], replay["suite_version"]) == (suite["id"], 1)
    await runs.platform.work()
    report = (await runs.get(f"/api/v1/qa/runs/{replay['id']}/report")).json()
    assert [test["status"] for test in report["tests"]] == ["passed"] * 3
    assert runs.pages.asked_for(1) == 2, "once by the run, once by its replay"


@pytest.mark.operation("add_suite_version", "list_suite_versions", "get_suite_plan")
async def test_an_edited_plan_becomes_the_next_version_and_the_earlier_ones_stay(
    runs: Runs,
) -> None:
    suite = await save(runs, name="Shop", suite=runs.suite)
    path = f"{SUITES}/{suite['id']}"
    plan = await runs.get(f"{path}/plan")
    assert plan.headers["content-type"].startswith("text/markdown")
    assert plan.text == render_plan(runs.pages.suite)

    edited = plan.text.replace("Page 2", "Page II")
    assert (await save(runs, f"{path}/versions", plan=edited))["latest"] == 2
    latest = (await runs.get(f"{path}/content")).json()
    assert latest == parse_plan(edited).model_dump(mode="json")
    assert (await runs.get(f"{path}/content?version=1")).json() == runs.suite
    listed = (await runs.get(f"{path}/versions")).json()["versions"]
    assert [(each["number"], each["tests"], each["run_id"]) for each in listed] == [
        (2, 3, None),
        (1, 3, None),
    ]
    first = (await runs.get(f"{path}/versions?limit=1")).json()
    rest = (await runs.get(f"{path}/versions?limit=1&cursor={first['next_cursor']}")).json()
    assert first["versions"] + rest["versions"] == listed
    assert rest["next_cursor"] is None
    for number in (3, 2**31 - 1):
        answer = await runs.get(f"{path}/content?version={number}")
        assert (answer.status_code, answer.json()["code"]) == (404, "qa.suite.not_found")


@pytest.mark.operation("list_suites", "delete_suite")
async def test_suites_are_listed_newest_first_in_pages_until_they_are_deleted(runs: Runs) -> None:
    ids = [(await save(runs, name=name, suite=runs.suite))["id"] for name in "abc"]
    first = (await runs.get(f"{SUITES}?limit=2")).json()
    rest = (await runs.get(f"{SUITES}?limit=2&cursor={first['next_cursor']}")).json()
    assert [suite["id"] for suite in first["suites"] + rest["suites"]] == ids[::-1]
    assert rest["next_cursor"] is None

    gone = await runs.platform.client.delete(f"{SUITES}/{ids[0]}", headers=runs.owner.headers)
    assert gone.status_code == 204
    for path in ("", "/versions", "/content", "/plan"):
        assert (await runs.get(f"{SUITES}/{ids[0]}{path}")).status_code == 404
    left = runs.platform.query("select distinct suite_id from qa.suite_version")
    assert {row["suite_id"] for row in left} == {parse_id("suite", each) for each in ids[1:]}
    assert [e["type"] for e in runs.platform.outbox("qa")] == ["SuiteSaved"] * 3 + ["SuiteDeleted"]


async def test_a_plan_that_cannot_be_read_is_refused_with_the_line(runs: Runs) -> None:
    plan = render_plan(runs.pages.suite).replace("1. s1: go to", "1. s1: move to")
    answer = await post(runs, SUITES, {"name": "Shop", "plan": plan})
    assert (answer.status_code, answer.json()["code"]) == (422, "qa.plan.invalid")
    assert answer.json()["detail"].startswith("line 16: expected a step")


@pytest.mark.parametrize("sources", [{}, {"plan": "x", "run_id": "run_01jd8z00000000000000000000"}])
async def test_a_suite_comes_from_one_place(runs: Runs, sources: dict[str, str]) -> None:
    answer = await post(runs, SUITES, {"name": "Shop", **sources})
    assert (answer.status_code, answer.json()["code"]) == (422, "kernel.request.invalid")


async def test_a_run_that_has_not_ended_has_no_suite_to_save(runs: Runs) -> None:
    answer = await post(runs, SUITES, {"name": "Shop", "run_id": await runs.start()})
    assert (answer.status_code, answer.json()["code"]) == (409, "qa.run.not_ended")


async def test_a_suite_of_several_megabytes_is_taken(runs: Runs) -> None:
    suite = runs.suite
    suite["tests"][0]["name"] = "x" * (3 << 20)
    assert (await save(runs, name="Large", suite=suite))["latest"] == 1


def twice(tests: list[dict[str, Any]]) -> str:
    tests[1]["id"] = tests[0]["id"]
    return "several tests have the id page-1"


def of_a_case(tests: list[dict[str, Any]]) -> str:
    tests[0]["id"], tests[1]["id"] = "page", "page.small"
    tests[0]["cases"] = [{"name": "small", "values": {}}]
    return "several tests have the id page.small"


def nothing_to_click(tests: list[dict[str, Any]]) -> str:
    tests[0]["steps"][0]["action"] = "click"
    return "click is done to an element: it needs a target"


async def test_a_suite_that_cannot_be_run_as_it_stands_is_refused_at_the_door(runs: Runs) -> None:
    bodies = {SUITES: {"name": "Shop"}, "/api/v1/qa/runs": {"app_url": runs.pages.site.url}}
    for spoil in (twice, of_a_case, nothing_to_click):
        suite = runs.suite
        why = spoil(suite["tests"])
        for path, body in bodies.items():
            answer = await post(runs, path, {**body, "suite": suite})
            assert (answer.status_code, answer.json()["code"]) == (422, "kernel.request.invalid")
            assert why in answer.text
