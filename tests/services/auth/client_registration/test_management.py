"""Clients that manage their registration (RFC 7592)."""

import json
from typing import Any

import httpx
import pytest

from argus.services.auth.clients.authenticator import ClientAuthenticator
from argus.services.auth.clients.errors import InvalidClient
from support.auth import Auth
from support.oauth import OAuth, RegisteredClient
from support.platform import TestPlatform

APP: dict[str, Any] = {
    "client_name": "An application",
    "redirect_uris": ["https://app.example/callback"],
    "grant_types": ["authorization_code", "refresh_token"],
    "response_types": ["code"],
    "token_endpoint_auth_method": "client_secret_post",
    "scope": "openid profile",
}


class Registered:
    """A client that registered itself, with the token that it has now."""

    def __init__(self, platform: TestPlatform, told: dict[str, Any]) -> None:
        self.platform, self.told = platform, told
        self.id, self.token = told["client_id"], told["registration_access_token"]
        self.path = told["registration_client_uri"].removeprefix(
            platform.composition.settings.base_url
        )

    async def ask(
        self, method: str, token: str | None = None, path: str | None = None, **body: Any
    ) -> httpx.Response:
        headers = {
            "Authorization": f"Bearer {token or self.token}",
            "Content-Type": "application/json",
        }
        return await self.platform.client.request(
            method, path or self.path, headers=headers, content=json.dumps(body) if body else None
        )

    async def change(self, **metadata: Any) -> httpx.Response:
        return await self.ask("PUT", **{"client_id": self.id} | APP | metadata)

    async def authenticates(self, secret: str) -> bool:
        authenticator = self.platform.modules["auth"].resources.get(ClientAuthenticator)
        try:
            await authenticator.authenticate(None, {"client_id": self.id, "client_secret": secret})
        except InvalidClient:
            return False
        return True


@pytest.fixture
async def app(platform: TestPlatform) -> Registered:
    return await register(platform)


async def register(platform: TestPlatform, **metadata: Any) -> Registered:
    answer = await platform.client.post("/oauth/register", json=APP | metadata)
    assert answer.status_code == 201, answer.text
    return Registered(platform, answer.json())


def refused(answer: httpx.Response) -> bool:
    """As for every reason: nobody learns which clients there are."""
    assert answer.headers["www-authenticate"].startswith('Bearer realm="argus", error="inval')
    assert answer.json()["error_description"].startswith("the registration access token is not")
    return (answer.status_code, answer.json()["error"]) == (401, "invalid_token")


@pytest.mark.operation("get_registration")
@pytest.mark.requirement("rfc7592:2.1:read", "rfc7592:3:answer")
async def test_a_client_reads_what_is_registered(platform: TestPlatform, app: Registered) -> None:
    answer = await app.ask("GET")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    secret = {"client_secret", "client_secret_expires_at"}
    assert answer.json() == {name: app.told[name] for name in app.told.keys() - secret}
    stored = str(platform.query("select * from auth.open_client"))
    assert app.token not in stored


@pytest.mark.operation("change_registration")
@pytest.mark.requirement("rfc7592:2.2:replaces", "rfc7592:3:token-rotates")
async def test_a_client_replaces_what_it_says_and_gets_another_token(
    auth: Auth, app: Registered
) -> None:
    answer = await app.change(client_name="Renamed", scope="openid")
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["client_name"], told["scope"]) == ("Renamed", "openid")
    assert told["client_id_issued_at"] == app.told["client_id_issued_at"]
    assert "client_secret" not in told, "it was shown once"
    assert refused(await app.ask("GET"))
    app.token = told["registration_access_token"]
    assert (await app.ask("GET")).json()["client_name"] == "Renamed"
    assert await app.authenticates(app.told["client_secret"])
    [(_, event)] = auth.events("ClientChanged")
    assert event == {"client_id": app.id, "changed": ["client_name", "scope"], "narrowed": True}


@pytest.mark.requirement("rfc7592:2.2:omitted-is-default")
async def test_what_a_change_leaves_out_has_its_default(app: Registered) -> None:
    body = {"client_id": app.id, "redirect_uris": ["https://app.example/other"]}
    told = (await app.ask("PUT", **body)).json()
    assert told["redirect_uris"] == ["https://app.example/other"]
    assert (told["client_name"], told["grant_types"]) == (
        "Unnamed application",
        ["authorization_code"],
    )
    assert "scope" not in told


@pytest.mark.requirement("rfc7592:2.2:client-id", "rfc7592:2.2:client-secret")
async def test_a_client_chooses_neither_its_id_nor_its_secret(app: Registered) -> None:
    for chosen in (
        {"client_id": "argus"},
        {"client_id": None},
        {"client_secret": "chosen"},
        {"client_secret": "\ud800"},
        {"client_secret": None},
    ):
        answer = await app.change(**chosen)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client_metadata")
    secret = app.told["client_secret"]
    assert (await app.change(client_secret=secret)).status_code == 200
    assert await app.authenticates(secret)


@pytest.mark.requirement("rfc7592:2.2:invalid-values")
async def test_a_change_that_is_no_client_is_refused_and_changes_nothing(app: Registered) -> None:
    for wrong, error in (
        ({"redirect_uris": ["http://evil.example/"]}, "invalid_redirect_uri"),
        ({"grant_types": ["client_credentials"]}, "invalid_client_metadata"),
    ):
        answer = await app.change(**wrong)
        assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert (await app.ask("GET")).json()["redirect_uris"] == APP["redirect_uris"]


async def test_a_secret_comes_and_goes_with_the_way_of_authenticating(app: Registered) -> None:
    public = await app.change(token_endpoint_auth_method="none")
    app.token = public.json()["registration_access_token"]
    assert not await app.authenticates(app.told["client_secret"])
    told = (await app.change()).json()
    assert told["client_secret_expires_at"] == 0
    assert told["client_secret"] != app.told["client_secret"]
    assert await app.authenticates(told["client_secret"])


async def test_a_change_of_what_tokens_rest_on_ends_them(
    platform: TestPlatform, auth: Auth, app: Registered
) -> None:
    person = await platform.owner()
    oauth = OAuth(platform)
    client = RegisteredClient(app.id, app.told["client_secret"])
    tokens = await oauth.let_in(person, client, "openid", "profile")
    renamed = await app.change(client_name="Renamed")
    assert await auth.is_live(tokens.access_token)
    app.token = renamed.json()["registration_access_token"]
    await app.change(client_name="Renamed", scope="openid")
    assert not await auth.is_live(tokens.access_token)


@pytest.mark.operation("delete_registration")
@pytest.mark.requirement("rfc7592:2.3:delete", "rfc7592:2.3:tokens-end")
async def test_a_deleted_client_is_no_more_and_its_tokens_and_sessions_end(
    platform: TestPlatform, auth: Auth, app: Registered
) -> None:
    person = await platform.owner()
    oauth = OAuth(platform)
    client = RegisteredClient(app.id, app.told["client_secret"])
    tokens = await oauth.let_in(person, client, "openid", "offline_access", offline=True)
    assert await auth.is_live(tokens.access_token)
    answer = await app.ask("DELETE")
    assert (answer.status_code, answer.content) == (204, b"")
    assert not await auth.is_live(tokens.access_token)
    assert not await app.authenticates(app.told["client_secret"])
    for method in ("GET", "DELETE"):
        assert refused(await app.ask(method))
    assert auth.events("ClientDeleted") == [("ClientDeleted", {"client_id": app.id})]
    await platform.relay()
    [session] = platform.query("select revoked_at from auth.session where client_id = %s", app.id)
    assert session["revoked_at"] is not None


@pytest.mark.requirement("rfc7592:2:token-needed", "rfc7592:2.1:unknown-client")
async def test_nobody_else_manages_a_registration(platform: TestPlatform, app: Registered) -> None:
    owner = await platform.owner()
    other = await register(platform)
    unknown = "/oauth/register/dcr_01jdpnw000e008000000000000"
    for method in ("GET", "PUT", "DELETE"):
        body = {"client_id": app.id, **APP} if method == "PUT" else {}
        for token in (owner.token, other.token, app.told["client_secret"], "argus_rat_guess"):
            assert refused(await app.ask(method, token, **body)), token
        assert refused(await app.ask(method, path=unknown, **body))
        for headers in ({}, {"Authorization": "Basic YTpi"}, {"X-API-Key": app.token}):
            answer = await platform.client.request(
                method, app.path, headers=headers, json=body or None
            )
            assert answer.status_code == 401
    assert (await app.ask("GET")).status_code == 200


@pytest.mark.requirement("rfc7592:5:token-purpose")
async def test_the_token_is_good_for_the_registration_only(
    platform: TestPlatform, app: Registered
) -> None:
    headers = {"Authorization": f"Bearer {app.token}"}
    assert (await platform.client.get("/api/v1/auth/me", headers=headers)).status_code == 401


async def test_a_client_known_by_its_document_has_no_registration(platform: TestPlatform) -> None:
    platform.owner_connection.execute(
        "insert into auth.open_client (client_id, metadata, read_at, fresh_until)"
        " values ('https://app.example/client', '{}', now(), now())"
    )
    answer = await platform.client.get(
        "/oauth/register/https%3A%2F%2Fapp.example%2Fclient",
        headers={"Authorization": "Bearer "},
    )
    assert answer.status_code in (401, 404)
