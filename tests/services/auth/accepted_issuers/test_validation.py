"""Tokens of accepted issuers at the door, beside Argus's own."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from argus.contracts.auth.reasons import InactiveReason
from argus.contracts.identity.rpc import DEACTIVATE_USER
from argus.contracts.identity.v1 import identity_pb2
from argus.kernel.ids import parse_id
from argus.kernel.principal import anonymous
from argus.services.auth.validation.service import Question, Validator
from support.auth import Auth
from support.federated import Browser, Start
from support.loopback import Issuer, Signer, serving
from support.platform import Caller, TestPlatform

AUDIENCE = "https://api.example.com"
NOBODYS = "org_01jd8z0000e008000000000000"


@pytest.fixture(scope="session")
def signer() -> Signer:
    return Signer()


@pytest.fixture
def issuer(signer: Signer) -> Iterator[Issuer]:
    server = Issuer(signer)
    with serving(server):
        yield server


def accepted(issuer: Issuer, **changes: object) -> dict[str, object]:
    return {
        "kind": "jwt",
        "issuer": issuer.url,
        "organization_id": NOBODYS,
        "audience": AUDIENCE,
        "roles": ["member"],
        **changes,
    }


def token(issuer: Issuer, platform: TestPlatform, **changes: object) -> str:
    now = int(platform.clock.now().timestamp())
    said: dict[str, Any] = {
        "iss": issuer.url,
        "sub": "ada's number",
        "aud": AUDIENCE,
        "exp": now + 300,
        "iat": now,
        "client_id": "app",
        "jti": "1",
        **changes,
    }
    return issuer.signer.sign(said, typ="at+jwt")


async def me(platform: TestPlatform, token: str) -> dict[str, Any]:
    answer = await platform.client.get(
        "/api/v1/auth/me", headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_several_issuers_count_side_by_side(start: Start, issuer: Issuer) -> None:
    clerk = Issuer(Signer("clerk's"))
    with serving(clerk):
        platform = await start(
            accepted_issuers={
                "one": accepted(issuer),
                "clerk": {
                    "kind": "clerk",
                    "issuer": clerk.url,
                    "organization_id": NOBODYS,
                    "authorized_parties": ["https://app.example.com"],
                },
            }
        )
        own = await platform.owner()
        auth = Auth(platform)
        assert await auth.is_live(own.token)
        assert await auth.is_live(token(issuer, platform))
        claims = {"sub": "u", "iss": clerk.url, "azp": "https://app.example.com", "exp": 9e9}
        assert await auth.is_live(clerk.signer.sign(claims))
        assert not await auth.is_live(issuer.signer.sign(claims))


@pytest.mark.requirement("attacks:tokens:foreign-issuer")
async def test_an_issuer_that_is_not_configured_is_not_asked(start: Start, issuer: Issuer) -> None:
    platform = await start()
    assert not await Auth(platform).is_live(token(issuer, platform))
    assert issuer.asked == []


async def test_a_person_has_the_configured_roles_and_an_id_of_their_own(
    start: Start, issuer: Issuer
) -> None:
    platform = await start(accepted_issuers={"one": accepted(issuer)})
    ada = await me(platform, token(issuer, platform))
    again = await me(platform, token(issuer, platform, jti="2"))
    bob = await me(platform, token(issuer, platform, sub="bob"))
    assert ada["id"] == again["id"] != bob["id"]
    assert (ada["kind"], ada["method"], ada["roles"]) == ("user", "jwt", ["member"])
    assert (ada["organization_id"], ada["client_id"]) == (NOBODYS, "app")
    assert (ada["credential"], ada["session_id"]) == ("one:1", None)
    assert "org:manage_members" not in ada["permissions"]


async def test_a_client_without_a_person_is_a_service_account(start: Start, issuer: Issuer) -> None:
    platform = await start(accepted_issuers={"one": accepted(issuer)})
    client = await me(platform, token(issuer, platform, sub="app"))
    assert (client["kind"], client["authenticated_at"]) == ("service_account", None)
    assert client["id"].startswith("sa_")


async def link(platform: TestPlatform, issuer: Issuer) -> Caller:
    """Ada, who has signed in by the issuer."""
    browser = Browser(platform)
    back = issuer.authorize(await browser.visit("one"))
    assert (await browser.come_back("one", back)).status_code == 303
    return await platform.sign_in("ada@example.com")


async def test_who_is_linked_to_an_account_is_that_user(start: Start, issuer: Issuer) -> None:
    platform = await start(
        accepted_issuers={"one": accepted(issuer)}, providers={"one": issuer.settings}
    )
    before = await me(platform, token(issuer, platform))
    ada = await link(platform, issuer)
    after = await me(platform, token(issuer, platform))
    assert after["id"] == ada.user_id != before["id"]
    assert after["roles"] == ["member"]


async def test_a_deactivated_user_does_not_come_in_by_another_issuers_token(
    start: Start, issuer: Issuer
) -> None:
    platform = await start(
        accepted_issuers={"one": accepted(issuer)}, providers={"one": issuer.settings}
    )
    ada, presented = await link(platform, issuer), token(issuer, platform, exp=9_000_000_000)
    assert await Auth(platform).is_live(presented)
    await platform.rpc.call(
        DEACTIVATE_USER, identity_pb2.DeactivateUserRequest(user_id=ada.user_id)
    )
    await platform.relay()
    platform.clock.advance(timedelta(days=1))
    await Auth(platform).maintain()
    assert not await Auth(platform).is_live(presented)


async def why(platform: TestPlatform, presented: str, audience: str = "") -> str:
    """The answer to the platform's own edge."""
    validator = platform.modules["auth"].resources.get(Validator)
    async with platform.unit_of_work("auth", anonymous("127.0.0.1")) as uow:
        (answer,) = await validator.validate(uow, [Question(presented, audience)])
    return answer.value if isinstance(answer, InactiveReason) else ""


async def test_it_is_told_why_a_token_is_not_good(
    start: Start, issuer: Issuer, signer: Signer
) -> None:
    platform = await start(accepted_issuers={"one": accepted(issuer)})
    bare = {"iss": issuer.url, "sub": "ada", "aud": AUDIENCE}
    assert await why(platform, token(issuer, platform)) == ""
    assert await why(platform, token(issuer, platform, exp=1)) == "expired"
    assert await why(platform, token(issuer, platform, nbf=9_000_000_000)) == "not_yet_valid"
    assert await why(platform, token(issuer, platform, aud="https://other.test")) == "audience"
    assert await why(platform, token(issuer, platform, cnf={"jkt": "x"})) == "proof"
    assert await why(platform, signer.sign(bare)) == "malformed"
    assert await why(platform, signer.sign(bare, typ="at+jwt")) == "malformed"
    assert await why(platform, Signer().sign(bare, typ="at+jwt")) == "signature"
    assert await why(platform, Signer("another").sign(bare, typ="at+jwt")) == "unknown"
    elsewhere = await why(platform, token(issuer, platform), "https://another.resource")
    assert elsewhere == "audience"


async def test_another_organization_learns_nothing_of_them(start: Start, issuer: Issuer) -> None:
    platform = await start(accepted_issuers={"one": accepted(issuer)})
    answer = await Auth(platform).validate(token(issuer, platform), await platform.owner())
    assert (answer["active"], answer["reason"]) == (False, "unknown")


@pytest.mark.parametrize(
    ("demand", "claims", "reason"),
    [
        ("mfa_required = true", {}, "demands"),
        ("mfa_required = true", {"amr": ["pwd", "mfa"]}, ""),
        ("mfa_required = true", {"sub": "app"}, ""),
        ("sign_in_methods = '{passkey}'", {}, "demands"),
        ("sign_in_methods = '{one}'", {}, ""),
        ("session_life = '1 hour'", {"auth_time": 1}, "demands"),
        ("address_ranges = '{10.0.0.0/8}'", {}, "address"),
        ("address_ranges = '{10.0.0.0/8}'", {"sub": "app"}, "address"),
    ],
    ids=str,
)
async def test_what_the_organization_demands_is_demanded_of_them_too(
    start: Start, issuer: Issuer, demand: str, claims: dict[str, object], reason: str
) -> None:
    platform = await start(accepted_issuers={"one": accepted(issuer)})
    platform.query(
        "insert into auth.organization_security"
        " (organization_id, mfa_required, changed_by, changed_at)"
        " values (%s, false, 'x', now()) returning 1",
        parse_id("org", NOBODYS),
    )
    platform.query(f"update auth.organization_security set {demand} returning 1")
    assert await why(platform, token(issuer, platform, **claims)) == reason
