"""Clients whose keys lie at an address of their own (`jwks_uri`)."""

from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from joserfc import jws
from joserfc.jwk import ECKey

from argus.kernel.outbound import Outbound
from argus.kernel.settings import KernelSettings
from argus.services.auth.clients.assertions import ASSERTION_TYPE, ClientAssertions
from argus.services.auth.clients.authenticator import ClientAuthenticator
from argus.services.auth.clients.errors import InvalidClient
from argus.services.auth.clients.registry import ClientRegistry
from argus.services.auth.foreign_tokens.keys import RemoteKeys
from support.clients import client
from support.far_site import FarSite, answer, far_site
from support.platform import TestPlatform

ISSUER = "http://127.0.0.1:8700"
OLD, NEW = (ECKey.generate_key("P-256", {"kid": kid}) for kid in ("old", "new"))


@pytest.fixture
async def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[FarSite]:
    async with far_site(tmp_path, monkeypatch.setenv) as running:
        yield running


@pytest.fixture
async def client_id(platform: TestPlatform, site: FarSite) -> str:
    made = await client(
        platform,
        await platform.owner(),
        token_endpoint_auth_method="private_key_jwt",
        jwks_uri=f"{site.origin}/jwks",
    )
    return made["client_id"]


def key_set(*keys: ECKey) -> dict[str, Any]:
    return {"keys": [key.as_dict(private=False) for key in keys]}


def assertion(platform: TestPlatform, client_id: str, key: ECKey, **header: str) -> str:
    now = platform.clock.now().timestamp()
    claims = {"iss": client_id, "sub": client_id, "aud": ISSUER, "exp": now + 60}
    protected = {"alg": "ES256", "kid": key.kid} | header
    claims["jti"] = f"{now} {key.kid}"
    return jws.serialize_compact(protected, orjson.dumps(claims), key, algorithms=["ES256"])


async def authenticates(platform: TestPlatform, client_id: str, key: ECKey, **header: str) -> bool:
    authenticator = platform.modules["auth"].resources.get(ClientAuthenticator)
    made = assertion(platform, client_id, key, **header)
    form = {"client_assertion": made, "client_assertion_type": ASSERTION_TYPE}
    try:
        await authenticator.authenticate(None, form)
    except InvalidClient:
        return False
    return True


async def test_a_clients_keys_are_read_at_its_address_and_follow_its_rotation(
    platform: TestPlatform, site: FarSite, client_id: str
) -> None:
    site.answers["/jwks"] = answer(key_set(OLD))
    assert await authenticates(platform, client_id, OLD)
    site.answers["/jwks"] = answer(key_set(NEW))
    platform.clock.advance(timedelta(seconds=31))
    assert await authenticates(platform, client_id, NEW)
    assert not await authenticates(platform, client_id, OLD)
    assert site.requests == ["/jwks", "/jwks"]


@pytest.mark.requirement("attacks:tokens:jku-injection")
async def test_keys_and_addresses_in_an_assertion_are_not_looked_at(
    platform: TestPlatform, site: FarSite, client_id: str
) -> None:
    site.answers["/jwks"] = answer(key_set(OLD))
    site.answers["/evil"] = answer(key_set(NEW))
    for header in ("jku", "x5u"):
        named = {header: f"{site.origin}/evil"}
        assert not await authenticates(platform, client_id, NEW, **named)
    assert "/evil" not in site.requests


async def test_made_up_key_ids_do_not_make_requests(
    platform: TestPlatform, site: FarSite, client_id: str
) -> None:
    site.answers["/jwks"] = answer(key_set(OLD))
    for _ in range(5):
        assert not await authenticates(platform, client_id, NEW)
    assert site.requests == ["/jwks"]


@pytest.mark.requirement("attacks:fetches:redirects")
async def test_a_redirect_or_a_flood_instead_of_keys_authenticates_nobody(
    platform: TestPlatform, site: FarSite, client_id: str
) -> None:
    site.answers["/other"] = answer(key_set(OLD))
    flood = orjson.dumps(key_set(OLD)) + b" " * (256 * 1024)
    for wrong in (
        answer({}, "302 Found", Location=f"{site.origin}/other"),
        answer(flood),
        answer(key_set(OLD), "500 Internal Server Error"),
        answer(b"[]"),
    ):
        site.answers["/jwks"] = wrong
        assert not await authenticates(platform, client_id, OLD)
        platform.clock.advance(timedelta(seconds=31))
    assert set(site.requests) == {"/jwks"}


@pytest.mark.requirement("attacks:fetches:ssrf-by-key-set")
async def test_the_installations_own_network_is_not_reached_for_keys(
    platform: TestPlatform, site: FarSite, client_id: str
) -> None:
    site.answers["/jwks"] = answer(key_set(OLD))
    module = platform.modules["auth"]
    found = await module.resources.get(ClientRegistry).find(client_id)
    assert found is not None
    keys = RemoteKeys(Outbound(KernelSettings()), platform.clock)
    assertions = ClientAssertions(module.database, platform.clock, keys, ISSUER)
    assert not await assertions.prove(found, assertion(platform, client_id, OLD))
    assert site.requests == []
