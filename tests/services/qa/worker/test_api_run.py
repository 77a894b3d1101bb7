from typing import Any

import orjson
import pytest

from argus.kernel.ids import parse_id
from argus.services.qa.addresses import TargetRefused
from argus.services.qa.worker.api_run import check_address
from support.notes_api import ADA, BOB, NotesApi
from support.runs import Runs

WANTED = {
    "goal": "api",
    "suite": None,
    "token": ADA,
    "roles": [{"name": "bob", "token": BOB}],
    "time_budget_s": 120,
}


async def report_of(runs: Runs, run_id: str) -> dict[str, Any]:
    return (await runs.get(f"/api/v1/qa/runs/{run_id}/report")).json()


async def test_an_api_is_tested_as_several_roles_without_a_browser_and_left_as_it_was(
    runs: Runs, api: NotesApi
) -> None:
    api.reads_are_open = True
    run_id = await runs.end(app_url=f"{api.url}/openapi.json", **WANTED)
    report = await report_of(runs, run_id)
    status = {test["name"]: (test["status"], test["category"]) for test in report["tests"]}
    bug = ("failed", "product_bug")
    assert report["status"] == "failed"
    assert status == {
        "GET /notes": ("passed", None),
        "POST /notes": ("passed", None),
        "GET /notes/{note_id}": bug,
        "PUT /notes/{note_id}": ("passed", None),
        "DELETE /notes/{note_id}": ("passed", None),
        "Life of a record of /notes": ("passed", None),
        "nobody signed in cannot touch a record of /notes": bug,
        "bob cannot touch a record of /notes": bug,
    }
    assert api.notes == {}, "what it made is gone"

    [stranger] = [test for test in report["tests"] if test["name"].startswith("bob")]
    commands = [each["message"] for each in stranger["evidence"] if each["kind"] == "curl"]
    assert commands[-1].startswith('curl -i -H "Authorization: Bearer $BOB_TOKEN" http://127.0.0.1')
    made = [event["data"] for event in runs.events(run_id)]
    files = await runs.get(f"/api/v1/qa/runs/{run_id}/archive")
    stored = orjson.dumps([report, made]) + files.content
    [row] = runs.platform.query("select * from qa.run where id = %s", parse_id("run", run_id))
    for secret in (ADA, BOB):
        assert secret.encode() not in stored
        assert secret not in str(row)
    assert row["sealed_secrets"] is None, "erased with the end"


async def test_the_tokens_of_a_run_are_sealed_until_it_ends(runs: Runs, api: NotesApi) -> None:
    run_id = await runs.start(app_url=api.url, **WANTED)
    [row] = runs.platform.query("select * from qa.run where id = %s", parse_id("run", run_id))
    assert row["sealed_secrets"] is not None
    assert ADA.encode() not in row["sealed_secrets"]
    assert ADA not in str(row["options"])
    assert BOB not in str(row["options"])


async def test_wishes_that_contradict_each_other_are_refused(runs: Runs) -> None:
    bob = {"name": "bob", "token": BOB}
    for wrong in (
        {"goal": "test"},
        {"login": {"username": "ada", "password": "x"}},
        {"roles": [bob, bob]},
        {"roles": [{"name": "bob"}]},
        {"roles": [bob | {"name": "no name"}]},
    ):
        answer = await runs.post(**WANTED | wrong)
        assert (answer.status_code, answer.json()["code"]) == (422, "kernel.request.invalid")
        assert BOB not in answer.text


async def test_an_address_without_a_description_ends_the_run_saying_what_to_give(
    runs: Runs,
) -> None:
    run_id = await runs.end(**WANTED)
    run = (await runs.get(f"/api/v1/qa/runs/{run_id}")).json()
    assert (run["status"], run["error_code"]) == ("error", "qa.api.not_described")


@pytest.mark.parametrize(
    "address",
    ["http://2852039166/", "http://0xa9fea9fe/", "http://[::ffff:a9fe:a9fe]/", "http://0/"],
)
def test_a_metadata_service_is_refused_in_every_spelling(address: str) -> None:
    with pytest.raises(TargetRefused):
        check_address(address)


def test_a_name_that_cannot_be_one_is_left_to_the_first_call() -> None:
    check_address(f"http://{'a' * 64}.example/")
