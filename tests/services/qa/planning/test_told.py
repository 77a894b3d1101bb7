from typing import Any

import pytest

from argus.services.qa.discovery.site import FieldKind
from argus.services.qa.planning.told import within_bounds


@pytest.mark.parametrize(
    ("complaint", "expected"),
    [
        ("The code has 2 to 5 characters.", (2, 5)),
        ("Code: at most 8 characters", (0, 8)),
        ("The code must be at least 3 characters long", (3, 0)),
        ("Code must be exactly 4 letters", (4, 4)),
        ("Ensure this code has at most 20 characters (it has 23).", (0, 20)),
    ],
)
def test_a_complaint_bounds_the_length_of_the_text_that_it_names(
    build: Any, complaint: str, expected: tuple[int, int]
) -> None:
    form = build.form(build.field("Name"), build.field("Code"))
    bounded = within_bounds(form, complaint)
    assert bounded is not None
    name, code = bounded.fields
    assert name == form.fields[0]
    assert (code.min_length, code.max_length) == expected


def test_a_complaint_that_names_no_field_bounds_all_that_it_may_be_about(build: Any) -> None:
    form = build.form(
        build.field("Name"),
        build.field("Notes", max_length=9),
        build.field("Age", FieldKind.NUMBER),
    )
    bounded = within_bounds(form, "At most 40 characters.")
    assert bounded is not None
    assert [each.max_length for each in bounded.fields] == [40, 9, 0]


def test_a_number_is_bounded_within_what_the_page_says(build: Any) -> None:
    form = build.form(build.field("Weekly hours", FieldKind.NUMBER, min="0.5"))
    bounded = within_bounds(form, "Weekly hours must be between 0 and 60.")
    assert bounded is not None
    assert (bounded.fields[0].min, bounded.fields[0].max) == ("0.5", "60")


@pytest.mark.parametrize("complaint", ["This is taken.", "Code: at most 8 characters"])
def test_what_says_nothing_new_bounds_nothing(build: Any, complaint: str) -> None:
    assert within_bounds(build.form(build.field("Code", max_length=8)), complaint) is None


def test_bounds_that_contradict_the_page_are_passed_over(build: Any) -> None:
    form = build.form(build.field("Code", min_length=6))
    assert within_bounds(form, "The code has 2 to 5 characters.") is None
