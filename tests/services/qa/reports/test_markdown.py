from argus.services.qa.outcome import Evidence
from argus.services.qa.reports.markdown import markdown_report
from argus.services.qa.reports.timeline import Timeline
from services.qa.reports.samples import FAILED, FAILING, report_of, timeline_of


def test_the_verdict_stands_first_and_a_failure_tells_how_to_see_it() -> None:
    told = markdown_report(FAILING, timeline_of(FAILING))
    assert told.startswith("# Found 1 product bug and 1 serious finding\n")
    failure = told.index("## Create a book: it appears")
    assert '1. open the list\n2. click link "Add book"' in told[failure:]
    assert "[screenshot](<create-book-s6.png>)" in told
    assert "| failed | Create a book: it appears in its list and survives a reload |" in told
    assert '`role=button "Save"` is now `role=button "Save changes"`' in told


def test_what_the_application_says_stays_text() -> None:
    bad = "a | b\n# c <script> [d](javascript:1) `e` \\"
    evidence = Evidence(kind="x", message=bad, url=bad, screenshot="../a (b).png")
    report = report_of(FAILED.model_copy(update={"name": bad, "evidence": (evidence,)}))
    told = markdown_report(report, Timeline())
    escaped = r"a \| b \# c \<script\> \[d\](javascript:1) \`e\` \\"
    assert told.count(escaped) == 4
    assert told.count("<") == told.count("\\<")
    assert "../a" not in told
