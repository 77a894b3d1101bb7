import pytest

from bench.applications.table import filled_in, markdown
from bench.applications.trial import Red, Run, Trial


def run(*reds: Red, exit_code: int = 0, said: str = "") -> Run:
    return Run(exit_code, "passed", 30, 2, 3, {"passed": 4}, {}, reds, (), said)


def trial(what: str, first: Run, again: Run | None = None) -> Trial:
    return Trial(what.lower(), what, "1", "2", first, again or run(), run())


def test_a_trial_takes_the_place_of_an_earlier_one_of_its_application() -> None:
    document = "Before.\n<!-- trials: begin -->\n<!-- trials: end -->\nAfter.\n"
    document = filled_in(document, [trial("Trac", run()), trial("Pretix", run())])
    document = filled_in(
        document, [trial("Trac", run(Red("Create a page", "it is not there", "")))]
    )
    rows = [line for line in document.splitlines() if line.startswith("| ")]
    assert [row.split(" | ")[0] for row in rows[2:]] == ["| Trac", "| Pretix"]
    assert "Create a page: it is not there (not explained)" in rows[2]
    assert (document.startswith("Before."), document.endswith("After.\n")) == (True, True)


def test_a_document_without_a_place_for_the_table_is_refused() -> None:
    with pytest.raises(ValueError, match="trials: begin"):
        filled_in("# Applications", [])


def test_what_breaks_a_table_is_escaped() -> None:
    found = markdown([trial("Trac", run(Red("a | b", "", "known")))])
    assert r"a \| b:  (known)" in found


def test_a_crash_and_a_red_that_nobody_explained_are_complaints_and_an_explained_one_is_none() -> (
    None
):
    explained, unexplained = Red("a", "b", "it is meant"), Red("c", "d", "")
    assert trial("Trac", run(explained)).complaints == ()
    assert trial("Trac", run(unexplained), run(unexplained)).complaints == ("c: d",)
    assert trial("Trac", run(exit_code=2, said="it ended")).complaints == ("it ended",)
