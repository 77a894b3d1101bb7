import pytest

from argus.services.qa.triage.rewording import says_the_same


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Leads", "All leads"),
        ("Projects", "Project overview"),
        ("New lead", "Create a lead"),
        ("Sales leads (6)", "Leads"),
        ("Réservations", "Mes réservations"),
    ],
)
def test_a_heading_that_has_all_words_of_another_says_the_same(one: str, other: str) -> None:
    assert says_the_same(one, other)
    assert says_the_same(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Open tickets", "Closed tickets"),
        ("New lead", "Edit lead"),
        ("Projects", "Archive"),
        ("Projects", ""),
        ("My page", "Not found"),
    ],
)
def test_another_heading_says_something_else(one: str, other: str) -> None:
    assert not says_the_same(one, other)
    assert not says_the_same(other, one)
