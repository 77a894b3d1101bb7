"""Clients by Client ID Metadata Document."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from argus.kernel.outbound import Outbound
from argus.kernel.settings import KernelSettings
from argus.services.auth.clients.client import Client, ClientOrigin
from argus.services.auth.clients.documents import (
    FETCHES_PER_ORIGIN,
    ClientDocuments,
    is_document_address,
)
from argus.services.auth.clients.registry import ClientRegistry
from support.far_site import FarSite, answer, far_site
from support.platform import TestPlatform


@pytest.fixture
async def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[FarSite]:
    async with far_site(tmp_path, monkeypatch.setenv) as running:
        yield running


def document(site: FarSite, path: str = "/client.json", **changed: Any) -> dict[str, Any]:
    made = {
        "client_id": site.origin + path,
        "client_name": "Agent",
        "redirect_uris": ["http://localhost/callback", "https://agent.example/callback"],
        "grant_types": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_method": "none",
    }
    return {name: value for name, value in (made | changed).items() if value is not None}


async def find(platform: TestPlatform, url: str) -> Client | None:
    return await platform.modules["auth"].resources.get(ClientRegistry).find(url)


async def test_a_document_at_its_own_address_is_a_client(
    platform: TestPlatform, site: FarSite
) -> None:
    url = f"{site.origin}/client.json"
    site.answers["/client.json"] = answer(document(site, contacts=["a@b.example"], unknown=1))
    found = await find(platform, url)
    assert found is not None
    assert (found.id, found.origin, found.organization_id) == (url, ClientOrigin.DOCUMENT, None)
    assert found.metadata.client_name == "Agent"
    assert found.metadata.redirect_uris[0] == "http://localhost/callback"
    assert found.resources == ()


async def test_a_document_that_says_less_is_of_a_public_client_of_the_code_grant(
    platform: TestPlatform, site: FarSite
) -> None:
    less = document(site, grant_types=None, token_endpoint_auth_method=None)
    site.answers["/client.json"] = answer(less, kind="application/cimd+json; charset=utf-8")
    found = await find(platform, f"{site.origin}/client.json")
    assert found is not None
    assert found.metadata.is_public
    assert found.metadata.grant_types == ("authorization_code",)


async def test_grants_without_a_person_need_an_organization_behind_the_client(
    platform: TestPlatform, site: FarSite
) -> None:
    asked = ["authorization_code", "client_credentials", "password", "implicit"]
    site.answers["/client.json"] = answer(document(site, grant_types=asked))
    found = await find(platform, f"{site.origin}/client.json")
    assert found is not None
    assert found.metadata.grant_types == ("authorization_code",)


WRONG: list[dict[str, Any]] = [
    {"client_id": "https://other.example/client.json"},
    {"client_id": None},
    {"client_name": None},
    {"client_name": ""},
    {"redirect_uris": []},
    {"redirect_uris": None},
    {"redirect_uris": ["javascript:alert(1)"]},
    {"redirect_uris": "https://agent.example/"},
    {"token_endpoint_auth_method": "client_secret_post"},
    {"token_endpoint_auth_method": "client_secret_basic"},
    {"client_secret": "known to everybody"},
    {"grant_types": ["client_credentials"]},
    {"grant_types": "authorization_code"},
    {"grant_types": [["authorization_code"]]},
    {"logo_uri": "javascript:alert(1)"},
    {"token_endpoint_auth_method": "private_key_jwt"},
]


async def test_a_document_that_is_wrong_is_no_client(platform: TestPlatform, site: FarSite) -> None:
    for wrong in WRONG:
        site.answers["/client.json"] = answer(document(site, **wrong))
        assert await find(platform, f"{site.origin}/client.json") is None, wrong
    assert platform.query("select client_id from auth.open_client") == []


async def test_an_answer_that_is_no_small_json_document_is_no_client(
    platform: TestPlatform, site: FarSite
) -> None:
    url, right = f"{site.origin}/client.json", document(site)
    site.answers["/target"] = answer(document(site, "/target"))
    for wrong in (
        answer(right, "404 Not Found"),
        answer(right, "201 Created"),
        answer(right, kind="text/html"),
        answer(right, "302 Found", Location=f"{site.origin}/target"),
        answer(right, "301 Moved", Location="http://169.254.169.254/latest"),
        answer(orjson.dumps(right) + b" " * 5120),
        answer(b"[]"),
        answer(b"null"),
        answer(b"{"),
        answer(b"\xff"),
        b"not http\r\n\r\n",
    ):
        site.answers["/client.json"] = wrong
        assert await find(platform, url) is None, wrong[:80]
    assert set(site.requests) == {"/client.json"}
    assert platform.query("select client_id from auth.open_client") == []


@pytest.mark.parametrize(
    "url",
    [
        "http://agent.example/client.json",
        "https://agent.example",
        "https://agent.example/",
        "https://agent.example/client.json#part",
        "https://user@agent.example/client.json",
        "https://user:secret@agent.example/client.json",
        "https://agent.example/a/../client.json",
        "https://agent.example/./client.json",
        "https://agent.example/%2E%2e/client.json",
        "https://agent.example/..",
        "https://agent.example\\@evil.example/client.json",
        "https://ägent.example/client.json",
        "HTTPS://agent.example/client.json",
        "https:///client.json",
        "https://agent.example/" + "x" * 2000,
    ],
)
@pytest.mark.requirement("attacks:fetches:ssrf-by-client-document")
def test_what_may_not_be_a_clients_address_is_not_fetched(url: str) -> None:
    assert not is_document_address(url)


@pytest.mark.requirement("attacks:fetches:ssrf-by-client-document")
async def test_the_installations_own_network_is_not_reached_by_a_clients_id(
    platform: TestPlatform, site: FarSite
) -> None:
    """Without the network that tests allow: by address, and by a name that leads there."""
    site.answers["/client.json"] = answer(document(site))
    port = site.origin.rpartition(":")[2]

    async def inside(_host: str, _port: int) -> list[str]:
        return ["127.0.0.1"]

    database = platform.modules["auth"].database
    for outbound in (Outbound(KernelSettings()), Outbound(KernelSettings(), inside)):
        documents = ClientDocuments(database, outbound, platform.clock)
        for host in ("127.0.0.1", "[::1]", "localhost", "0x7f.1", "169.254.169.254", "rebind.test"):
            assert await documents.find(f"https://{host}:{port}/client.json") is None
    assert site.requests == []


async def test_a_document_is_read_again_when_it_has_aged_within_bounds(
    platform: TestPlatform, site: FarSite
) -> None:
    for path, asked, fresh in (
        ("/default", "", timedelta(minutes=5)),
        ("/never", "no-store, max-age=0", timedelta(minutes=5)),
        ("/hour", "public, max-age=3600", timedelta(hours=1)),
        ("/forever", "max-age=999999999", timedelta(hours=24)),
    ):
        site.requests.clear()
        site.answers[path] = answer(document(site, path), Cache_Control=asked)
        for wait in (timedelta(0), fresh - timedelta(seconds=1)):
            platform.clock.advance(wait)
            assert await find(platform, site.origin + path)
        assert site.requests == [path]
        renamed = document(site, path, client_name="Renamed")
        site.answers[path] = answer(renamed)
        platform.clock.advance(timedelta(seconds=1))
        found = await find(platform, site.origin + path)
        assert found is not None
        assert found.metadata.client_name == "Renamed"


async def test_a_client_whose_address_fails_goes_on_for_a_week_and_failures_are_not_kept(
    platform: TestPlatform, site: FarSite
) -> None:
    url = f"{site.origin}/client.json"
    assert await find(platform, url) is None
    site.answers["/client.json"] = answer(document(site))
    assert await find(platform, url)
    site.answers["/client.json"] = answer({}, "500 Internal Server Error")
    platform.clock.advance(timedelta(days=7, seconds=-1))
    assert await find(platform, url)
    platform.clock.advance(timedelta(seconds=1))
    assert await find(platform, url) is None


async def test_of_many_who_name_a_client_one_reads_its_document(
    platform: TestPlatform, site: FarSite
) -> None:
    site.answers["/client.json"] = answer(document(site))
    async with asyncio.TaskGroup() as group:
        for _ in range(8):
            group.create_task(find(platform, f"{site.origin}/client.json"))
    assert site.requests == ["/client.json"]


async def test_made_up_ids_make_few_requests_to_one_place(
    platform: TestPlatform, site: FarSite
) -> None:
    for number in range(FETCHES_PER_ORIGIN + 5):
        assert await find(platform, f"{site.origin}/{number}") is None
    assert len(site.requests) == FETCHES_PER_ORIGIN
