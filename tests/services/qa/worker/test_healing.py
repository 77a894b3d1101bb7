"""A heal's way through a whole run: proven, learnt, approved, and then part of the suite."""

from typing import Any

from argus.services.qa.ir import Suite, Test
from services.qa.conftest import NotesApp
from services.qa.healing.test_healing_loop import RELABELLED
from support.runs import Runs


def without_targets(suite: dict[str, Any]) -> list[Any]:
    """All that a heal must not touch."""
    tests = Suite.model_validate(suite).tests
    return [
        test.model_copy(
            update={"steps": [step.model_copy(update={"target": None}) for step in test.steps]}
        )
        for test in tests
    ]


async def test_an_approved_heal_lets_the_suite_pass_plainly_and_edits_no_assertion(
    runs: Runs, notes: NotesApp, create_note: Test
) -> None:
    suite = Suite(app_url=notes.url, seed=1, tests=(create_note,)).model_dump(mode="json")
    policy = {"least_score": 1, "least_margin": 0}
    client, headers = runs.platform.client, runs.owner.headers
    await client.put("/api/v1/healing/policy", json=policy, headers=headers)
    notes.form = RELABELLED

    async def result(run_id: str) -> tuple[str, dict[str, Any]]:
        report = (await runs.get(f"/api/v1/qa/runs/{run_id}/report")).json()
        stored = (await runs.get(f"/api/v1/qa/runs/{run_id}/suite")).json()
        return report["tests"][0]["status"], stored

    first = await runs.end(app_url=notes.url, suite=suite)
    assert await result(first) == ("passed_healed", suite), "nobody has approved it yet"
    page = (await runs.get(f"/api/v1/qa/runs/{first}/artifacts/index.html")).text
    assert page.count("waits for approval") == 2

    waiting = (await runs.get("/api/v1/healing/heals?state=pending")).json()["items"]
    assert [heal["run_id"] for heal in waiting] == [first, first]
    assert f"Learnt as {waiting[0]['id']}" in page
    for heal in waiting:
        await client.post(f"/api/v1/healing/heals/{heal['id']}/approve", headers=headers)
    _, approved = await result(first)
    assert approved != suite
    assert without_targets(approved) == without_targets(suite)

    second = await runs.end(app_url=notes.url, suite=suite)
    assert await result(second) == ("passed", approved)
    applied = [e["data"] for e in runs.platform.outbox("qa") if e["type"] == "HealingApplied"]
    assert {event["heal_id"] for event in applied} == {heal["id"] for heal in waiting}
