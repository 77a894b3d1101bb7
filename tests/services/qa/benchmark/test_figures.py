"""Intervals, F1 and targets, against values that were computed by hand or published."""

import pytest

from argus.services.qa.benchmark.figures import (
    Measures,
    Target,
    bootstrap,
    confusion,
    f1,
    macro_f1,
    wilson,
)

PAIRS = [("bug", "bug"), ("bug", "flake"), ("flake", "flake"), ("flake", "flake")]


def test_wilson_widens_with_a_smaller_sample_and_never_leaves_zero_to_one() -> None:
    assert wilson(8, 10) == pytest.approx((0.8, 0.4902, 0.9433), abs=1e-4)
    assert wilson(0, 10)[:2] == (0, 0)
    assert wilson(10, 10)[2] == 1
    assert wilson(0, 10)[2] > wilson(0, 1000)[2] > 0


def test_a_bootstrap_interval_holds_the_value_and_is_the_same_for_a_seed() -> None:
    cases = [0.0, 1.0] * 20

    def mean(drawn: object) -> float:
        values = list(drawn)  # pyright: ignore[reportArgumentType, reportUnknownVariableType, reportCallIssue]
        return sum(values) / len(values)

    low, high = bootstrap(cases, mean, 1)
    assert 0.3 < low < 0.5 < high < 0.7
    assert (low, high) == bootstrap(cases, mean, 1)


def test_f1_is_the_harmonic_mean_of_precision_and_recall() -> None:
    assert f1(found=6, wrong=2, missed=4) == pytest.approx(2 * 0.75 * 0.6 / (0.75 + 0.6))
    assert f1(0, 0, 0) == 1


def test_macro_f1_weighs_each_true_class_alike() -> None:
    assert macro_f1(PAIRS) == pytest.approx((2 / 3 + 4 / 5) / 2)


def test_a_confusion_names_what_each_class_was_taken_for() -> None:
    assert confusion(PAIRS) == {"bug": {"bug": 1, "flake": 1}, "flake": {"bug": 0, "flake": 2}}


def test_a_target_is_met_by_the_value_and_by_nothing_where_nothing_was_measured() -> None:
    measures = Measures("B5", seed=1)
    aim = Target(at_least=0.7)
    assert measures.share("caught", 7, 10, "bugs", aim).met is True
    assert measures.share("caught", 6, 10, "bugs", aim).met is False
    assert measures.share("caught", 0, 0, "bugs", aim).met is None
    assert measures.share("caught", 7, 10, "bugs").met is None
    assert Target(at_most=0).met_by(0)
    assert not Target(at_most=0).met_by(0.01)
