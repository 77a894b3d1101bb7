"""What tokens of accepted issuers must say."""

from typing import Any

import pytest
from joserfc.jwk import ECKey
from pydantic import TypeAdapter

from argus.contracts.auth.reasons import InactiveReason
from argus.services.auth.accepted_issuers.rules import (
    check,
    is_of_client,
    roles_of,
    scopes_of,
)
from argus.services.auth.accepted_issuers.settings import AcceptedIssuer
from argus.services.auth.foreign_tokens.keys import RemoteKey
from argus.services.auth.foreign_tokens.verification import ForeignToken

COGNITO = {
    "kind": "cognito",
    "issuer": "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_a",
    "clients": ["app", "cli"],
}
CLERK = {
    "kind": "clerk",
    "issuer": "https://clerk.example.com",
    "authorized_parties": ["https://app.example.com"],
}
JWT = {"kind": "jwt", "issuer": "https://issuer.test", "audience": "https://api.example.com"}
ANY = RemoteKey("one", "ES256", ECKey.generate_key("P-256"), None)


def settings(of: dict[str, Any], **changes: object) -> AcceptedIssuer:
    organization = {"organization_id": "org_01jd8z0000e008000000000000"}
    adapter: TypeAdapter[AcceptedIssuer] = TypeAdapter(AcceptedIssuer)
    return adapter.validate_python(of | organization | changes)


def reason(
    of: AcceptedIssuer, good: dict[str, Any], kind: str = "jwt", **changes: object
) -> InactiveReason | None:
    said = {"iss": of.issuer, "sub": "ada"} | good | changes
    claims = {name: value for name, value in said.items() if value is not None}
    return check(of, ForeignToken(kind, claims, ANY))


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({}, None),
        ({"client_id": "cli"}, None),
        ({"token_use": "id"}, InactiveReason.MALFORMED),
        ({"token_use": None}, InactiveReason.MALFORMED),
        ({"client_id": "another"}, InactiveReason.AUDIENCE),
        ({"client_id": None, "aud": "app"}, InactiveReason.AUDIENCE),
        ({"aud": "https://another.api"}, InactiveReason.AUDIENCE),
        ({"iss": "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_b"}, InactiveReason.ISSUER),
        (
            {"iss": "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_a/"},
            InactiveReason.ISSUER,
        ),
        ({"sub": None}, InactiveReason.MALFORMED),
        ({"sub": ""}, InactiveReason.MALFORMED),
        ({"cnf": {"jkt": "x"}}, InactiveReason.PROOF),
    ],
    ids=str,
)
def test_of_cognito_an_access_token_for_a_known_client_counts(
    changes: dict[str, Any], why: InactiveReason | None
) -> None:
    good = {"token_use": "access", "client_id": "app"}
    assert reason(settings(COGNITO), good, **changes) is why


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({}, None),
        ({"sts": "active"}, None),
        ({"sts": "pending"}, InactiveReason.NOT_YET_VALID),
        ({"azp": "https://evil.example.com"}, InactiveReason.AUDIENCE),
        ({"azp": None}, InactiveReason.AUDIENCE),
        ({"aud": "https://another.api"}, InactiveReason.AUDIENCE),
    ],
    ids=str,
)
def test_of_clerk_a_finished_session_of_a_known_origin_counts(
    changes: dict[str, Any], why: InactiveReason | None
) -> None:
    assert reason(settings(CLERK), {"azp": "https://app.example.com"}, **changes) is why


@pytest.mark.parametrize(
    ("kind", "changes", "why"),
    [
        ("at+jwt", {}, None),
        ("at+jwt", {"aud": ["x", "https://api.example.com"]}, None),
        ("jwt", {}, InactiveReason.MALFORMED),
        ("", {}, InactiveReason.MALFORMED),
        ("at+jwt", {"aud": None}, InactiveReason.AUDIENCE),
        ("at+jwt", {"aud": "https://api.example.com/"}, InactiveReason.AUDIENCE),
    ],
    ids=str,
)
def test_of_another_issuer_an_access_token_for_our_audience_counts(
    kind: str, changes: dict[str, Any], why: InactiveReason | None
) -> None:
    good = {"aud": "https://api.example.com"}
    assert reason(settings(JWT), good, kind, **changes) is why


def test_an_issuer_may_be_older_than_the_type_of_access_tokens() -> None:
    of, good = settings(JWT, type="jwt"), {"aud": "https://api.example.com"}
    assert reason(of, good, "jwt") is reason(of, good, "") is None
    assert reason(of, good, "at+jwt") is InactiveReason.MALFORMED


@pytest.mark.parametrize("claim", ["client_id", "azp"])
def test_clients_of_another_issuer_can_be_listed(claim: str) -> None:
    of, good = settings(JWT, clients=["app"]), {"aud": "https://api.example.com"}
    assert reason(of, good, "at+jwt", **{claim: "app"}) is None
    assert reason(of, good, "at+jwt", **{claim: "another"}) is InactiveReason.AUDIENCE
    assert reason(of, good, "at+jwt") is InactiveReason.AUDIENCE


def test_groups_give_roles_only_by_an_explicit_mapping() -> None:
    of = settings(COGNITO, roles=["viewer"], roles_by_group={"testers": ["member"]})
    assert roles_of(of, {"sub": "ada"}) == ("viewer",)
    groups = {"cognito:groups": ["testers", "owner", "admin"]}
    assert roles_of(of, groups) == ("member", "viewer")
    assert roles_of(settings(COGNITO), groups) == ()
    assert roles_of(of, {"cognito:groups": {"testers": True}}) == ("viewer",)


def test_scopes_limit_a_token_where_configuration_says_what_they_mean() -> None:
    claims = {"scope": "api/test:read openid api/test:write"}
    assert scopes_of(settings(COGNITO), claims) is None
    of = settings(COGNITO, scope_prefix="api/")
    assert scopes_of(of, claims) == {"test:read", "test:write"}
    assert scopes_of(of, {}) == frozenset()


def test_a_token_without_a_person_is_its_client() -> None:
    assert is_of_client({"sub": "app", "client_id": "app"})
    assert not is_of_client({"sub": "ada", "client_id": "app"})
    assert not is_of_client({"sub": "ada"})
