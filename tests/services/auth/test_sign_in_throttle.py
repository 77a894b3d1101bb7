from datetime import timedelta

import pytest

from argus.services.auth.sign_in_throttle import (
    LONGEST,
    address_subject,
    delay_after,
    named_subject,
)

SECRET = b"s" * 32


def test_the_wait_starts_after_the_free_attempts_and_doubles_up_to_a_bound() -> None:
    waits = [delay_after(attempts, free=5).total_seconds() for attempts in range(1, 10)]
    assert waits == [0, 0, 0, 0, 1, 2, 4, 8, 16]
    assert delay_after(1_000_000, free=5) == LONGEST == timedelta(minutes=15)


def test_an_ipv6_client_cannot_escape_within_its_network() -> None:
    here = address_subject(SECRET, "2001:db8:1:2::1")
    assert address_subject(SECRET, "2001:db8:1:2:ffff::9") == here
    assert address_subject(SECRET, "2001:db8:1:3::1") != here


@pytest.mark.parametrize("address", ["192.0.2.1", "", "unix"])
def test_every_other_address_stands_for_itself(address: str) -> None:
    assert address_subject(SECRET, address) != address_subject(SECRET, "192.0.2.2")


def test_subjects_are_keyed_and_of_their_kind() -> None:
    ada = named_subject(SECRET, "account", "Ada@example.com")
    assert named_subject(SECRET, "account", "ada@EXAMPLE.com") == ada
    for same in (
        " ada@example.com",
        "ada@example.com\t",
        "\uff41da@example.com",
        "ad\u200ba@example.com",
    ):
        assert named_subject(SECRET, "account", same) == ada
    assert named_subject(SECRET, "mails", "ada@example.com") != ada
    assert named_subject(SECRET, "address", "x") != address_subject(b"t" * 32, "x")
    assert named_subject(b"t" * 32, "account", "ada@example.com") != ada
