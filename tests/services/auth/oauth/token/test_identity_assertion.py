"""Identity assertions for other authorization servers (ID-JAG), of which Argus is the provider:
draft-ietf-oauth-identity-assertion-authz-grant section 4.3. Another Argus consumes them.
"""

import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc import jws, jwt
from joserfc.jwk import KeySet

from argus.kernel.acr import SINGLE_FACTOR
from argus.kernel.ids import OrganizationId, new_id, parse_id
from argus.kernel.principal import anonymous
from argus.services.auth.asserters import Asserter
from argus.services.auth.clients.metadata import JWT_BEARER, TOKEN_EXCHANGE
from argus.services.auth.external_identities.repository import ExternalIdentityRepository
from argus.services.auth.oauth.identity_assertions.service import IdentityAssertions
from argus.services.auth.oauth.token.identity_assertion import ID_JAG_TYPE, ID_TOKEN_TYPE
from support import clients
from support.auth import Auth, outcome
from support.database import Server
from support.far_site import FarSite, answer, far_site
from support.oauth import OAuth, refusal
from support.organizations import Tenant, create_tenant
from support.platform import Caller, TestPlatform
from support.platform import platform as running
from support.relying_party import RelyingParty

CHAT = {
    "issuer": "https://chat.example",
    "client_id": "wiki-at-chat",
    "scopes": ["chat.read", "chat.history"],
    "resources": ["https://api.chat.example/v1"],
}
REFUSED = (400, "invalid_request")


@dataclass(frozen=True)
class Wiki:
    """An application of Ada's organization, in which a member is signed in."""

    visit: RelyingParty
    id_token: str

    async def ask(self, **form: str | None) -> httpx.Response:
        asked = {
            "requested_token_type": ID_JAG_TYPE,
            "audience": CHAT["issuer"],
            "subject_token": self.id_token,
            "subject_token_type": ID_TOKEN_TYPE,
        } | form
        sent = {name: value for name, value in asked.items() if value is not None}
        return await self.visit.oauth.token(self.visit.client, TOKEN_EXCHANGE, **sent)


@pytest.fixture
async def bob(acme: Tenant) -> Caller:
    return await acme.member("bob@example.com", "member")


@pytest.fixture
async def wiki(oauth: OAuth, acme: Tenant, bob: Caller) -> Wiki:
    return await wiki_of(oauth, acme, bob, CHAT)


async def wiki_of(oauth: OAuth, acme: Tenant, person: Caller, *servers: dict[str, Any]) -> Wiki:
    client = await oauth.client(
        acme.owner,
        grant_types=["authorization_code", TOKEN_EXCHANGE],
        token_endpoint_auth_method="client_secret_post",
        authorization_servers=servers,
    )
    visit = RelyingParty(oauth, client)
    tokens = await visit.tokens(await visit.signed_in(person))
    return Wiki(visit, tokens["id_token"])


async def claims_of(oauth: OAuth, response: httpx.Response) -> dict[str, Any]:
    """What the assertion says, verified with the keys that this server publishes."""
    assert response.status_code == 200, response.text
    keys = (await oauth.platform.client.get("/.well-known/jwks.json")).json()
    token = jwt.decode(
        response.json()["access_token"], KeySet.import_key_set(keys), algorithms=["RS256"]
    )
    assert token.header["typ"] == "oauth-id-jag+jwt"
    return token.claims


async def test_a_client_gets_an_assertion_about_who_is_signed_in_to_it(
    oauth: OAuth, auth: Auth, wiki: Wiki, bob: Caller
) -> None:
    response = await wiki.ask(scope="chat.read")
    body = response.json()
    assert body.keys() == {
        "access_token",
        "issued_token_type",
        "token_type",
        "expires_in",
        "scope",
    }
    assert (body["issued_token_type"], body["token_type"]) == (ID_JAG_TYPE, "N_A")
    assert response.headers["cache-control"] == "no-store"
    claims = await claims_of(oauth, response)
    now = int(oauth.platform.clock.now().timestamp())
    assertion_id = claims.pop("jti")
    assert claims == {
        "iss": oauth.issuer,
        "sub": bob.user_id,
        "aud": "https://chat.example",
        "client_id": "wiki-at-chat",
        "iat": now,
        "exp": now + body["expires_in"],
        "scope": "chat.read",
        "resource": "https://api.chat.example/v1",
        "auth_time": now,
        "acr": SINGLE_FACTOR,
        "amr": ["pwd"],
    }
    [(_, event)] = auth.events("IdentityAssertionIssued")
    assert event == {
        "user_id": bob.user_id,
        "client_id": wiki.visit.client.id,
        "assertion_id": assertion_id,
        "audience": "https://chat.example",
        "scopes": ["chat.read"],
    }
    again = await claims_of(oauth, await wiki.ask())
    assert again["scope"] == "chat.history chat.read", "all that the organization allows"
    assert again["jti"] != assertion_id


async def test_the_organization_decides_where_a_client_may_go(
    oauth: OAuth, acme: Tenant, bob: Caller, wiki: Wiki
) -> None:
    for audience in ("https://mail.example", "https://chat.example/", oauth.issuer):
        assert refusal(await wiki.ask(audience=audience)) == (400, "invalid_target"), audience
    assert refusal(await wiki.ask(audience=None)) == REFUSED
    answer = await wiki.ask(resource="https://api.chat.example/v2")
    assert refusal(answer) == (400, "invalid_target")
    for scope in ("chat.write", "chat.read chat.write", " "):
        assert refusal(await wiki.ask(scope=scope)) == (400, "invalid_scope"), scope
    nowhere = await wiki_of(oauth, acme, bob)
    assert refusal(await nowhere.ask()) == (400, "invalid_target")


async def test_only_a_current_id_token_of_the_client_itself_is_a_subject(
    oauth: OAuth, acme: Tenant, bob: Caller, wiki: Wiki
) -> None:
    other = await wiki_of(oauth, acme, bob, CHAT)
    assert refusal(await wiki.ask(subject_token=other.id_token)) == REFUSED
    assert refusal(await wiki.ask(subject_token=bob.token)) == REFUSED
    assertion = (await wiki.ask()).json()["access_token"]
    assert refusal(await wiki.ask(subject_token=assertion)) == REFUSED
    access_token = "urn:ietf:params:oauth:token-type:access_token"
    for form in (
        {"subject_token_type": access_token, "subject_token": bob.token},
        {"subject_token_type": access_token},
        {"actor_token": bob.token, "actor_token_type": access_token},
    ):
        assert refusal(await wiki.ask(**form)) == REFUSED
    oauth.platform.clock.advance(timedelta(minutes=10))
    assert refusal(await wiki.ask()) == REFUSED


async def test_who_has_signed_out_or_left_is_vouched_for_no_more(
    oauth: OAuth, auth: Auth, acme: Tenant, wiki: Wiki, bob: Caller
) -> None:
    eve = await oauth.platform.owner("eve@example.com")
    stranger = RelyingParty(oauth, wiki.visit.client)
    tokens = await stranger.tokens(await stranger.signed_in(eve))
    assert refusal(await wiki.ask(subject_token=tokens["id_token"])) == REFUSED
    assert (await wiki.ask()).status_code == 200
    session = json.loads(jws.extract_compact(wiki.id_token.encode()).payload)["sid"]
    ended = await oauth.platform.client.delete(
        f"/api/v1/auth/sessions/{session}", headers=bob.headers
    )
    assert ended.status_code == 204, ended.text
    assert refusal(await wiki.ask()) == REFUSED


async def test_what_the_organization_demands_of_a_sign_in_holds_here_too(
    oauth: OAuth, acme: Tenant
) -> None:
    eve = await acme.member("eve@contractor.example", "member")
    wiki = await wiki_of(oauth, acme, eve, CHAT)
    assert (await wiki.ask()).status_code == 200
    demanded = await oauth.platform.client.put(
        "/api/v1/organization-security",
        json={"email_domains": ["example.com"]},
        headers=acme.owner.headers,
    )
    assert demanded.status_code == 200, demanded.text
    assert refusal(await wiki.ask()) == (403, "access_denied")


async def test_a_client_without_a_credential_gets_no_assertions(oauth: OAuth, acme: Tenant) -> None:
    for metadata in (
        {
            "token_endpoint_auth_method": "none",
            "grant_types": ["authorization_code", TOKEN_EXCHANGE],
        },
        {"token_endpoint_auth_method": "client_secret_post"},
    ):
        body = clients.WEB | metadata | {"authorization_servers": [CHAT]}
        refused = await clients.post(oauth.platform, acme.owner, "clients", body)
        assert outcome(refused) == (422, "kernel.request.invalid")
    body = clients.WEB | {
        "grant_types": ["authorization_code", TOKEN_EXCHANGE],
        "authorization_servers": [CHAT, CHAT],
    }
    refused = await clients.post(oauth.platform, acme.owner, "clients", body)
    assert outcome(refused) == (422, "kernel.request.invalid")
    public = await oauth.client(
        acme.owner, grant_types=["authorization_code", TOKEN_EXCHANGE], response_types=["code"]
    )
    asked = await oauth.token(public, TOKEN_EXCHANGE, requested_token_type=ID_JAG_TYPE)
    assert refusal(asked) == (400, "unauthorized_client")


@pytest.fixture
async def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[FarSite]:
    async with far_site(tmp_path, monkeypatch.setenv) as made:
        yield made


async def test_another_argus_gives_a_token_for_an_assertion_once(
    site: FarSite, server: Server, tmp_path: Path, oauth: OAuth, acme: Tenant, bob: Caller
) -> None:
    """Who Bob is there, the assertion says; what his client may do there, both servers."""
    site.answers["/keys"] = answer(
        (await oauth.platform.client.get("/.well-known/jwks.json")).json()
    )
    async with running(server, tmp_path / "chat", public_url="https://chat.example") as platform:
        chat = OAuth(platform)
        theirs = await create_tenant(platform, "carol@example.com", "Acme at Chat")
        there = await theirs.member("bob@example.com", "viewer")
        await link(platform, there, oauth.issuer, bob.user_id)
        registered = await chat.client(
            theirs.owner,
            redirect_uris=[],
            response_types=[],
            grant_types=[JWT_BEARER],
            token_endpoint_auth_method="client_secret_post",
        )
        consumer = platform.modules["auth"].resources.get(IdentityAssertions)
        consumer.asserters = [
            Asserter(
                issuer=oauth.issuer,
                jwks_uri=f"{site.origin}/keys",
                organization_id=OrganizationId(parse_id("org", theirs.id)),
            )
        ]
        known = {"issuer": chat.issuer, "client_id": registered.id}
        allowed = {"scopes": ["org:read", "test:read"], "resources": [chat.issuer]}
        wiki = await wiki_of(oauth, acme, bob, known | allowed)
        assertion = (await wiki.ask(audience=chat.issuer)).json()["access_token"]
        got = await chat.token(registered, JWT_BEARER, assertion=assertion, scope="org:read")
        assert got.status_code == 200, got.text
        headers = {"Authorization": f"Bearer {got.json()['access_token']}"}
        me = (await platform.client.get("/api/v1/auth/me", headers=headers)).json()
        assert (me["id"], me["permissions"]) == (there.user_id, ["org:read"])
        again = await chat.token(registered, JWT_BEARER, assertion=assertion)
        assert refusal(again) == (400, "invalid_grant")
        other = await chat.client(
            theirs.owner,
            redirect_uris=[],
            response_types=[],
            grant_types=[JWT_BEARER],
            token_endpoint_auth_method="client_secret_post",
        )
        fresh = (await wiki.ask(audience=chat.issuer)).json()["access_token"]
        stolen = await chat.token(other, JWT_BEARER, assertion=fresh)
        assert refusal(stolen) == (400, "invalid_grant")


async def link(platform: TestPlatform, person: Caller, issuer: str, subject: str) -> None:
    """Let the person have signed in by that issuer before."""
    now = platform.clock.now()
    identity: dict[str, object] = {
        "id": new_id(),
        "user_id": parse_id("usr", person.user_id),
        "provider": "acme",
        "issuer": issuer,
        "subject": subject,
        "label": subject,
        "created_at": now,
        "last_used_at": now,
    }
    async with platform.unit_of_work("auth", anonymous()) as uow:
        assert await ExternalIdentityRepository(uow).add_unless_known(identity)


async def test_a_server_takes_no_assertion_that_it_issued_itself(
    site: FarSite, oauth: OAuth, auth: Auth, acme: Tenant, bob: Caller
) -> None:
    """Section 8.3 of the draft: scopes would become more on the way. Whoever configures that, and
    whatever a client is registered for.
    """
    platform = oauth.platform
    site.answers["/keys"] = answer((await platform.client.get("/.well-known/jwks.json")).json())
    await link(platform, bob, oauth.issuer, bob.user_id)
    auth.resources.get(IdentityAssertions).asserters = [
        Asserter(
            issuer=oauth.issuer,
            jwks_uri=f"{site.origin}/keys",
            organization_id=OrganizationId(parse_id("org", acme.id)),
        )
    ]
    own = await oauth.client(
        acme.owner,
        grant_types=[JWT_BEARER],
        response_types=[],
        redirect_uris=[],
        token_endpoint_auth_method="client_secret_post",
    )
    here = {"issuer": oauth.issuer, "client_id": own.id, "scopes": ["org:read"]}
    wiki = await wiki_of(oauth, acme, bob, here)
    assertion = (await wiki.ask(audience=oauth.issuer)).json()["access_token"]
    refused = await oauth.token(own, JWT_BEARER, assertion=assertion)
    assert refusal(refused) == (400, "invalid_grant")
