"""Token exchange for delegation: RFC 8693."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from argus.services.auth.oauth.token.token_exchange import ACCESS_TOKEN_TYPE
from support.auth import Auth
from support.oauth import MACHINE, DpopKey, OAuth, RegisteredClient, refusal
from support.organizations import Tenant
from support.platform import Caller, TestPlatform

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
REFUSED = (400, "invalid_request")
ME = "/api/v1/auth/me"


class Agents:
    """Clients that act for people, by exchanging those people's tokens."""

    def __init__(self, oauth: OAuth, acme: Tenant) -> None:
        self.oauth, self.acme = oauth, acme

    async def make(self, *permissions: str, **metadata: Any) -> tuple[RegisteredClient, str]:
        grants = ["authorization_code", MACHINE, EXCHANGE]
        redirect = {"redirect_uris": ["https://agent.example/cb"], "response_types": ["code"]}
        return await self.oauth.machine(
            self.acme.owner, *permissions, **{"grant_types": grants} | redirect | metadata
        )

    async def exchange(self, agent: RegisteredClient, token: str, **form: Any) -> httpx.Response:
        subject = {"subject_token": token, "subject_token_type": ACCESS_TOKEN_TYPE}
        resource = {} if "audience" in form else {"resource": self.oauth.issuer}
        return await self.oauth.token(agent, EXCHANGE, **subject | resource | form)


@pytest.fixture
def agents(oauth: OAuth, acme: Tenant) -> Agents:
    return Agents(oauth, acme)


@pytest.fixture
async def bob(acme: Tenant) -> Caller:
    return await acme.member("bob@example.com", "member")


async def me(platform: TestPlatform, answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    return (await platform.client.get(ME, headers=headers)).json()


@pytest.mark.requirement("rfc8693:2.2.1:answer", "rfc8693:4.1:act")
@pytest.mark.requirement("attacks:delegation:impersonation")
async def test_a_token_says_for_whom_and_who_acts(
    platform: TestPlatform, auth: Auth, oauth: OAuth, agents: Agents, bob: Caller
) -> None:
    agent, account = await agents.make("test:execute", "org:read")
    await oauth.consent(bob, agent, "test:execute", "org:read")
    answer = await agents.exchange(agent, bob.token)
    body = answer.json()
    assert body.keys() == {
        "access_token",
        "issued_token_type",
        "token_type",
        "expires_in",
        "scope",
    }
    assert (body["issued_token_type"], body["token_type"]) == (ACCESS_TOKEN_TYPE, "Bearer")
    principal = await me(platform, answer)
    assert (principal["id"], principal["actors"]) == (bob.user_id, [account])
    assert principal["client_id"] == agent.id
    assert principal["permissions"] == ["org:read", "test:execute"]
    [(_, event)] = auth.events("AccessTokenIssued")
    assert (event["subject"], event["actors"]) == (bob.user_id, [account])


@pytest.mark.requirement("rfc8693:4.1:outermost-decides")
@pytest.mark.requirement("rfc8693:2.2.1:scope-told")
async def test_authority_is_what_person_and_consent_and_agent_and_request_all_have(
    platform: TestPlatform, oauth: OAuth, agents: Agents, acme: Tenant, bob: Caller
) -> None:
    """And it is what an operation checks, not only what the token says."""
    agent, _ = await agents.make("test:execute", "org:read", "billing:read")
    await oauth.consent(bob, agent, "test:execute", "billing:read", "project:read")
    answer = await agents.exchange(agent, bob.token)
    assert answer.json()["scope"] == "billing:read test:execute", "consent and agent"
    assert (await me(platform, answer))["permissions"] == ["test:execute"], "and the person"
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    refused = await platform.client.get("/api/v1/organizations/current", headers=headers)
    assert refused.status_code in (403, 404)
    narrowed = await agents.exchange(agent, bob.token, scope="test:execute")
    assert narrowed.json()["scope"] == "test:execute"
    for scope in ("project:read", "org:read", "test:execute org:read", "openid"):
        answer = await agents.exchange(agent, bob.token, scope=scope)
        assert refusal(answer) == (400, "invalid_scope"), scope


async def test_an_agent_does_not_sign_out_whom_it_acts_for(
    platform: TestPlatform, auth: Auth, oauth: OAuth, agents: Agents, bob: Caller
) -> None:
    agent, _ = await agents.make("org:read")
    await oauth.consent(bob, agent, "org:read")
    acting = (await agents.exchange(agent, bob.token)).json()["access_token"]
    answer = await platform.client.post(
        "/api/v1/auth/sign-out", headers={"Authorization": f"Bearer {acting}"}
    )
    assert answer.status_code == 403, answer.text
    assert await auth.is_live(bob.token)


@pytest.mark.requirement("rfc8693:4.4:may-act", "rfc8693:5:no-impersonation")
@pytest.mark.requirement("attacks:delegation:impersonation")
async def test_an_agent_acts_only_for_whom_let_it(
    platform: TestPlatform, oauth: OAuth, agents: Agents, acme: Tenant, bob: Caller
) -> None:
    """Else any agent could use anybody's token that comes its way."""
    agent, _ = await agents.make("org:read")
    assert refusal(await agents.exchange(agent, bob.token)) == (400, "invalid_scope")
    await oauth.consent(acme.owner, agent, "org:read")
    assert refusal(await agents.exchange(agent, bob.token)) == (400, "invalid_scope")
    personal = await platform.sign_in(bob.email)
    await oauth.consent(bob, agent, "org:read")
    answer = await agents.exchange(agent, personal.token)
    assert refusal(answer) == (400, "invalid_scope"), "he let it for another organization"
    assert (await agents.exchange(agent, bob.token)).status_code == 200
    await oauth.consent(bob, agent)
    assert refusal(await agents.exchange(agent, bob.token)) == (400, "invalid_scope")


async def test_a_client_may_become_an_actor_with_its_own_token(
    platform: TestPlatform, oauth: OAuth, agents: Agents, bob: Caller
) -> None:
    agent, account = await agents.make("test:execute", "org:read")
    issued = await oauth.let_in(bob, agent, "org:read", "openid")
    answer = await agents.exchange(agent, issued.access_token)
    principal = await me(platform, answer)
    assert (principal["scopes"], principal["actors"]) == (["org:read"], [account])


async def test_a_client_that_cannot_be_an_actor_gets_nothing(
    oauth: OAuth, agents: Agents, acme: Tenant, bob: Caller
) -> None:
    """A subject token alone proves nothing."""
    public = await oauth.client(
        acme.owner, grant_types=["authorization_code", EXCHANGE], response_types=["code"]
    )
    nobody = await oauth.client(
        acme.owner,
        grant_types=["authorization_code", EXCHANGE],
        token_endpoint_auth_method="client_secret_post",
    )
    without_grant, _ = await oauth.machine(acme.owner, "org:read")
    for client in (public, nobody, without_grant):
        await oauth.consent(bob, client, "org:read")
        answer = await agents.exchange(client, bob.token)
        assert refusal(answer) == (400, "unauthorized_client")
    agent, _ = await agents.make("org:read")
    answer = await agents.exchange(RegisteredClient(agent.id, "wrong"), bob.token)
    assert refusal(answer) == (401, "invalid_client")


@pytest.mark.requirement("rfc8693:4.1:act")
async def test_earlier_actors_stay_in_the_chain_and_it_is_bounded(
    platform: TestPlatform, oauth: OAuth, agents: Agents, bob: Caller
) -> None:
    token, accounts = bob.token, list[str]()
    for _ in range(4):
        agent, account = await agents.make("org:read")
        await oauth.consent(bob, agent, "org:read")
        answer = await agents.exchange(agent, token)
        accounts.insert(0, account)
        assert (await me(platform, answer))["actors"] == accounts
        token = answer.json()["access_token"]
    agent, _ = await agents.make("org:read")
    await oauth.consent(bob, agent, "org:read")
    assert refusal(await agents.exchange(agent, token)) == REFUSED


async def test_authority_only_shrinks_along_the_chain(
    oauth: OAuth, agents: Agents, bob: Caller
) -> None:
    first, _ = await agents.make("org:read")
    second, _ = await agents.make("org:read", "test:execute")
    await oauth.consent(bob, first, "org:read")
    await oauth.consent(bob, second, "org:read", "test:execute")
    token = (await agents.exchange(first, bob.token)).json()["access_token"]
    answer = await agents.exchange(second, token)
    assert answer.json()["scope"] == "org:read"
    wider = await agents.exchange(second, token, scope="test:execute")
    assert refusal(wider) == (400, "invalid_scope")


async def test_a_delegated_token_dies_with_what_it_came_from(
    platform: TestPlatform, auth: Auth, oauth: OAuth, agents: Agents, acme: Tenant, bob: Caller
) -> None:
    """The session, the account and the client; and it never outlives the subject token."""
    agent, account = await agents.make("org:read")
    await oauth.consent(bob, agent, "org:read")
    platform.clock.advance(timedelta(minutes=7))
    answer = (await agents.exchange(agent, bob.token)).json()
    assert answer["expires_in"] == 180
    assert await auth.is_live(answer["access_token"])
    await platform.client.post("/api/v1/auth/sign-out", headers=bob.headers)
    assert not await auth.is_live(answer["access_token"])
    assert refusal(await agents.exchange(agent, bob.token)) == REFUSED, "he signed out"

    again = await platform.sign_in(bob.email, acme.id)
    token = (await agents.exchange(agent, again.token)).json()["access_token"]
    owner = await platform.sign_in(acme.owner.email, acme.id)
    changed = await platform.client.put(
        f"/api/v1/service-accounts/{account}",
        json={"name": "a robot", "permissions": ["org:read", "test:read"]},
        headers=owner.headers,
    )
    assert changed.status_code == 200, changed.text
    assert not await auth.is_live(token)
    stale = await agents.exchange(agent, again.token)
    assert refusal(stale) == REFUSED, "the subject token is older than the change"
    fresh = await platform.sign_in(bob.email, acme.id)
    token = (await agents.exchange(agent, fresh.token)).json()["access_token"]
    assert await auth.is_live(token)
    deleted = await platform.client.delete(f"/api/v1/clients/{agent.id}", headers=owner.headers)
    assert deleted.status_code == 204, deleted.text
    assert not await auth.is_live(token)


async def test_a_bound_token_is_never_unbound(
    platform: TestPlatform, auth: Auth, oauth: OAuth, agents: Agents, bob: Caller
) -> None:
    app = await oauth.client(agents.acme.owner)
    agent, _ = await agents.make("org:read")
    await oauth.consent(bob, agent, "org:read")
    persons, agents_key = DpopKey(platform), DpopKey(platform)
    issued = await oauth.let_in(bob, app, "org:read", jkt=persons.jkt)
    assert refusal(await agents.exchange(agent, issued.access_token)) == REFUSED
    answer = await agents.exchange(agent, issued.access_token, proof=agents_key.proof())
    assert answer.json()["token_type"] == "DPoP"
    token = answer.json()["access_token"]
    assert not await auth.is_live(token)
    got = await platform.client.get(ME, headers=agents_key.headers(token, ME))
    assert got.status_code == 200
    got = await platform.client.get(ME, headers=persons.headers(token, ME))
    assert got.status_code == 401


@pytest.mark.requirement("rfc8693:2.2.2:invalid-target")
async def test_a_token_is_for_one_resource_that_the_client_may_use(
    auth: Auth, oauth: OAuth, agents: Agents, acme: Tenant, bob: Caller
) -> None:
    api = await oauth.resource(acme.owner, "https://api.acme.example", "orders:read")
    agent, _ = await agents.make("org:read", resources=[api])
    await oauth.consent(bob, agent, "orders:read", audience=api)
    answer = await agents.exchange(agent, bob.token, audience=api)
    token = answer.json()["access_token"]
    assert (await auth.validate(token, acme.owner, audience=api))["active"]
    assert not await auth.is_live(token), "it is not for the platform"
    for form in (
        {"resource": oauth.issuer},
        {"resource": "https://unknown.example"},
        {"audience": "https://unknown.example"},
        {"resource": [api, oauth.issuer]},
        {"resource": api, "audience": api},
    ):
        answer = await agents.exchange(agent, bob.token, **form)
        assert refusal(answer) == (400, "invalid_target"), form


@pytest.mark.requirement(
    "rfc8693:2.1:required-parameters",
    "rfc8693:2.1:actor-token-type",
    "rfc8693:2.1:validated",
    "rfc8693:2.1:unknown-type",
    "rfc8693:2.2.2:invalid-token",
)
async def test_other_tokens_than_live_access_tokens_of_people_are_refused(
    platform: TestPlatform, auth: Auth, oauth: OAuth, agents: Agents, bob: Caller
) -> None:
    agent, _ = await agents.make("org:read")
    other, _ = await agents.make("org:read")
    await oauth.consent(bob, agent, "org:read")
    machines = (await oauth.token(other, MACHINE, resource=oauth.issuer)).json()["access_token"]
    own = (await oauth.token(agent, MACHINE, resource=oauth.issuer)).json()["access_token"]
    key = (await auth.api_key(agents.acme.owner, "org:read"))["secret"]
    id_token_type = "urn:ietf:params:oauth:token-type:id_token"
    for token in (machines, own, key, bob.refresh_token, "junk", bob.token[:-2]):
        assert refusal(await agents.exchange(agent, token)) == REFUSED, token
    for form in (
        {"subject_token": ""},
        {"subject_token_type": ""},
        {"subject_token_type": id_token_type},
        {"subject_token_type": "urn:ietf:params:oauth:token-type:refresh_token"},
        {"requested_token_type": "urn:ietf:params:oauth:token-type:refresh_token"},
        {"actor_token": own},
        {"actor_token_type": ACCESS_TOKEN_TYPE},
        {"actor_token": own, "actor_token_type": id_token_type},
        {"actor_token": machines, "actor_token_type": ACCESS_TOKEN_TYPE},
        {"actor_token": bob.token, "actor_token_type": ACCESS_TOKEN_TYPE},
        {"actor_token": "junk", "actor_token_type": ACCESS_TOKEN_TYPE},
    ):
        answer = await agents.exchange(agent, bob.token, **form)
        assert refusal(answer) == REFUSED, form
    fitting = {"actor_token": own, "actor_token_type": ACCESS_TOKEN_TYPE}
    assert (await agents.exchange(agent, bob.token, **fitting)).status_code == 200
    await oauth.revoke(agent, own)
    assert refusal(await agents.exchange(agent, bob.token, **fitting)) == REFUSED
    platform.clock.advance(timedelta(minutes=10))
    assert refusal(await agents.exchange(agent, bob.token)) == REFUSED
