"""Clients that register themselves (RFC 7591)."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from argus.services.auth.clients.authenticator import ClientAuthenticator
from argus.services.auth.clients.client import Client, ClientOrigin
from argus.services.auth.clients.errors import InvalidClient
from argus.services.auth.clients.registry import ClientRegistry
from support.auth import Auth
from support.database import Server
from support.platform import TestPlatform
from support.platform import platform as running

CLAUDE = {
    "client_name": "Claude Code",
    "redirect_uris": ["http://localhost:3118/callback"],
    "grant_types": ["authorization_code", "refresh_token"],
    "response_types": ["code"],
    "token_endpoint_auth_method": "none",
    "application_type": "native",
}


async def register(platform: TestPlatform, **document: Any) -> httpx.Response:
    return await platform.client.post("/oauth/register", json=document)


async def find(platform: TestPlatform, client_id: str) -> Client | None:
    return await platform.modules["auth"].resources.get(ClientRegistry).find(client_id)


@pytest.mark.operation("register_client")
async def test_a_client_registers_itself_and_belongs_to_nobody(
    platform: TestPlatform, auth: Auth
) -> None:
    answer = await register(platform, **CLAUDE)
    assert answer.status_code == 201
    assert answer.headers["cache-control"] == "no-store"
    told = answer.json()
    assert told["client_id"].startswith("dcr_")
    assert told["client_id_issued_at"] == int(platform.clock.now().timestamp())
    assert told["redirect_uris"] == CLAUDE["redirect_uris"]
    assert "client_secret" not in told
    assert "logo_uri" not in told
    found = await find(platform, told["client_id"])
    assert found is not None
    assert (found.origin, found.organization_id) == (ClientOrigin.REGISTRATION, None)
    assert found.metadata.is_public
    events = auth.events("ClientRegisteredItself")
    assert events == [("ClientRegisteredItself", {"client_id": told["client_id"]})]


async def test_who_says_little_gets_a_secret_that_is_shown_once(platform: TestPlatform) -> None:
    told = (await register(platform, redirect_uris=["https://app.example/cb"])).json()
    assert told["client_secret_expires_at"] == 0
    assert told["token_endpoint_auth_method"] == "client_secret_basic"
    assert told["grant_types"] == ["authorization_code"]
    assert told["client_name"] == "Unnamed application"
    assert told["client_secret"] not in str(platform.query("select * from auth.open_client"))
    authenticator = platform.modules["auth"].resources.get(ClientAuthenticator)
    form = {"client_id": told["client_id"], "client_secret": told["client_secret"]}
    assert (await authenticator.authenticate(None, form)).client.id == told["client_id"]
    with pytest.raises(InvalidClient):
        await authenticator.authenticate(None, form | {"client_secret": "argus_cs_wrong"})


async def test_nothing_is_granted_that_needs_an_organization_behind_the_client(
    platform: TestPlatform,
) -> None:
    grants = ["authorization_code", "client_credentials", "password", "refresh_token"]
    told = (await register(platform, **CLAUDE | {"grant_types": grants})).json()
    assert told["grant_types"] == ["authorization_code", "refresh_token"]
    found = await find(platform, told["client_id"])
    assert found is not None
    assert not found.may_use("client_credentials")


async def test_nothing_can_be_set_that_is_not_a_clients_to_set(platform: TestPlatform) -> None:
    smuggled = {
        "client_id": "argus",
        "client_secret": "chosen",
        "client_id_issued_at": 1,
        "organization_id": "org_1",
        "origin": "built_in",
        "resources": ["https://api.example"],
        "service_account_id": "sa_1",
        "secret_digest": "x",
    }
    told = (await register(platform, **CLAUDE | smuggled)).json()
    assert told["client_id"] != "argus"
    assert not (smuggled.keys() - {"client_id", "client_id_issued_at"}) & told.keys()
    assert told["client_id_issued_at"] != 1
    found = await find(platform, told["client_id"])
    assert found is not None
    assert (found.resources, found.service_account_id) == ((), None)


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"redirect_uris": []}, "invalid_redirect_uri"),
    ({"redirect_uris": ["http://evil.example/"]}, "invalid_redirect_uri"),
    ({"redirect_uris": ["javascript:alert(1)"]}, "invalid_redirect_uri"),
    ({"redirect_uris": "https://app.example/"}, "invalid_redirect_uri"),
    ({"redirect_uris": [1]}, "invalid_redirect_uri"),
    ({"client_name": "x" * 101}, "invalid_client_metadata"),
    ({"client_name": None}, "invalid_client_metadata"),
    ({"grant_types": ["client_credentials"]}, "invalid_client_metadata"),
    ({"grant_types": 5}, "invalid_client_metadata"),
    ({"token_endpoint_auth_method": "private_key_jwt"}, "invalid_client_metadata"),
    ({"token_endpoint_auth_method": "tls_client_auth"}, "invalid_client_metadata"),
    ({"logo_uri": "http://169.254.169.254/"}, "invalid_client_metadata"),
    ({"jwks": {"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}}, "invalid_client_metadata"),
    ({"response_types": ["token"]}, "invalid_client_metadata"),
]


async def test_what_cannot_be_a_client_is_refused_in_the_words_of_the_standard(
    platform: TestPlatform,
) -> None:
    for wrong, error in WRONG:
        answer = await register(platform, **CLAUDE | wrong)
        assert (answer.status_code, answer.json()["error"]) == (400, error), wrong
    assert platform.query("select client_id from auth.open_client") == []


async def test_what_is_no_document_is_refused(platform: TestPlatform) -> None:
    for body in (b"", b"[]", b"null", b"{", b"client_name=x"):
        answer = await platform.client.post(
            "/oauth/register", content=body, headers={"Content-Type": "application/json"}
        )
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request"), body


@pytest.mark.usefixtures("limits")
async def test_one_address_registers_few_clients(platform: TestPlatform) -> None:
    answers = [(await register(platform, **CLAUDE)).status_code for _ in range(21)]
    assert answers == [201] * 20 + [429]


async def test_a_client_that_nobody_let_in_is_forgotten_after_a_month(
    platform: TestPlatform, auth: Auth
) -> None:
    told = (await register(platform, **CLAUDE)).json()
    platform.clock.advance(timedelta(days=30))
    await auth.maintain()
    assert await find(platform, told["client_id"]) is not None
    platform.clock.advance(timedelta(seconds=1))
    await auth.maintain()
    assert await find(platform, told["client_id"]) is None


async def test_the_metadata_say_where_to_register(platform: TestPlatform) -> None:
    told = (await platform.client.get("/.well-known/oauth-authorization-server")).json()
    assert told["registration_endpoint"].endswith("/oauth/register")


async def test_an_installation_that_does_not_say_so_registers_nobody(
    server: Server, tmp_path: Path
) -> None:
    async with running(server, tmp_path) as closed:
        answer = await register(closed, **CLAUDE)
        told = (await closed.client.get("/.well-known/oauth-authorization-server")).json()
    assert (answer.status_code, answer.json()["error"]) == (403, "access_denied")
    assert "registration_endpoint" not in told
