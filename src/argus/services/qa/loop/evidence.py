"""What a test's result says beside what its judged execution showed. The verdict stays."""

from collections.abc import Container, Mapping

from argus.services.qa.execution.execute import Bench
from argus.services.qa.execution.read_only import would_change
from argus.services.qa.ir import Test
from argus.services.qa.judging import Judged
from argus.services.qa.outcome import Evidence
from argus.services.qa.triage.flakiness import FAILING, Record


def with_all_evidence(judged: Judged, bench: Bench, records: Mapping[str, Record]) -> Judged:
    """The test with its past, what its executions may have left behind, and the recording of its
    failure; a recording of a test that did not fail is deleted.
    """
    result = judged.result
    failing = result.status in FAILING
    told: list[Evidence] = []
    record = records.get(result.id)
    if failing and record is not None and record.failures:
        told.append(Evidence(kind="history", message=str(record)))
    left = dict.fromkeys(bench.leftovers.get(result.id, ()))
    told += [Evidence(kind="cleanup", message=each) for each in left]
    recording = None
    if bench.recordings is not None:
        if not failing:
            bench.recordings.discard(result.id)
        recording = bench.recordings.of(result.id)
    if recording is not None:
        command = f"npx playwright show-trace {recording.trace}"
        told.append(Evidence(kind="trace", message=command))
    changes = {"recording": recording, "evidence": (*result.evidence, *told)}
    return judged.model_copy(update={"result": result.model_copy(update=changes)})


def not_given(test: Test, bench: Bench, signed_in: Container[str]) -> Evidence | None:
    """Why a test cannot run, where the run was not given all that it needs."""
    if roles := ", ".join(sorted(role for role in test.roles if role not in signed_in)):
        message = f"nobody is signed in as {roles}: start the run with that role, and its password"
        return Evidence(kind="role", message=message)
    if test.asks_database and bench.database is None:
        message = "it asks the application's database: start the run with --database-env"
        return Evidence(kind="database", message=message)
    if bench.read_only and would_change(test):
        return Evidence(kind="read_only", message="it would change data, and the run is read-only")
    return None


def not_sent(test_id: str, bench: Bench) -> Evidence | None:
    """What executions of the test could not send, since nothing may change; None: they sent all."""
    if (held := bench.held_back.get(test_id)) is None:
        return None
    message = f"it sends {held}, which may change data, and the run is read-only"
    return Evidence(kind="read_only", message=message)
