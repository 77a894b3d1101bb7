from decimal import Decimal

import pytest

from argus.services.qa.browser.figures import Figures, List
from argus.services.qa.execution.arithmetic import (
    counts,
    number,
    products,
    same_value,
    totals,
    words,
    wrong_count,
    wrong_product,
    wrong_total,
)

HEADS = ("Product", "Price", "Quantity", "Amount")


def page(
    *rows: str, heads: tuple[str, ...] = (), labels: tuple[str, ...] = (), partial: bool = False
) -> Figures:
    """One list of rows, whose cells are parted by bars."""
    listed = List(heads=heads, rows=tuple(tuple(row.split("|")) for row in rows))
    return Figures(lists=(listed,) if rows else (), labels=labels, links=(), partial=partial)


CART = page("Candles|3.50|2|7.00", "Tea|4.25|1|4.25", "Total|11.25", heads=HEADS)
BOOKINGS = ("Irene|Attic, 2 nights|120 EUR", "Tomas|Tower, 1 night|95 EUR")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *(("1,234.50", "1234.50"), ("1.234,50", "1234.50"), ("1,234", "1234"), ("12,5", "12.5")),
        *(("EUR 5.", "5"), ("\N{MINUS SIGN}3", "-3"), ("1\u00a0234,00 kr", "1234.00")),
        *(("2026-01-05", None), ("555 0101", None), ("1.2.3,4.5", None), ("none", None)),
    ],
)
def test_a_text_with_one_number_is_that_number(text: str, expected: str | None) -> None:
    assert number(text) == (None if expected is None else Decimal(expected))


def test_a_label_is_what_is_left_without_number_and_punctuation() -> None:
    assert words("Total: 1,240.50 EUR") == "total eur"


def test_a_row_of_totals_adds_up_the_columns_above_it() -> None:
    assert totals(CART) == ["total"]
    assert wrong_total(CART, "total") == ""
    one_left_out = page("Candles|3.50|2|7.00", "Tea|4.25|1|4.25", "Total|7.00", heads=HEADS)
    assert "11.25" in wrong_total(one_left_out, "total")


def test_a_total_beside_a_list_adds_up_one_of_its_columns() -> None:
    right = page(*BOOKINGS, labels=("Total: 215 EUR", "Since 2 days"))
    assert totals(right) == ["total eur"]
    assert wrong_total(page(*BOOKINGS, labels=("Total: 120 EUR",)), "total eur")


def test_one_number_proves_no_total_but_a_known_total_must_equal_it() -> None:
    one = page(BOOKINGS[0], labels=("Total: 120 EUR",))
    assert totals(one) == []
    assert wrong_total(one, "total eur") == ""
    assert wrong_total(page(BOOKINGS[0], labels=("Total: 215 EUR",)), "total eur")


def test_rounded_numbers_may_add_up_to_another_last_digit() -> None:
    rounded = page("a|0.33", "b|0.33", "c|0.33", "Total|1.00")
    assert wrong_total(rounded, "total") == ""
    assert wrong_total(page("a|0.33", "b|0.33", "c|0.33", "Total|1.02"), "total")


@pytest.mark.parametrize(
    "nothing_to_compare",
    [
        page(labels=("Total: 0 EUR",)),
        page(*BOOKINGS),
        page(*BOOKINGS, labels=("Total: 1 EUR", "Total: 999 EUR")),
    ],
)
def test_where_there_is_nothing_to_compare_nothing_is_wrong(nothing_to_compare: Figures) -> None:
    assert wrong_total(nothing_to_compare, "total eur") == ""


def test_a_number_of_rows_is_found_and_held_to() -> None:
    three = page("Ada", "Grace", "Mary", labels=("3 contacts", "7 days"))
    assert counts(three) == {"contacts": 3}
    assert wrong_count(three, "contacts") == ""
    assert wrong_count(page("Ada", "Grace", labels=("3 contacts",)), "contacts")
    part = page("Ada", "Grace", labels=("3 contacts",), partial=True)
    assert wrong_count(part, "contacts") == ""


def test_an_amount_is_the_product_of_two_columns_in_every_row() -> None:
    assert products(CART) == ["Amount"]
    assert wrong_product(CART, "Amount") == ""
    without_quantity = page("Candles|3.50|2|3.50", "Tea|4.25|1|4.25", heads=HEADS)
    assert products(without_quantity) == []
    assert wrong_product(without_quantity, "Amount")


def test_products_of_nothing_but_0_and_1_prove_nothing() -> None:
    assert products(page("Tea|4.25|1|4.25", heads=HEADS)) == []


def test_a_number_is_the_same_however_it_is_written() -> None:
    assert same_value("12.0", "12")
    assert same_value("Ada", "Ada")
    assert not same_value("12.5", "12")
    assert not same_value("0012 a", "12 a")
