"""A run that is given the application's database, and a test with a table of cases."""

from collections.abc import Iterator

import pytest

from argus.services.qa.expectation import QueryCount, TextPresent
from argus.services.qa.ir import Action, Case, Flow, Step, Suite, Test, Variable, VariableKind
from support.database import Server
from support.runs import Runs

STORED = QueryCount(
    sql="select * from page where number::text = ${number}", count=1, oracle="a page is stored"
)
SHOWN = TextPresent(text="Page ${number}", oracle="a page shows its heading")
OPEN = Step(id="open", action=Action.GOTO, value="/${number}", expect=(SHOWN, STORED))
TABLE = Test(
    id="pages",
    name="Open a page",
    flow=Flow.READ,
    variables={"number": Variable(kind=VariableKind.NUMBER)},
    cases=(Case(name="first", values={"number": "1"}), Case(name="second", values={"number": "2"})),
    steps=(OPEN,),
)


@pytest.fixture
def dsn(server: Server) -> Iterator[str]:
    """Of a database with one page, whose password is `correct-horse-7Zq`."""
    with server.clone(template="template0") as name:
        with server.owner_connection(name) as owner:
            owner.execute("create table page (number integer)")
            owner.execute("insert into page values (1)")
            owner.execute("create role reader login password 'correct-horse-7Zq'")
            owner.execute("grant select on page to reader")
        database_url = server.settings(name).database_url
        assert database_url is not None
        host = database_url.get_secret_value().rpartition("@")[2]
        yield f"postgresql://reader:correct-horse-7Zq@{host}"
        with server.owner_connection(name) as owner:
            owner.execute("drop owned by reader; drop role reader")


async def test_each_case_has_its_result_and_the_database_is_asked_what_the_page_shows(
    runs: Runs, dsn: str
) -> None:
    suite = Suite(app_url=runs.pages.site.url, seed=1, tests=(TABLE,)).model_dump(mode="json")
    run_id = await runs.start(suite=suite, database=dsn)
    [row] = runs.platform.query("select sealed_secrets, options from qa.run")
    assert row["sealed_secrets"] is not None
    runs.pages.let_go()
    await runs.platform.work()
    report = (await runs.get(f"/api/v1/qa/runs/{run_id}/report")).json()
    results = {test["id"]: test for test in report["tests"]}
    assert results["pages.first"]["status"] == "passed"
    assert results["pages.second"]["category"] == "product_bug"
    assert results["pages.second"]["name"] == "Open a page (second)"
    evidence = results["pages.second"]["evidence"][0]["message"]
    asked = "select * from page where number::text = '2'"
    assert f"the database answers 0 rows, not 1, to: {asked}" in evidence
    kept = (await runs.get(f"/api/v1/qa/runs/{run_id}/suite")).json()
    assert kept["tests"] == suite["tests"], "the table stays a table"
    stored = runs.platform.query("select to_jsonb(r)::text as text from qa.run r") + (
        runs.platform.query("select data::text as text from qa.run_event")
    )
    assert "correct-horse" not in str(stored) + str(report)
    assert runs.platform.query("select 1 from qa.run where sealed_secrets is not null") == []


async def test_a_silent_database_is_no_bug_and_one_that_is_not_given_skips_what_asks_it(
    runs: Runs,
) -> None:
    suite = Suite(app_url=runs.pages.site.url, seed=1, tests=(TABLE,)).model_dump(mode="json")
    for database, status, category, said in (
        (
            "postgresql://ada:correct-horse-7Zq@127.0.0.1:9/notes",
            "failed",
            "environment",
            "the application's database does not answer",
        ),
        (None, "skipped", None, "start the run with --database-env"),
    ):
        run_id = await runs.end(suite=suite, database=database)
        report = (await runs.get(f"/api/v1/qa/runs/{run_id}/report")).json()
        for test in report["tests"]:
            assert (test["status"], test["category"]) == (status, category)
            assert said in str(test["evidence"])
        assert report["status"] == "error"
        assert "correct-horse" not in str(report) + str(runs.events(run_id))


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"database": "mysql://ada:pw@db/notes"}, "qa.database.refused"),
        ({"database": "postgresql:///notes"}, "qa.database.refused"),
        ({"secrets": {"database": "x"}}, "kernel.request.invalid"),
        ({"secrets": {"bob.password": "x"}}, "kernel.request.invalid"),
        ({"goal": "api", "suite": None, "secrets": {"key": "x"}}, "kernel.request.invalid"),
    ],
)
async def test_what_cannot_be_asked_or_named_is_refused_at_once(
    runs: Runs, wanted: dict[str, object], code: str
) -> None:
    answer = await runs.post(**wanted)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert runs.platform.query("select 1 from qa.run") == []
