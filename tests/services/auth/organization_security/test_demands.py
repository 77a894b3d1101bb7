"""What an organization demands is measured without a look at anything else."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from argus.kernel.errors import ArgusError
from argus.services.auth.organization_security.demands import Demands, Entry
from argus.services.auth.organization_security.errors import (
    AddressNotAllowed,
    EmailDomainNotAllowed,
    MfaRequired,
    SessionTooOld,
    SignInMethodNotAllowed,
)

ADA = Entry(
    method="password",
    strength=("pwd",),
    email="ada@Example.com",
    address="192.0.2.7",
    age=timedelta(hours=2),
    idle=timedelta(minutes=5),
)
NOW = datetime(2030, 1, 1, tzinfo=UTC)


def test_nothing_demanded_lets_everybody_in() -> None:
    assert Demands().refusal_of(ADA) is None
    assert Demands().refusal_of_address("") is None


@pytest.mark.parametrize(
    ("demanded", "error", "mended"),
    [
        ({"mfa_required": True}, MfaRequired, {"strength": ("pwd", "otp", "mfa")}),
        ({"sign_in_methods": ("passkey",)}, SignInMethodNotAllowed, {"method": "passkey"}),
        ({"email_domains": ("example.org",)}, EmailDomainNotAllowed, {"email": "a@example.org"}),
        ({"email_domains": ("le.com",)}, EmailDomainNotAllowed, {"email": "a@LE.com"}),
        ({"session_life": timedelta(hours=2)}, SessionTooOld, {"age": timedelta(minutes=119)}),
        ({"session_idle": timedelta(minutes=5)}, SessionTooOld, {"idle": timedelta(0)}),
        ({"address_ranges": ("198.51.100.0/24",)}, AddressNotAllowed, {"address": "198.51.100.9"}),
    ],
)
def test_each_demand_refuses_who_does_not_fulfil_it(
    demanded: dict[str, Any], error: type[ArgusError], mended: dict[str, Any]
) -> None:
    demands = Demands(**demanded)
    assert isinstance(demands.refusal_of(ADA), error)
    assert demands.refusal_of(replace(ADA, **mended)) is None


@pytest.mark.parametrize("address", ["", "unix", "192.0.3.1", "2001:db8:1::1", "::ffff:192.0.3.1"])
def test_an_address_outside_of_the_ranges_or_none_at_all_is_refused(address: str) -> None:
    demands = Demands(address_ranges=("192.0.2.0/24", "2001:db8::/48"))
    assert isinstance(demands.refusal_of_address(address), AddressNotAllowed)


@pytest.mark.parametrize("address", ["192.0.2.255", "2001:db8::7", "::ffff:192.0.2.1"])
def test_an_address_within_one_of_the_ranges_is_let_in(address: str) -> None:
    demands = Demands(address_ranges=("192.0.2.0/24", "2001:db8::/48"))
    assert demands.refusal_of_address(address) is None


def test_sessions_and_keys_end_at_the_earlier_of_their_own_and_the_organizations_end() -> None:
    later, sooner = NOW + timedelta(days=30), NOW + timedelta(hours=1)
    demands = Demands(session_life=timedelta(days=1), api_key_life=timedelta(days=1))
    assert demands.end_of_session(NOW, later) == NOW + timedelta(days=1)
    assert demands.end_of_session(NOW, sooner) == sooner
    assert Demands().end_of_session(NOW, later) == later
    assert demands.end_of_key(NOW, later) == NOW + timedelta(days=1)
    assert demands.end_of_key(NOW, sooner) == sooner
    assert demands.end_of_key(NOW, None) == NOW + timedelta(days=1)
    assert Demands().end_of_key(NOW, None) is None
