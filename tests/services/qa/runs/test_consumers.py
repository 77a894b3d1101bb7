"""What becomes of the runs of an organization that is deleted."""

from typing import Any

from argus.kernel.ids import parse_id
from support.organizations import create_tenant
from support.platform import TestPlatform
from support.runs import Runs


async def post(runs: Runs, path: str, **body: Any) -> dict[str, Any]:
    answer = await runs.platform.client.post(path, json=body, headers=runs.owner.headers)
    assert answer.is_success, answer.text
    return answer.json()


async def test_nothing_is_tested_for_a_deleted_organization(
    platform: TestPlatform, runs: Runs
) -> None:
    acme = await create_tenant(platform, "bo@acme.example", "Acme")
    theirs = Runs(platform, acme.owner, runs.pages)
    password = {"username": "ada", "password": "correct-horse-7Zq"}
    queued, paused, running = [await theirs.start(login=password) for _ in range(3)]
    await post(theirs, f"/api/v1/qa/runs/{paused}/pause")
    platform.owner_connection.execute(
        "update qa.run set status = 'running' where id = %s", [parse_id("run", running)]
    )
    run = {"app_url": runs.pages.site.url}
    await post(theirs, "/api/v1/qa/schedules", name="Nightly", cron="* * * * *", run=run)
    kept = await runs.start()
    await post(runs, f"/api/v1/qa/runs/{kept}/pause")

    gone = await platform.client.delete(
        f"/api/v1/organizations/{acme.id}", headers=acme.owner.headers
    )
    assert gone.status_code == 204, gone.text
    await platform.relay()
    rows = platform.query("select id, status, sealed_password, ended_at from qa.run")
    found = {row["id"]: row for row in rows}
    assert found[parse_id("run", kept)]["status"] == "paused", "another organization's"
    for run_id in (queued, paused, running):
        row = found[parse_id("run", run_id)]
        assert (row["status"], row["sealed_password"]) == ("cancelled", None)
        assert [event["type"] for event in theirs.events(run_id)][-1] == "run_ended"
    assert platform.query("select id from qa.schedule") == []

    await platform.work()
    assert runs.pages.site.asked == []
    assert {row["status"] for row in platform.query("select status from qa.run")} == {
        "cancelled",
        "paused",
    }
