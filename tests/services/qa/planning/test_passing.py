import pytest

from argus.services.qa.planning.passing import is_passing


@pytest.mark.parametrize("text", ["Good morning, Ada", "Hi there", "just now", "Due today"])
def test_a_greeting_and_the_present_moment_pass(text: str) -> None:
    assert is_passing(text)


@pytest.mark.parametrize("text", ["Invoices", "Knowledge", "Goods", "Chicago", "This is history"])
def test_other_words_last(text: str) -> None:
    assert not is_passing(text)
