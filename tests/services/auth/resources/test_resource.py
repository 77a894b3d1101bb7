import pytest

from argus.contracts.permissions import CREDENTIALS, Permission
from argus.kernel.principal import AuthenticationMethod
from argus.services.auth.resources.resource import (
    IDENTITY_SCOPES,
    check_identifier,
    comparable,
    platform_resource,
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://api.example", "https://api.example/"),
        ("HTTPS://API.Example/v1", "https://api.example/v1"),
        ("urn:shop:api", "URN:shop:api"),
    ],
)
def test_spellings_of_one_resource_are_the_same(one: str, other: str) -> None:
    assert comparable(one) == comparable(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://api.example/v1", "https://api.example/v1/"),
        ("https://api.example/V1", "https://api.example/v1"),
        ("https://api.example", "http://api.example"),
        ("https://api.example", "https://api.example:443"),
        ("https://api.example", "https://api.example?x"),
        ("https://api.example/a/../v1", "https://api.example/v1"),
        ("https://api.example/%76", "https://api.example/v"),
    ],
)
def test_everything_else_that_differs_is_another_resource(one: str, other: str) -> None:
    assert comparable(one) != comparable(other)


@pytest.mark.parametrize("text", ["https://api.example/mcp", "urn:shop:api", "http://localhost:1"])
def test_an_absolute_uri_is_an_identifier(text: str) -> None:
    assert check_identifier(text) == text


@pytest.mark.requirement("rfc8707:2:absolute-uri")
@pytest.mark.parametrize(
    "text", ["", "api.example", "https://a/#b", "https://a b", "https://ä", "https:", "x" * 501]
)
def test_other_texts_are_no_identifiers(text: str) -> None:
    with pytest.raises(ValueError, match="absolute URI"):
        check_identifier(text)


def test_the_platforms_scopes_are_what_an_oauth_token_may_carry() -> None:
    """Each with words for the person who is asked."""
    carried = {p.value for p in Permission if AuthenticationMethod.OAUTH2 in CREDENTIALS[p]}
    scopes = platform_resource("https://argus.example").scopes
    assert set(scopes) == carried | set(IDENTITY_SCOPES)
    assert all(scopes.values())
