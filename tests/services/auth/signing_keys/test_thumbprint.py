"""The name of a key: its RFC 7638 thumbprint, as the library that Argus relies on makes it."""

import pytest
from joserfc.jwk import RSAKey

EXAMPLE: dict[str, str | list[str]] = {
    "kty": "RSA",
    "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJ"
    "ECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2Qvzq"
    "Y368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM"
    "4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
    "e": "AQAB",
}
"""Of section 3.1."""
THUMBPRINT = "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


@pytest.mark.requirement("rfc7638:3.1:example")
def test_the_specifications_example_has_the_thumbprint_it_gives() -> None:
    assert RSAKey.import_key(EXAMPLE).thumbprint() == THUMBPRINT


@pytest.mark.requirement("rfc7638:3.2:required-members-only", "rfc7517:4:unknown-members")
def test_what_else_is_written_about_a_key_does_not_change_its_thumbprint() -> None:
    described = {"use": "sig", "alg": "RS256", "kid": "2011-04-29", "later": 1, **EXAMPLE}
    assert RSAKey.import_key(described).thumbprint() == THUMBPRINT
