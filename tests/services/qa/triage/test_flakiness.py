"""What the past of a test says of it; outcomes are written newest first, one letter each."""

import pytest

from argus.services.qa.outcome import Category, TestStatus
from argus.services.qa.triage.flakiness import FlakyDetector, Outcome, Steadiness, record_of

LETTERS = {
    "p": Outcome(status=TestStatus.PASSED),
    "h": Outcome(status=TestStatus.PASSED_HEALED, category=Category.LOCATOR_BREAK),
    "F": Outcome(status=TestStatus.FAILED, category=Category.PRODUCT_BUG),
    "~": Outcome(status=TestStatus.FLAKY, category=Category.FLAKE),
    "s": Outcome(status=TestStatus.SKIPPED),
    "e": Outcome(status=TestStatus.FAILED, category=Category.ENVIRONMENT),
    "d": Outcome(status=TestStatus.FAILED, category=Category.DATA),
}


def past(letters: str) -> list[Outcome]:
    return [LETTERS[letter] for letter in letters]


@pytest.mark.parametrize(
    ("letters", "steadiness"),
    [
        ("", Steadiness.HEALTHY),
        ("pppppppppp", Steadiness.HEALTHY),
        ("Fppppppppp", Steadiness.HEALTHY),
        ("FFpppppppp", Steadiness.HEALTHY),
        ("ppppppppFF", Steadiness.HEALTHY),
        ("FFFppppppp", Steadiness.BROKEN),
        ("~~~ppppppp", Steadiness.FLAKY),
        ("pFpppppppp", Steadiness.SUSPECT),
        ("p~pppppppp", Steadiness.SUSPECT),
        ("pFpFpFpppp", Steadiness.FLAKY),
        ("p~p~ph~ppp", Steadiness.FLAKY),
        ("pppppppppppppppppppppppFpFpFp", Steadiness.SUSPECT),
    ],
)
def test_a_test_that_contradicts_itself_is_unsteady_and_one_that_always_fails_is_not(
    letters: str, steadiness: Steadiness
) -> None:
    assert record_of(past(letters)).steadiness is steadiness


def test_what_the_environment_did_and_what_did_not_run_says_nothing() -> None:
    assert record_of(past("epFsdp")) == record_of(past("pFp"))


def test_an_old_contradiction_counts_less_than_a_new_one() -> None:
    old, new = record_of(past("ppppppppFp")), record_of(past("pFpppppppp"))
    assert old.probability < new.probability
    assert new.probability == pytest.approx((1 + 0.9) / (20 + 6.5132), abs=1e-3)


async def test_the_detector_gives_figures_and_words() -> None:
    found = await FlakyDetector().work({"a": past("pFpFpFp"), "b": past("FFFp"), "c": []}, 1)
    assert found.keys() == {"a", "b"}
    assert (found["a"].runs, found["a"].failures, found["a"].failing) == (7, 3, 0.4286)
    assert str(found["a"]).startswith("it failed in 3 of its last 7 runs, now and then: ")
    assert str(found["b"]) == "it failed in 3 of its last 4 runs, lately each time"
