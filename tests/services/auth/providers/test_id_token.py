"""The rules that ID tokens keep."""

from datetime import UTC, datetime
from typing import Any

import pytest
from joserfc.jwk import ECKey

from argus.services.auth.foreign_tokens.keys import RemoteKey
from argus.services.auth.foreign_tokens.verification import ForeignToken
from argus.services.auth.providers.id_token import check_id_token

NOW = datetime(2030, 1, 1, tzinfo=UTC)
SECONDS = int(NOW.timestamp())
KEY = RemoteKey("one", "ES256", ECKey.generate_key("P-256"), None)
GOOD: dict[str, Any] = {
    "iss": "https://issuer.test",
    "sub": "ada",
    "aud": "argus",
    "exp": SECONDS + 1,
    "iat": SECONDS,
    "nonce": "of this visit",
}


def wrong(kind: str = "jwt", **claims: object) -> str | None:
    said = {name: value for name, value in (GOOD | claims).items() if value is not None}
    token = ForeignToken(kind, said, KEY)
    return check_id_token(token, "https://issuer.test", "argus", "of this visit", NOW)


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"aud": ["argus"]},
        {"aud": ["argus", "another"], "azp": "argus"},
        {"azp": "argus"},
        {"iat": SECONDS + 60},
        {"iat": None},
    ],
    ids=str,
)
def test_a_token_for_this_visit_is_good(claims: dict[str, Any]) -> None:
    assert wrong(**claims) is None
    assert wrong("", **claims) is None


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"iss": "https://issuer.test/"}, "issuer"),
        ({"iss": "https://other.test"}, "issuer"),
        ({"iss": None}, "issuer"),
        ({"aud": "another"}, "audience"),
        ({"aud": None}, "audience"),
        ({"aud": ["argus", "another"]}, "authorized party"),
        ({"azp": "another"}, "authorized party"),
        ({"nonce": "of another visit"}, "nonce"),
        ({"nonce": None}, "nonce"),
        ({"sub": None}, "subject"),
        ({"sub": ""}, "subject"),
        ({"sub": 5}, "subject"),
        ({"sub": "x" * 256}, "subject"),
        ({"exp": SECONDS}, "expired"),
        ({"exp": None}, "malformed"),
        ({"exp": "soon"}, "malformed"),
        ({"exp": True}, "malformed"),
        ({"exp": 1e300}, "malformed"),
        ({"iat": SECONDS + 61}, "not_yet_valid"),
        ({"nbf": SECONDS + 61}, "not_yet_valid"),
    ],
    ids=str,
)
def test_any_other_token_is_not(claims: dict[str, Any], why: str) -> None:
    assert wrong(**claims) == why


@pytest.mark.parametrize("kind", ["at+jwt", "logout+jwt", "dpop+jwt", "oauth-id-jag+jwt"])
def test_a_token_for_something_else_is_no_id_token(kind: str) -> None:
    assert wrong(kind) == "type"


def test_a_token_of_nobody_is_not_good() -> None:
    assert check_id_token(ForeignToken("", GOOD, KEY), None, "argus", "of this visit", NOW)
