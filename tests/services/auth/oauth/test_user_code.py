import pytest

from argus.services.auth.oauth.user_code import ALPHABET, new_user_code, normalize, shown


def test_a_code_is_shown_in_two_halves_and_read_back() -> None:
    code = new_user_code()
    assert len(code) == 8
    assert set(code) <= set(ALPHABET)
    assert normalize(shown(code)) == code


@pytest.mark.requirement("rfc8628:6.1:user-code-form")
@pytest.mark.parametrize("typed", ["wdjb-mjht", "WDJB MJHT", " wdjbmjht ", "W-D-J-B-M-J-H-T"])
def test_it_does_not_matter_how_a_code_is_typed(typed: str) -> None:
    assert normalize(typed) == "WDJBMJHT"


@pytest.mark.parametrize("typed", ["", "WDJB-MJH", "WDJB-MJHTT", "WDJB-MJHA", "WDJB-MJH1"])
def test_what_cannot_be_a_code_is_none(typed: str) -> None:
    assert normalize(typed) is None
