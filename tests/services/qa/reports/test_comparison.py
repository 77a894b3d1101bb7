from argus.services.qa.oracles.vitals import Vitals
from argus.services.qa.outcome import TestStatus
from argus.services.qa.reports.comparison import compare
from services.qa.reports.samples import FAILED, FINDINGS, HEALED, SKIPPED, passed, report_of


def test_failures_are_new_fixed_or_still_there() -> None:
    repaired = FAILED.model_copy(update={"status": TestStatus.PASSED, "category": None})
    broken = passed(1).model_copy(update={"status": TestStatus.FAILED})
    before = report_of(passed(1), FAILED, SKIPPED, HEALED)
    after = report_of(broken, repaired, SKIPPED, HEALED)
    found = compare(before, after, None, None)
    assert [test.id for test in found.new_failures] == ["t1"]
    assert [test.id for test in found.fixed] == ["create-book"]
    assert [test.id for test in found.still_failing] == ["cancel"], "what did not run did not pass"
    assert found.worse
    assert (found.new_tests, found.lost_tests, found.new_pages, found.lost_pages) == (
        (),
        (),
        None,
        None,
    )
    back = compare(after, before, None, None)
    [again] = back.new_failures
    assert again.reason.startswith("step s6: no row shows")
    assert again.category == "product_bug"


def test_tests_pages_and_findings_that_came_or_went_are_told() -> None:
    before = report_of(passed(1), passed(2), findings=FINDINGS[:1])
    after = report_of(passed(2), passed(3), findings=FINDINGS[1:])
    found = compare(before, after, ["/", "/old"], ["/", "/new"])
    assert [test.id for test in found.new_tests] == ["t3"]
    assert [test.id for test in found.lost_tests] == ["t1"]
    assert (found.new_pages, found.lost_pages) == (("/new",), ("/old",))
    assert found.new_findings == FINDINGS[1:]
    assert found.gone_findings == FINDINGS[:1]
    assert found.worse is any(finding.serious for finding in FINDINGS[1:])


def test_durations_that_changed_a_little_are_no_news() -> None:
    def taking(number: int, ms: int) -> object:
        return passed(number).model_copy(update={"duration_ms": ms})

    before = report_of(*(taking(n, 1000) for n in range(4)))  # type: ignore[arg-type]
    after = report_of(taking(0, 1199), taking(1, 1200), taking(2, 700), taking(3, 3000))  # type: ignore[arg-type]
    found = compare(before, after, None, None)
    assert [(test.id, test.delta_ms) for test in found.durations] == [
        ("t3", 2000),
        ("t1", 200),
        ("t2", -300),
    ]
    assert not found.worse


def test_a_run_compared_with_itself_has_not_changed() -> None:
    report = report_of(passed(1), FAILED, HEALED, findings=FINDINGS)
    found = compare(report, report, ["/"], ["/"])
    assert [test.id for test in found.still_failing] == ["create-book"]
    changed = found.model_dump(exclude={"before", "after", "still_failing"})
    assert not any(changed.values())


def test_pages_that_came_much_later_or_jump_more_are_told_the_slowest_first() -> None:
    def vitals(lcp_ms: int, cls: float = 0.0) -> Vitals:
        return Vitals(lcp_ms=lcp_ms, cls=cls, inp_ms=0)

    before = {
        "/": vitals(400),
        "/slow": vitals(1000),
        "/near": vitals(1000),
        "/jumps": vitals(400, 0.01),
        "/quick": vitals(2000),
        "/gone": vitals(1),
    }
    after = {
        "/": vitals(690),
        "/slow": vitals(1500),
        "/near": vitals(1499),
        "/jumps": vitals(400, 0.06),
        "/quick": vitals(900),
        "/new": vitals(9000),
    }
    report = report_of(passed(1))
    found = compare(report, report, None, None, (), (), before, after)
    assert [(each.page, each.delta_ms) for each in found.vitals] == [
        ("/slow", 500),
        ("/jumps", 0),
        ("/quick", -1100),
    ]
    assert not found.worse
