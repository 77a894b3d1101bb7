"""Authorization requests are read strictly, and judged in the words of RFC 6749 and OIDC."""

import json
from datetime import timedelta

import pytest

from argus.services.auth.oauth.authorization_request import (
    AuthorizationRefused,
    AuthorizationRequest,
    parse,
    read,
)

CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
REDIRECT_URI = "https://app.example/callback"
GOOD = {
    "client_id": "app",
    "redirect_uri": REDIRECT_URI,
    "response_type": "code",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}


def request(**changes: str | None) -> AuthorizationRequest:
    sent = {**GOOD, **changes}
    return parse(read([(name, value or "") for name, value in sent.items()]), REDIRECT_URI)


def error(*more: tuple[str, str], **changes: str | None) -> str:
    sent = [(name, value) for name, value in {**GOOD, **changes}.items() if value is not None]
    with pytest.raises(AuthorizationRefused) as refused:
        parse(read([*sent, *more]), REDIRECT_URI)
    return refused.value.error


def test_a_request_says_what_it_asks_for() -> None:
    asked = request(
        scope="openid  profile openid", prompt="login consent", max_age="60", acr_values="a b"
    )
    assert asked.scopes == ("openid", "profile")
    assert asked.prompts == {"login", "consent"}
    assert asked.max_age == timedelta(minutes=1)
    assert asked.acr_values == ("a", "b")
    assert asked.redirect_uri_given


@pytest.mark.requirement("rfc6749:3.1:empty-is-omitted", "rfc6749:3.1:unknown-ignored")
def test_empty_parameters_count_as_left_out_and_unknown_ones_are_ignored() -> None:
    asked = request(scope="", state=None, redirect_uri="", nonce="", foo="bar")
    assert (asked.scopes, asked.state, asked.nonce) == ((), None, None)
    assert not asked.redirect_uri_given


@pytest.mark.parametrize("name", ["scope", "state", "code_challenge", "nonce", "prompt"])
@pytest.mark.requirement("rfc6749:3.1:repeated")
def test_no_parameter_may_be_there_twice(name: str) -> None:
    assert error((name, "a"), (name, "b")) == "invalid_request"


def test_one_resource_at_a_time() -> None:
    more = [("resource", "https://a.example"), ("resource", "https://b.example")]
    assert error(*more) == "invalid_target"


@pytest.mark.parametrize(
    "changes",
    [
        {"code_challenge": None, "code_challenge_method": None},
        {"code_challenge": None},
        {"code_challenge_method": None},
        {"code_challenge_method": "plain"},
        {"code_challenge_method": "s256"},
        {"code_challenge": "a" * 42},
    ],
)
@pytest.mark.requirement(
    "rfc7636:4.3:plain-not-by-default",
    "rfc7636:4.4.1:challenge-required",
    "rfc7636:4.4.1:unsupported-method",
)
def test_no_code_without_pkce_by_s256(changes: dict[str, None]) -> None:
    assert error(**changes) == "invalid_request"


@pytest.mark.parametrize("response_type", ["token", "id_token", "code id_token", "none", "Code"])
@pytest.mark.requirement("rfc6749:3.1.1:response-type", "rfc9700:2.1.2:no-implicit")
def test_there_is_no_other_flow(response_type: str) -> None:
    assert error(response_type=response_type) == "unsupported_response_type"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"response_type": None}, "invalid_request"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"request": "eyJ"}, "request_not_supported"),
        ({"registration": "{}"}, "registration_not_supported"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"prompt": "sometimes"}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"max_age": "1.5"}, "invalid_request"),
        ({"max_age": "٣"}, "invalid_request"),
        ({"max_age": "9" * 30}, "invalid_request"),
        ({"claims": "[]"}, "invalid_request"),
        ({"claims": '{"id_token": {"acr": 1}}'}, "invalid_request"),
        ({"claims": '{"id_token": {"sub": {"value": {}}}}'}, "invalid_request"),
        ({"claims": '{"id_token": {"acr": {"values": [[]]}}}'}, "invalid_request"),
        ({"state": "s" * 5000}, "invalid_request"),
    ],
)
@pytest.mark.requirement(
    "oidc-core:6:request-object",
    "oidc-core:3.1.2.1:prompt-none-alone",
    "oidc-core:3.1.2.2:validated",
    "rfc6749:3.1.1:response-type",
)
def test_what_cannot_be_granted_is_named(changes: dict[str, str | None], expected: str) -> None:
    assert error(**changes) == expected


def test_claims_are_asked_for_one_by_one() -> None:
    claims = {
        "userinfo": {"name": None},
        "id_token": {
            "email": None,
            "email_verified": {"value": True},
            "acr": {"essential": True, "values": ["high"], "later": 1},
        },
        "later": {},
    }
    asked = request(claims=json.dumps(claims)).claims
    assert set(asked.id_token) == {"email", "email_verified", "acr"}
    assert asked.values("acr") == ("high",)
    assert asked.is_essential("acr")
    assert asked.values("email") == ()
