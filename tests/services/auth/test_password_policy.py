import pytest

from argus.services.auth.password_policy import MAX_LENGTH, weakness

GOOD = "correct horse battery staple"


def test_words_in_a_row_are_a_good_password_whatever_characters_they_are_of() -> None:
    assert weakness(GOOD) is None
    assert weakness("großmutters apfelkuchen") is None
    assert weakness("七つの海を渡る小さな船が見える") is None


@pytest.mark.parametrize(
    "password",
    [
        "password1234",
        "Password!2024!!",
        "P@ssw0rd123456",
        "1234welcome!!",
        "correcthorsebatterystaple",
    ],
)
def test_a_common_password_is_refused_however_it_is_lengthened(password: str) -> None:
    assert weakness(password) == "it is among the most common ones"


@pytest.mark.parametrize(
    "password",
    ["aaaaaaaaaaaa", "abc1abc1abc1", "123456789012", "qwertyuiopas", "lkjhgfdsapoiu"],
)
def test_a_repetition_and_a_stretch_of_the_keyboard_are_refused(password: str) -> None:
    assert weakness(password) == "it is a pattern that is guessed first"


def test_length_is_counted_after_normalization_in_characters() -> None:
    assert weakness("x y z w v 1") == "it has fewer than 12 characters"
    assert weakness("eleven" + "ﬃ" + "more") is None, "the ligature counts as three"
    assert weakness("abcdefghij e" * 9 + "\u0301" * 24) == "it has more than 128 characters"
    longest = "".join(chr(ord("a") + number * number % 23) for number in range(MAX_LENGTH - 5))
    assert weakness(f"hello{longest}") is None
    assert weakness(f"hello{longest}!") == "it has more than 128 characters"


def test_ones_own_address_or_name_is_no_password() -> None:
    why = "it is little more than your name or address"
    assert weakness("ada.lovelace1815", ["ada.lovelace@example.com"]) == why
    assert weakness("!!Ada Lovelace!!", ["a@example.com", "Ada Lovelace"]) == why
    assert weakness("ada.lovelace computes", ["ada.lovelace@example.com"]) is None
