import pytest

from argus.services.qa.browser.figures import Figures, List
from argus.services.qa.execution.order import out_of_order, sortable

IN_ORDER = (
    ("9.00", "10.00", "100.00"),
    ("1,200", "640", "75"),
    ("2026-03-09", "2026-03-10", "2027-01-01"),
    ("anna", "Bert", "carl"),
    ("Bert", "Carl", "anna"),
    ("12 kg", "", "30 kg"),
    ("#1", "a2", "B3"),
    (),
)
OUT_OF_ORDER = (
    ("10.00", "100.00", "9.00"),
    ("2026-03-10", "2026-03-09", "2027-01-01"),
    ("Bert", "anna", "Carl"),
)


def column(*cells: str) -> Figures:
    rows = (*((cell, "x") for cell in cells), ("Total", "1"))
    listed = List(heads=("Due \N{BLACK UP-POINTING TRIANGLE}", "Other"), rows=rows)
    return Figures(lists=(listed,), labels=(), links=(), partial=False)


@pytest.mark.parametrize("cells", IN_ORDER)
def test_a_column_may_rise_or_fall_by_what_it_holds(cells: tuple[str, ...]) -> None:
    assert out_of_order(column(*cells), "due") == ""


@pytest.mark.parametrize("cells", OUT_OF_ORDER)
def test_a_column_that_does_neither_is_out_of_order(cells: tuple[str, ...]) -> None:
    assert cells[0] in out_of_order(column(*cells), "due")


def test_only_three_different_values_tell_an_order() -> None:
    assert sortable(column("1", "2", "3")) == ["due"]
    assert sortable(column("1", "2", "2")) == []


def test_a_page_without_the_column_is_in_order() -> None:
    assert out_of_order(column("2", "1", "3"), "age") == ""
