"""PKCE: only the verifier that the challenge was made of proves it."""

import pytest

from argus.services.auth.oauth.pkce import is_challenge, proves

# RFC 7636 appendix B
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


@pytest.mark.requirement("rfc7636:4.2:s256", "rfc7636:4.6:right-verifier")
def test_the_verifier_of_the_rfcs_example_proves_its_challenge() -> None:
    assert is_challenge(CHALLENGE)
    assert proves(VERIFIER, CHALLENGE)


@pytest.mark.parametrize(
    "verifier",
    [
        "",
        CHALLENGE,  # what the method "plain" would accept
        VERIFIER[:-1] + "l",
        VERIFIER + "=",
        VERIFIER[:42],
        VERIFIER * 3,
        "é" * 43,
        VERIFIER + "\n",
    ],
)
@pytest.mark.requirement("rfc7636:4.1:verifier-form", "rfc7636:7.2:s256-only")
@pytest.mark.requirement("rfc7636:4.6:method-of-the-code")
def test_nothing_else_proves_it(verifier: str) -> None:
    assert not proves(verifier, CHALLENGE)


@pytest.mark.parametrize("text", ["", CHALLENGE + "=", CHALLENGE[1:], "+" * 43, CHALLENGE + "\n"])
def test_what_is_no_sha256_in_base64url_is_no_challenge(text: str) -> None:
    assert not is_challenge(text)
