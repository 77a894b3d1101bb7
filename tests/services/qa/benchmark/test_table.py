"""The document keeps its text, and the figures of benchmarks that were not run."""

import pytest

from argus.services.qa.benchmark.figures import Figure, Measures, Target
from argus.services.qa.benchmark.table import FiguresHaveNoPlace, cells, filled_in, markdown

DOCUMENT = "# Quality\n<!-- figures: begin -->\n<!-- figures: end -->\nAnd more.\n"


def figure(benchmark: str, count: int) -> Figure:
    return Measures(benchmark, seed=3).share("caught", count, 10, "bugs", Target(at_least=0.7))


def test_a_row_says_value_interval_target_sample_seed_and_whether_it_is_met() -> None:
    assert cells(figure("B5", 8)) == (
        *("B5", "caught", "80.0%", "49.0% to 94.3%", "≥ 70.0%", "met", "8 of 10 bugs", "3"),
    )
    assert "MISSED" in cells(figure("B5", 6))


def test_what_was_not_measured_says_why() -> None:
    row = cells(Measures("B14", seed=3).unmeasured("faults", "no time"))
    assert row == ("B14", "faults", "", "", "", "", "not measured: no time", "3")


def test_new_figures_replace_those_of_their_benchmark_and_no_others() -> None:
    first = filled_in(DOCUMENT, [figure("B5", 8), figure("B13", 9)])
    second = filled_in(first, [figure("B5", 6), figure("B6", 7)])
    assert second.startswith("# Quality\n<!-- figures: begin -->\n")
    assert second.endswith("<!-- figures: end -->\nAnd more.\n")
    expected = markdown([figure("B5", 6), figure("B6", 7), figure("B13", 9)])
    assert expected in second
    assert "80.0%" not in second
    assert filled_in(second, []) == second


def test_a_document_without_a_place_for_figures_is_refused() -> None:
    with pytest.raises(FiguresHaveNoPlace):
        filled_in("# Quality\n", [])
