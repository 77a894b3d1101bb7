"""Identity assertions (ID-JAG): RFC 7523 section 3, RFC 8725 section 3.11, and the draft
draft-ietf-oauth-identity-assertion-authz-grant section 4.4.
"""

import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc import jws
from joserfc.jwk import ECKey

from argus.kernel.ids import OrganizationId, new_id, parse_id
from argus.kernel.principal import anonymous
from argus.services.auth.asserters import Asserter
from argus.services.auth.external_identities.repository import ExternalIdentityRepository
from argus.services.auth.oauth.identity_assertions.service import IdentityAssertions
from support.auth import Auth
from support.far_site import FarSite, answer, far_site
from support.oauth import OAuth, RegisteredClient, refusal
from support.organizations import Tenant
from support.platform import Caller, TestPlatform

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
INVALID = (400, "invalid_grant")
IDP = "https://idp.acme.example"


@pytest.fixture(autouse=True)
async def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[FarSite]:
    async with far_site(tmp_path, monkeypatch.setenv) as running:
        yield running


@dataclass(frozen=True)
class Vouching:
    """Acme's identity provider, which knows bob and a client."""

    oauth: OAuth
    client: RegisteredClient
    bob: Caller
    key: ECKey

    def assertion(self, *, typ: str = "oauth-id-jag+jwt", key: Any = None, **claims: Any) -> str:
        """A good one, with these claims changed; None leaves one out."""
        now = int(self.oauth.platform.clock.now().timestamp())
        good = {
            "iss": IDP,
            "sub": "bob-at-acme",
            "aud": self.oauth.issuer,
            "client_id": self.client.id,
            "jti": str(new_id()),
            "iat": now,
            "exp": now + 300,
            "scope": "org:read project:read",
            "resource": self.oauth.issuer,
        }
        kept = {name: value for name, value in (good | claims).items() if value is not None}
        header = {"alg": "ES256", "typ": typ, "kid": "one"}
        return jws.serialize_compact(header, json.dumps(kept), key or self.key, ["ES256"])

    async def present(self, assertion: str, **form: str) -> httpx.Response:
        return await self.oauth.token(self.client, JWT_BEARER, assertion=assertion, **form)


@pytest.fixture
async def vouching(
    platform: TestPlatform, auth: Auth, oauth: OAuth, acme: Tenant, site: FarSite
) -> Vouching:
    key = ECKey.generate_key("P-256", {"kid": "one"})
    site.answers["/keys"] = answer({"keys": [key.as_dict(private=False)]})
    auth.resources.get(IdentityAssertions).asserters = [
        Asserter(
            issuer=IDP,
            jwks_uri=f"{site.origin}/keys",
            organization_id=OrganizationId(parse_id("org", acme.id)),
        )
    ]
    bob = await acme.member("bob@example.com", "member")
    await link(platform, bob, "bob-at-acme")
    client = await oauth.client(
        acme.owner,
        redirect_uris=[],
        response_types=[],
        grant_types=[JWT_BEARER],
        token_endpoint_auth_method="client_secret_post",
    )
    return Vouching(oauth, client, bob, key)


async def link(platform: TestPlatform, person: Caller, subject: str) -> None:
    now = platform.clock.now()
    identity: dict[str, object] = {
        "id": new_id(),
        "user_id": parse_id("usr", person.user_id),
        "provider": "acme",
        "issuer": IDP,
        "subject": subject,
        "label": subject,
        "created_at": now,
        "last_used_at": now,
    }
    async with platform.unit_of_work("auth", anonymous()) as uow:
        assert await ExternalIdentityRepository(uow).add_unless_known(identity)


async def test_a_client_gets_a_token_for_whom_the_identity_provider_vouches(
    platform: TestPlatform, auth: Auth, acme: Tenant, vouching: Vouching
) -> None:
    got = await vouching.present(vouching.assertion(), scope="org:read")
    assert got.status_code == 200, got.text
    body = got.json()
    assert body.keys() == {"access_token", "token_type", "expires_in", "scope"}
    headers = {"Authorization": f"Bearer {body['access_token']}"}
    me = (await platform.client.get("/api/v1/auth/me", headers=headers)).json()
    assert (me["id"], me["organization_id"]) == (vouching.bob.user_id, acme.id)
    assert (me["permissions"], me["client_id"]) == (["org:read"], vouching.client.id)
    [(_, event)] = auth.events("AccessTokenIssued")
    assert (event["subject"], event["grant"]) == (vouching.bob.user_id, JWT_BEARER)


async def test_an_assertion_is_good_once(vouching: Vouching) -> None:
    assertion = vouching.assertion()
    assert (await vouching.present(assertion)).status_code == 200
    assert refusal(await vouching.present(assertion)) == INVALID


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example"},
        {"iss": IDP + "/"},
        {"aud": "https://another.example"},
        {"aud": None},
        {"client_id": "cli_another"},
        {"client_id": None},
        {"sub": None},
        {"sub": ["bob-at-acme"]},
        {"sub": "somebody-unknown"},
        {"jti": None},
        {"exp": None},
        {"exp": 1},
        {"exp": 99_999_999_999},
        {"iat": 99_999_999_999},
        {"resource": ["https://a.example", "https://b.example"]},
    ],
)
async def test_an_assertion_for_anything_else_is_refused(
    vouching: Vouching, claims: dict[str, Any]
) -> None:
    assert refusal(await vouching.present(vouching.assertion(**claims))) == INVALID


@pytest.mark.requirement("rfc8725:3.12:exclusive")
async def test_no_other_token_is_an_assertion(vouching: Vouching) -> None:
    for typ in ("JWT", "at+jwt", "", "dpop+jwt", "logout+jwt"):
        assert refusal(await vouching.present(vouching.assertion(typ=typ))) == INVALID, typ
    forged = vouching.assertion(key=ECKey.generate_key("P-256"))
    for token in (forged, vouching.bob.token, "junk", "a.b.c"):
        assert refusal(await vouching.present(token)) == INVALID


async def test_an_assertion_grants_its_scopes_at_its_resource_and_no_more(
    oauth: OAuth, acme: Tenant, vouching: Vouching
) -> None:
    for scope in ("test:execute", "org:read test:execute", "openid"):
        got = await vouching.present(vouching.assertion(), scope=scope)
        assert refusal(got) == (400, "invalid_scope"), scope
    for none in (None, "", "unknown"):
        got = await vouching.present(vouching.assertion(scope=none))
        assert refusal(got) == (400, "invalid_scope")
    elsewhere = vouching.assertion(resource="https://unknown.example")
    for got in (
        await vouching.present(elsewhere),
        await vouching.present(elsewhere, resource=oauth.issuer),
    ):
        assert refusal(got) == (400, "invalid_target")


async def test_only_members_of_the_providers_organization_are_vouched_for(
    platform: TestPlatform, acme: Tenant, vouching: Vouching
) -> None:
    """Whatever other identity provider or organization a person has besides."""
    eve = await platform.owner("eve@example.com")
    await link(platform, eve, "eve-at-acme")
    got = await vouching.present(vouching.assertion(sub="eve-at-acme"))
    assert refusal(got) == INVALID
    removed = await platform.client.delete(
        f"/api/v1/members/{vouching.bob.user_id}", headers=acme.owner.headers
    )
    assert removed.status_code == 204, removed.text
    assert refusal(await vouching.present(vouching.assertion())) == INVALID


async def test_a_client_without_a_credential_may_not_present_one(
    oauth: OAuth, acme: Tenant, vouching: Vouching
) -> None:
    public = await oauth.client(acme.owner, grant_types=["authorization_code", JWT_BEARER])
    assertion = vouching.assertion(client_id=public.id)
    got = await oauth.token(public, JWT_BEARER, assertion=assertion)
    assert refusal(got) == (400, "unauthorized_client")
    wrong = RegisteredClient(vouching.client.id, "wrong")
    got = await oauth.token(wrong, JWT_BEARER, assertion=vouching.assertion())
    assert refusal(got) == (401, "invalid_client")


async def test_an_old_assertion_is_refused_when_its_use_is_forgotten(
    platform: TestPlatform, auth: Auth, vouching: Vouching
) -> None:
    assertion = vouching.assertion()
    assert (await vouching.present(assertion)).status_code == 200
    platform.clock.advance(timedelta(minutes=6))
    await auth.maintain()
    assert refusal(await vouching.present(assertion)) == INVALID
