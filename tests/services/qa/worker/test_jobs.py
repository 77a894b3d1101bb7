import sys

import pytest

from argus.kernel.ids import parse_id
from argus.services.qa.worker.jobs import ATTEMPTS, execute_run
from services.qa.worker.test_execution import job_call
from support.runs import Runs


async def test_a_run_ends_with_an_error_where_the_worker_cannot_load_what_executes_it(
    runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "argus.services.qa.worker.execution", None)
    run_id = await runs.start(login={"username": "ada", "password": "correct-horse-7Zq"})
    of_run = {"run_id": str(parse_id("run", run_id))}
    for attempt, status in ((1, "queued"), (ATTEMPTS, "error"), (ATTEMPTS, "error")):
        with pytest.raises(ImportError):
            await execute_run.run(job_call(runs, attempt), **of_run)
        run = (await runs.get(f"/api/v1/qa/runs/{run_id}")).json()
        assert run["status"] == status
    assert run["error_code"] == "qa.worker.incomplete"
    assert "argus.services.qa.worker.execution" in run["error"]
    assert [event["type"] for event in runs.events(run_id)] == ["run_ended"]
    [row] = runs.platform.query("select * from qa.run where id = %s", parse_id("run", run_id))
    assert row["sealed_password"] is None
