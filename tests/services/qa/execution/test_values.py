import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argus.services.qa.execution.values import WORDS, make_values
from argus.services.qa.ir import Variable, VariableKind
from argus.services.qa.planning.controls import Purpose, confirms, purpose
from argus.services.qa.safety import may_click, may_make
from argus.services.qa.target import Fingerprint
from argus.services.qa.templates import fill_in, templated


def make(variable: Variable, nonce: str = "n") -> str:
    return make_values({"x": variable}, 1, nonce)["x"]


def test_the_same_execution_gets_the_same_values_and_another_one_new_unique_ones() -> None:
    variables = {
        "title": Variable(kind=VariableKind.TEXT, unique=True),
        "colour": Variable(kind=VariableKind.TEXT),
    }
    first, again, other = (make_values(variables, 1, nonce) for nonce in ("a", "a", "b"))
    assert first == again
    assert first["title"] != other["title"]
    assert first["colour"] == other["colour"]


def test_no_text_reads_like_a_control() -> None:
    for word in WORDS:
        shown = Fingerprint(tag="a", role="link", name=f"{word.capitalize()} abcdef")
        assert purpose(shown) is Purpose.OTHER, word
        assert not confirms(shown), word
        assert may_click(word, ""), word
        assert not may_make(word, ""), word


@given(
    kind=st.sampled_from([VariableKind.TEXT, VariableKind.PASSWORD]),
    unique=st.booleans(),
    shortest=st.integers(0, 30),
    room=st.integers(0, 40),
    nonce=st.text(min_size=1),
)
def test_lengths_are_honoured(kind, unique: bool, shortest: int, room: int, nonce: str) -> None:
    longest = max(1, shortest + room)
    value = make(Variable(kind=kind, unique=unique, min_length=shortest, max_length=longest), nonce)
    assert shortest <= len(value) <= longest
    assert value == value.strip()


@pytest.mark.parametrize(("low", "high"), [("5", "7"), ("", "3"), ("10", ""), ("0.1", "0.9")])
def test_numbers_lie_between_their_limits(low: str, high: str) -> None:
    value = float(make(Variable(kind=VariableKind.NUMBER, min=low, max=high)))
    assert float(low or value) <= value <= float(high or value)


@pytest.mark.parametrize(
    ("kind", "low", "high"),
    [
        (VariableKind.DATE, "2026-03-01", "2026-03-02"),
        (VariableKind.DATETIME, "2026-03-01T10:00", "2026-03-01T10:05"),
        (VariableKind.TIME, "09:00", "09:05"),
    ],
)
def test_dates_and_times_lie_between_their_limits(kind, low: str, high: str) -> None:
    assert low <= make(Variable(kind=kind, min=low, max=high)) <= high


@pytest.mark.parametrize("pattern", [r"[A-Z]{2}-\d{4}", r"\+?[0-9]{6,10}", r"(red|blue)"])
def test_a_pattern_is_matched(pattern: str) -> None:
    assert re.fullmatch(pattern, make(Variable(kind=VariableKind.TEXT, pattern=pattern)))


@pytest.mark.parametrize(
    ("kind", "form"),
    [
        (VariableKind.EMAIL, r"[\w.]+@example\.com"),
        (VariableKind.URL, r"https://example\.com/\w+"),
        (VariableKind.PHONE, r"\+1415555\d{4}"),
        (VariableKind.COLOR, r"#[0-9a-f]{6}"),
    ],
)
def test_values_have_the_form_of_their_kind(kind: VariableKind, form: str) -> None:
    assert re.fullmatch(form, make(Variable(kind=kind, unique=True)))


def test_templates_are_filled_and_unknown_references_stay() -> None:
    assert fill_in("${a} of ${b}", {"a": "1"}) == "1 of ${b}"


def test_the_longest_value_is_taken_out_first_and_short_ones_never() -> None:
    values = {"part": "Walk", "all": "Walk the dog", "tiny": "a"}
    assert templated("Walk the dog today", values) == "${all} today"


@pytest.mark.parametrize(
    "pattern",
    ["(((((a*)*)*)*)*)*", "[a-z]{120}", r"\p{L}+", "(", "a++", r"(?(1)a|b)", "(" * 999 + ")" * 999],
)
def test_a_pattern_that_cannot_be_followed_is_passed_over(pattern: str) -> None:
    text = make(Variable(kind=VariableKind.TEXT, pattern=pattern))
    assert text == make(Variable(kind=VariableKind.TEXT))


@pytest.mark.parametrize("limit", ["today", "1e999", "9999-99-99"])
@pytest.mark.parametrize("kind", ["number", "date", "time", "datetime"])
def test_limits_that_are_none_are_passed_over(kind: str, limit: str) -> None:
    plain = make(Variable(kind=VariableKind(kind)))
    for low, high in ((limit, ""), ("", limit), (limit, limit)):
        assert make(Variable(kind=VariableKind(kind), min=low, max=high)) == plain


def test_no_page_has_texts_made_that_fill_the_memory() -> None:
    text = make(Variable(kind=VariableKind.TEXT, min_length=10**9, max_length=10**9))
    assert len(text) == 5_000
