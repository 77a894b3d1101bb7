"""A command line signs a person in."""

import threading

import pytest

from argus_client import ConfigurationError, DeviceFlow, LoginRefused, PlatformRefused
from argus_client.fake_argus import FakeArgus
from client_support import MovableClocks

TOKEN = "POST /oauth/token"
PENDING = (400, {"error": "authorization_pending"})


def test_a_person_who_confirms_is_signed_in(argus_issuer: FakeArgus) -> None:
    flow = DeviceFlow(argus_issuer.url)
    login = flow.begin()
    assert login.user_code in login.verification_uri_complete
    argus_issuer.instead[TOKEN] = [PENDING, PENDING, (503, {})]
    tokens = flow.wait(login)
    assert argus_issuer.asked.count(TOKEN) == 4
    assert tokens.access_token
    assert tokens.access_token not in repr(tokens)
    renewed = flow.renew(tokens)
    assert renewed.refresh_token not in (None, tokens.refresh_token)
    flow.close()


@pytest.mark.parametrize(
    ("error", "said"), [("access_denied", "refused"), ("expired_token", "in time")]
)
def test_a_person_who_does_not_is_not(argus_issuer: FakeArgus, error: str, said: str) -> None:
    flow = DeviceFlow(argus_issuer.url)
    argus_issuer.instead[TOKEN] = [PENDING, (400, {"error": error})]
    with pytest.raises(LoginRefused, match=said):
        flow.wait(flow.begin())
    flow.close()


def test_a_mistake_of_the_program_is_told_as_one(argus_issuer: FakeArgus) -> None:
    flow = DeviceFlow(argus_issuer.url)
    argus_issuer.instead[TOKEN] = [(400, {"error": "unauthorized_client"})]
    with pytest.raises(PlatformRefused, match="unauthorized_client"):
        flow.wait(flow.begin())
    flow.close()


def test_tokens_that_are_spent_ask_for_a_new_login(argus_issuer: FakeArgus) -> None:
    flow = DeviceFlow(argus_issuer.url)
    tokens = flow.wait(flow.begin())
    argus_issuer.instead[TOKEN] = [(400, {"error": "invalid_grant"})]
    with pytest.raises(LoginRefused, match="invalid_grant"):
        flow.renew(tokens)
    flow.close()


def test_waiting_ends_with_the_code_or_when_it_is_cancelled(
    argus_issuer: FakeArgus, clocks: MovableClocks
) -> None:
    flow = DeviceFlow(argus_issuer.url, wall=clocks.wall)
    login, cancelled = flow.begin(), threading.Event()
    cancelled.set()
    with pytest.raises(LoginRefused, match="cancelled"):
        flow.wait(login, cancelled=cancelled)
    clocks.wall_ahead = 601
    with pytest.raises(LoginRefused, match="in time"):
        flow.wait(login)
    assert TOKEN not in argus_issuer.asked
    flow.close()


def test_codes_do_not_go_in_clear() -> None:
    with pytest.raises(ConfigurationError):
        DeviceFlow("http://argus.example")
