"""A ticket is good for the very request that it was made for."""

from datetime import UTC, datetime, timedelta

import pytest

from argus.kernel.crypto import Keyring
from argus.services.auth.oauth.return_ticket import LIFE, PARAMETER, ReturnTickets

NOW = datetime(2030, 1, 1, tzinfo=UTC)
REQUEST = [("client_id", "app"), ("state", "a b"), ("prompt", "login")]
TICKETS = ReturnTickets(Keyring([bytes(32)]))


def test_a_ticket_says_when_the_request_was_here_first() -> None:
    assert TICKETS.read(TICKETS.add(REQUEST, NOW), NOW + LIFE) == NOW


def test_a_ticket_is_not_good_for_ever() -> None:
    late = NOW + LIFE + timedelta(seconds=1)
    assert TICKETS.read(TICKETS.add(REQUEST, NOW), late) is None


@pytest.mark.parametrize(
    "sent",
    [
        [],
        REQUEST,
        [*REQUEST, (PARAMETER, "")],
        [*REQUEST, (PARAMETER, NOW.isoformat())],
        [*REQUEST, (PARAMETER, f"{NOW.isoformat()} {'é' * 64}")],
        [*REQUEST[:2], TICKETS.add(REQUEST, NOW)[-1]],
        [*TICKETS.add(REQUEST, NOW), ("prompt", "none")],
        ReturnTickets(Keyring([b"1" * 32])).add(REQUEST, NOW),
    ],
)
def test_nothing_else_is_one(sent: list[tuple[str, str]]) -> None:
    assert TICKETS.read(sent, NOW) is None
