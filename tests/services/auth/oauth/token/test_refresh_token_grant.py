"""The refresh token grant: RFC 6749 section 6, RFC 9700 section 4.14.2, RFC 8707 section 2.2."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from support.auth import Auth
from support.oauth import DpopKey, OAuth, RegisteredClient, refusal
from support.platform import Caller, TestPlatform

INVALID = (400, "invalid_grant")
WITHIN_GRACE, AFTER_GRACE = timedelta(seconds=20), timedelta(seconds=21)


@pytest.fixture
async def owner(platform: TestPlatform) -> Caller:
    return await platform.owner()


@pytest.fixture
async def client(oauth: OAuth, owner: Caller) -> RegisteredClient:
    return await oauth.client(owner)


@pytest.mark.operation("issue_tokens")
@pytest.mark.requirement("rfc6749:5.1:answer", "rfc6749:5.1:not-stored")
async def test_a_client_exchanges_a_refresh_token_for_new_tokens(
    platform: TestPlatform, auth: Auth, oauth: OAuth, owner: Caller, client: RegisteredClient
) -> None:
    first = await oauth.let_in(owner, client, "org:read", "openid")
    answer = await oauth.refresh(client, first.refresh_token)
    assert answer.status_code == 200, answer.text
    assert (answer.headers["cache-control"], answer.headers["pragma"]) == ("no-store", "no-cache")
    body = answer.json()
    assert body.keys() == {"access_token", "token_type", "expires_in", "refresh_token", "scope"}
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 600)
    assert body["scope"] == "openid org:read"
    me = await platform.client.get(
        "/api/v1/auth/me", headers={"Authorization": f"Bearer {body['access_token']}"}
    )
    assert me.json()["permissions"] == ["org:read"], "an owner's client may do what it was let"
    assert me.json()["method"] == "oauth2"
    assert me.json()["client_id"] == client.id


@pytest.mark.requirement("rfc9700:2.2.2:public-rotation")
@pytest.mark.requirement("attacks:refresh:64-racers")
async def test_64_racers_with_one_token_are_one_family_and_nobody_is_logged_out(
    platform: TestPlatform, oauth: OAuth, owner: Caller, client: RegisteredClient
) -> None:
    first = await oauth.let_in(owner, client, "org:read")

    async def race() -> httpx.Response:
        """Ask again where the machine is too busy for so many at once."""
        while True:
            answer = await oauth.refresh(client, first.refresh_token)
            if answer.status_code not in {503, 504}:
                return answer

    async with asyncio.TaskGroup() as group:
        racers = [group.create_task(race()) for _ in range(64)]
    answers = [racer.result() for racer in racers]
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    family = "select * from auth.refresh_token join auth.session on id = session_id"
    family += " where client_id = %s"
    assert len(platform.query(family, client.id)) == 2
    assert (await oauth.refresh(client, answers[0].json()["refresh_token"])).status_code == 200


async def test_within_the_grace_window_the_same_question_gets_the_same_answer(
    platform: TestPlatform, oauth: OAuth, owner: Caller, client: RegisteredClient
) -> None:
    first = await oauth.let_in(owner, client, "org:read", "project:read")
    asked = {"refresh_token": first.refresh_token, "scope": "org:read"}
    answer = (await oauth.refresh(client, **asked)).json()
    platform.clock.advance(WITHIN_GRACE)
    again = (await oauth.refresh(client, **asked)).json()
    assert again == answer | {"expires_in": answer["expires_in"] - 20}


@pytest.mark.requirement("attacks:refresh:replay-inside-grace")
async def test_within_the_grace_window_another_question_is_refused_and_ends_nothing(
    platform: TestPlatform, auth: Auth, oauth: OAuth, owner: Caller
) -> None:
    """Another client, scope, resource or key than the first answer was for (RFC 9700 4.14.2)."""
    client = await oauth.client(
        owner, token_endpoint_auth_method="client_secret_post", dpop_bound_access_tokens=True
    )
    other = await oauth.client(owner)
    key, another_key = DpopKey(platform), DpopKey(platform)
    first = await oauth.let_in(
        owner, client, "org:read", "project:read", jkt=key.jkt, is_public=False
    )
    token = first.refresh_token
    answer = await oauth.refresh(client, token, proof=key.proof())
    assert answer.status_code == 200, answer.text
    refused = [
        await oauth.refresh(other, token, proof=key.proof()),
        await oauth.refresh(client, token, scope="org:read", proof=key.proof()),
        await oauth.refresh(client, token, proof=another_key.proof()),
    ]
    assert [refusal(each) for each in refused] == [INVALID] * 3
    elsewhere = await oauth.refresh(
        client, token, resource="https://api.example", proof=key.proof()
    )
    assert refusal(elsewhere) == (400, "invalid_target")
    assert (await oauth.refresh(client, token, proof=key.proof())).json() == answer.json()
    successor = answer.json()["refresh_token"]
    assert (await oauth.refresh(client, successor, proof=key.proof())).status_code == 200


@pytest.mark.requirement("rfc9700:4.14.2:replay-revokes")
@pytest.mark.requirement("attacks:refresh:replay-outside-grace")
async def test_reuse_after_the_grace_window_ends_the_clients_session_and_no_other(
    platform: TestPlatform, auth: Auth, oauth: OAuth, owner: Caller, client: RegisteredClient
) -> None:
    first = await oauth.let_in(owner, client, "org:read")
    second = (await oauth.refresh(client, first.refresh_token)).json()
    platform.clock.advance(AFTER_GRACE)
    assert refusal(await oauth.refresh(client, first.refresh_token)) == INVALID
    assert not await auth.is_live(second["access_token"])
    assert refusal(await oauth.refresh(client, second["refresh_token"])) == INVALID
    assert await auth.is_live(owner.token)


@pytest.mark.requirement("rfc6749:6:same-scope")
async def test_a_refresh_may_narrow_the_scope_of_a_token_and_the_next_has_all_again(
    oauth: OAuth, owner: Caller, client: RegisteredClient
) -> None:
    """RFC 6749 section 6: the refresh token keeps the scope that was granted."""
    first = await oauth.let_in(owner, client, "org:read", "project:read")
    narrowed = (await oauth.refresh(client, first.refresh_token, scope="org:read")).json()
    assert narrowed["scope"] == "org:read"
    wide = (await oauth.refresh(client, narrowed["refresh_token"])).json()
    assert wide["scope"] == "org:read project:read"


@pytest.mark.requirement(
    "rfc6749:6:narrower-scope",
    "rfc8707:2.2:refresh",
    "rfc8707:2:invalid-target",
    "rfc9700:4.14.2:bound-to-consent",
)
@pytest.mark.requirement("rfc9068:3:unambiguous")
async def test_a_refresh_never_widens(
    oauth: OAuth, owner: Caller, client: RegisteredClient
) -> None:
    """RFC 6749 section 6, RFC 8707 section 2.2; the refresh token is not used up."""
    await oauth.resource(owner, "https://api.example", "read")
    first = await oauth.let_in(owner, client, "org:read")
    token = first.refresh_token
    wider = await oauth.refresh(client, token, scope="org:read project:read")
    assert refusal(wider) == (400, "invalid_scope")
    for resource in ("https://api.example", "https://unknown.example"):
        elsewhere = await oauth.refresh(client, token, resource=resource)
        assert refusal(elsewhere) == (400, "invalid_target")
    several = await oauth.refresh(client, token, resource=[oauth.issuer, "https://api.example"])
    assert refusal(several) == (400, "invalid_target")
    assert (await oauth.refresh(client, token, resource=oauth.issuer)).status_code == 200


@pytest.mark.requirement("rfc8707:2:audience", "rfc9068:3:resource-audience")
async def test_a_refreshed_token_is_for_the_same_resource_in_its_registered_spelling(
    auth: Auth, oauth: OAuth, owner: Caller, client: RegisteredClient
) -> None:
    audience = await oauth.resource(owner, "https://api.example", "read")
    first = await oauth.let_in(owner, client, "read", audience=audience)
    answer = await oauth.refresh(client, first.refresh_token, resource="HTTPS://API.example/")
    token = answer.json()["access_token"]
    assert (await auth.validate(token, owner))["reason"] == "audience"
    assert (await auth.validate(token, owner, audience=audience))["active"]


@pytest.mark.requirement("rfc6749:6:own-token", "rfc6749:2.2:client-id-is-no-secret")
async def test_another_clients_refresh_token_is_refused_and_stays_good(
    oauth: OAuth, owner: Caller, client: RegisteredClient
) -> None:
    first = await oauth.let_in(owner, client, "org:read")
    other = await oauth.client(owner)
    assert refusal(await oauth.refresh(other, first.refresh_token)) == INVALID
    assert refusal(await oauth.refresh(other, owner.refresh_token)) == INVALID
    assert (await oauth.refresh(client, first.refresh_token)).status_code == 200


@pytest.mark.requirement("rfc6749:5.2:unauthorized-client")
async def test_a_client_without_the_grant_gets_no_refresh_token_and_may_not_use_one(
    oauth: OAuth, owner: Caller
) -> None:
    client = await oauth.client(owner, grant_types=["authorization_code"])
    first = await oauth.let_in(owner, client, "org:read")
    answer = await oauth.refresh(client, first.refresh_token)
    assert refusal(answer) == (400, "unauthorized_client")


@pytest.mark.parametrize(
    ("form", "word"),
    [
        ({"grant_type": "refresh_token"}, "invalid_request"),
        ({"grant_type": "refresh_token", "refresh_token": ""}, "invalid_request"),
        ({"grant_type": "refresh_token", "refresh_token": ["a", "a"]}, "invalid_request"),
        ({"grant_type": "refresh_token", "refresh_token": "x" * 17_000}, "invalid_request"),
        ({"grant_type": "refresh_token", "refresh_token": "a\0b"}, "invalid_request"),
        ({"grant_type": "refresh_token", "refresh_token": "unknown"}, "invalid_grant"),
        ({"grant_type": "password", "username": "ada"}, "unsupported_grant_type"),
        ({"grant_type": ""}, "invalid_request"),
        ({}, "invalid_request"),
    ],
)
@pytest.mark.requirement(
    "rfc6749:3.2:empty-unknown-repeated",
    "rfc6749:5.2:error-form",
    "rfc6749:5.2:unsupported-grant",
    "rfc9700:2.4:no-password-grant",
)
@pytest.mark.requirement("rfc6749:5.2:error-characters")
async def test_a_bad_request_is_refused_in_the_words_of_rfc_6749(
    platform: TestPlatform, client: RegisteredClient, form: dict[str, Any], word: str
) -> None:
    answer = await platform.client.post("/oauth/token", data={**client.form, **form})
    assert refusal(answer) == (400, word)
    description = answer.json()["error_description"]
    assert all(" " <= character <= "~" and character not in '"\\' for character in description)


@pytest.mark.requirement("rfc6749:3.2:post-only", "rfc6749:2.3.1:not-in-uri")
async def test_only_a_form_in_the_body_is_a_token_request(
    platform: TestPlatform, client: RegisteredClient
) -> None:
    """RFC 6749 section 3.2: POST and a form; a query is not looked at."""
    form = {**client.form, "grant_type": "refresh_token", "refresh_token": "x"}
    as_json = await platform.client.post("/oauth/token", json=form)
    as_query = await platform.client.post("/oauth/token", params=form)
    as_parts = await platform.client.post("/oauth/token", files={"grant_type": b"refresh_token"})
    for answer in (as_json, as_query, as_parts):
        assert refusal(answer) == (400, "invalid_request")
    assert (await platform.client.get("/oauth/token", params=form)).status_code == 405


async def test_an_unknown_client_is_told_so_and_nothing_else(oauth: OAuth) -> None:
    answer = await oauth.refresh(RegisteredClient("cli_unknown"), "x")
    assert refusal(answer) == (401, "invalid_client")
    assert "www-authenticate" not in answer.headers, "it did not try HTTP authentication"


@pytest.mark.requirement("rfc6749:2.3.1:basic", "rfc6749:5.2:invalid-client")
async def test_a_client_may_authenticate_by_http_basic(
    platform: TestPlatform, oauth: OAuth, owner: Caller
) -> None:
    """RFC 6749 section 2.3.1; anywhere else Basic is no way to authenticate."""
    client = await oauth.client(owner, token_endpoint_auth_method="client_secret_basic")
    first = await oauth.let_in(owner, client, "org:read")
    form = {"grant_type": "refresh_token", "refresh_token": first.refresh_token}
    answer = await platform.client.post("/oauth/token", data=form, headers=client.basic)
    assert answer.status_code == 200, answer.text
    wrong = RegisteredClient(client.id, "wrong")
    answer = await platform.client.post("/oauth/token", data=form, headers=wrong.basic)
    assert refusal(answer) == (401, "invalid_client")
    assert answer.headers["www-authenticate"].startswith("Basic ")
    answer = await platform.client.get("/api/v1/auth/me", headers=client.basic)
    assert answer.status_code == 401


async def test_a_clients_session_ends_with_the_one_that_started_it_unless_it_is_offline(
    platform: TestPlatform, auth: Auth, oauth: OAuth, owner: Caller, client: RegisteredClient
) -> None:
    """OpenID Connect Core section 11."""
    [session] = (await auth.get("/api/v1/auth/sessions", owner)).json()["items"]
    online = await oauth.let_in(owner, client, "org:read", started_by=session["id"])
    offline = await oauth.let_in(
        owner, client, "org:read", "offline_access", started_by=session["id"], offline=True
    )
    await platform.client.post("/api/v1/auth/sign-out", headers=owner.headers)
    assert not await auth.is_live(online.access_token)
    assert refusal(await oauth.refresh(client, online.refresh_token)) == INVALID
    assert await auth.is_live(offline.access_token)
    assert (await oauth.refresh(client, offline.refresh_token)).status_code == 200


async def test_a_deleted_clients_tokens_end_at_once(
    platform: TestPlatform, auth: Auth, oauth: OAuth, owner: Caller, client: RegisteredClient
) -> None:
    issued = await oauth.let_in(owner, client, "org:read")
    assert await auth.is_live(issued.access_token)
    answer = await platform.client.delete(f"/api/v1/clients/{client.id}", headers=owner.headers)
    assert answer.status_code == 204, answer.text
    assert not await auth.is_live(issued.access_token)
    answer = await oauth.refresh(client, issued.refresh_token)
    assert refusal(answer) == (401, "invalid_client")
