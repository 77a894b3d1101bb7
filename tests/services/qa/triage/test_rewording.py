import pytest

from argus.services.qa.triage.rewording import says_the_same


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Project", "Projects"),
        ("Paid invoices", "Invoices, paid"),
        ("Add a lead", "Add lead"),
        ("Leads (6)", "Leads"),
        ("Leads (1,206)", "Leads (7)"),
        ("MES RÉSERVATIONS", "Mes réservations"),
    ],
)
def test_the_same_words_in_another_order_or_inflection_say_the_same(one: str, other: str) -> None:
    assert says_the_same(one, other)
    assert says_the_same(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Orders", "Order not found"),
        ("Users", "No such user"),
        ("Paid invoices", "Invoices"),
        ("My orders", "All orders"),
        ("My orders", "Orders"),
        ("Q3 report", "Q2 report"),
        ("Report 2024", "Report 2025"),
        ("New book", "Books"),
        ("Messages from Ada", "Messages to Ada"),
        ("Open tickets", "Closed tickets"),
        ("New lead", "Edit lead"),
        ("Projects", ""),
        ("", ""),
    ],
)
def test_another_heading_says_something_else(one: str, other: str) -> None:
    assert not says_the_same(one, other)
    assert not says_the_same(other, one)
