"""Which addresses count as one place."""

import pytest

from argus.services.auth.notices.networks import is_same_network


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.254", True),
        ("192.0.2.1", "192.0.3.1", False),
        ("2001:db8:1::1", "2001:db8:1:ffff::2", True),
        ("2001:db8:1::1", "2001:db8:2::1", False),
        ("192.0.2.1", "2001:db8::1", False),
        ("", "", True),
        ("", "192.0.2.1", False),
    ],
)
def test_a_place_keeps_its_network(one: str, other: str, same: bool) -> None:
    assert is_same_network(one, other) is same
    assert is_same_network(other, one) is same
