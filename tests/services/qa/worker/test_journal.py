import pytest

from argus.kernel.errors import Unavailable
from argus.kernel.ids import OrganizationId, parse_id
from argus.kernel.module import JobCall
from argus.kernel.objects import FolderObjects
from argus.kernel.principal import system
from argus.services.qa.execution.masking import MASKED, Mask
from argus.services.qa.judging import Judged, judged_skipped
from argus.services.qa.outcome import Category, Evidence, Heal, Symptom, TestStatus
from argus.services.qa.triage.trail import Footprint
from argus.services.qa.worker.journal import RunJournal
from support.runs import Runs

TABLES = ("run", "test_result", "run_event", "outbox")
"""Where what a run came to is kept."""


@pytest.fixture
async def run_id(runs: Runs) -> str:
    return await runs.start()


@pytest.fixture
async def journal(runs: Runs, run_id: str) -> RunJournal:
    running = journal_of(runs, run_id)
    await running.begin()
    return running


def journal_of(runs: Runs, run_id: str) -> RunJournal:
    qa = runs.platform.modules["qa"]
    principal = system("qa", OrganizationId(parse_id("org", runs.owner.organization_id)))
    call = JobCall(qa.database, principal, qa.database.clock, qa.resources, runs.platform.rpc, 1)
    return RunJournal(call, parse_id("run", run_id), qa.resources.get(FolderObjects))


def judgement(runs: Runs, number: int, status: TestStatus, category: Category | None) -> Judged:
    skipped = judged_skipped(runs.pages.suite.tests[number - 1]).result
    result = skipped.model_copy(update={"status": status, "category": category, "evidence": ()})
    return Judged(result=result)


def emitted(runs: Runs) -> list[str]:
    return [envelope["type"] for envelope in runs.platform.outbox("qa")]


async def test_a_judgement_is_written_told_and_published_once(
    runs: Runs, run_id: str, journal: RunJournal
) -> None:
    first = judgement(runs, 1, TestStatus.PASSED, None)
    await journal.judged(first)
    await journal.judged(judgement(runs, 1, TestStatus.FAILED, Category.PRODUCT_BUG))
    assert await journal.finished_tests() == {"page-1"}
    [event] = runs.events(run_id)
    assert event["data"] == first.result.model_dump(mode="json")
    assert emitted(runs) == ["TestRunStarted", "TestPassed"]


async def test_what_failed_and_what_was_healed_is_published_with_its_reason(
    runs: Runs, journal: RunJournal
) -> None:
    heal = Heal(
        step="s1", before="button Save", after="button Keep", score=1, margin=1, proven=True
    )
    healed = judgement(runs, 1, TestStatus.PASSED_HEALED, Category.LOCATOR_BREAK)
    result = healed.result.model_copy(update={"heals": (heal,)})
    await journal.judged(healed.model_copy(update={"result": result}))
    await journal.judged(judgement(runs, 2, TestStatus.FAILED, Category.PRODUCT_BUG))
    assert emitted(runs)[1:] == ["TestPassed", "HealingApplied", "TestFailed"]
    assert runs.platform.outbox("qa")[-1]["data"]["category"] == "product_bug"


async def test_a_run_ends_once_however_it_is_told(
    runs: Runs, run_id: str, journal: RunJournal
) -> None:
    await journal.begin()
    for number in (1, 2, 3):
        await journal.judged(judgement(runs, number, TestStatus.PASSED, None))
    await journal.report(runs.pages.suite, None)
    before = runs.events(run_id)
    await journal.report(runs.pages.suite, None)
    await journal.fail(Unavailable())
    assert runs.events(run_id) == before
    assert before[-1]["type"] == "run_ended"
    assert emitted(runs).count("TestRunEnded") == 1
    assert (await journal.begin()).status == "passed"


async def test_a_secret_that_the_application_repeats_is_in_nothing_that_is_kept(
    runs: Runs, run_id: str, journal: RunJournal
) -> None:
    secret = "correct-horse-7Zq"
    journal.mask = Mask([secret])
    told = Evidence(kind="expectation", message=f"the page says {secret}")
    failed = judgement(runs, 1, TestStatus.FAILED, Category.PRODUCT_BUG)
    result = failed.result.model_copy(update={"evidence": (told,), "name": f"Enter {secret}"})
    await journal.event("plan_dropped", {"subject": f"/?q={secret}", "message": "no"})
    await journal.judged(Judged(result=result))
    tests = runs.pages.suite.tests
    named = tests[0].model_copy(update={"name": f"Enter {secret}"})
    await journal.report(runs.pages.suite.model_copy(update={"tests": (named, *tests[1:])}), None)

    kept = [str(runs.platform.query(f"select * from qa.{table}")) for table in TABLES]
    folder = runs.platform.modules["qa"].resources.get(FolderObjects).folder(journal.artifacts)
    kept += [file.read_text(errors="replace") for file in folder.iterdir()]
    assert sum(MASKED in text for text in kept) > len(TABLES)
    assert [text for text in kept if secret in text] == []

    later = await runs.start()
    broken = journal_of(runs, later)
    broken.mask = Mask([secret])
    await broken.begin()
    await broken.fail(Unavailable(f"it says {secret}"))
    assert (await runs.get(f"/api/v1/qa/runs/{later}")).json()["error"] == f"it says {MASKED}"


async def test_a_failed_run_says_why_and_keeps_its_judgements(
    runs: Runs, run_id: str, journal: RunJournal
) -> None:
    await journal.judged(judgement(runs, 1, TestStatus.FAILED, Category.PRODUCT_BUG))
    await journal.fail(Unavailable("the application is away"))
    run = (await runs.get(f"/api/v1/qa/runs/{run_id}")).json()
    assert (run["status"], run["error"]) == ("error", "the application is away")
    [ended] = [e["data"] for e in runs.platform.outbox("qa") if e["type"] == "TestRunEnded"]
    assert (ended["tests"], ended["product_bugs"]) == (1, 1)
    answer = await runs.get(f"/api/v1/qa/runs/{run_id}/report")
    assert (answer.status_code, answer.json()["detail"]) == (409, "the application is away")


async def test_a_failure_is_compared_with_the_last_pass_of_its_test_in_an_earlier_run(
    runs: Runs, journal: RunJournal
) -> None:
    def trail(request: str) -> tuple[Footprint, ...]:
        return (Footprint(step="s1", does="goto", url="/", requests=(request,), script_errors=0),)

    passed = judgement(runs, 1, TestStatus.PASSED, None)
    await journal.judged(passed.model_copy(update={"trail": trail("GET / 200")}))
    await journal.report(runs.pages.suite, None)

    failed = judgement(runs, 1, TestStatus.FAILED, Category.PRODUCT_BUG)
    symptom = Symptom(step="goto", url="/", message="no", request="GET / 500")
    result = failed.result.model_copy(update={"symptom": symptom})
    later = await runs.start()
    second = journal_of(runs, later)
    await second.begin()
    await second.judged(Judged(result=result, trail=trail("GET / 500")))
    await second.report(runs.pages.suite, None)
    report = (await runs.get(f"/api/v1/qa/runs/{later}/report")).json()
    assert [each["message"] for each in report["tests"][0]["evidence"]] == [
        "the handler of GET /",
        "first difference: step s1: GET / answered 200 when the test passed, and 500 now",
    ]
    assert len(runs.platform.query("select 1 from qa.passing_trail")) == 1
