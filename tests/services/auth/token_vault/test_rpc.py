"""Lending providers' tokens."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta

import pytest

from argus.contracts.auth.rpc import LEND_UPSTREAM_TOKEN
from argus.contracts.auth.v1 import auth_pb2
from argus.kernel import context
from argus.kernel.errors import Unavailable
from argus.services.auth.providers.errors import ProviderFailed
from argus.services.auth.token_vault.errors import NothingToLend
from support.auth import Auth
from support.federated import Browser, Start
from support.federated import start as start  # noqa: PLC0414 - a fixture
from support.loopback import GitHub, serving
from support.platform import Caller, TestPlatform


@pytest.fixture
def github() -> Iterator[GitHub]:
    server = GitHub()
    with serving(server):
        yield server


async def signed_in(start: Start, github: GitHub, *services: str) -> tuple[TestPlatform, Caller]:
    """An installation that lends GitHub's tokens to these services, and Ada who came by GitHub."""
    settings = github.settings | {"sign_up": True, "lend_to": services}
    platform = await start(providers={"github": settings})
    browser = Browser(platform)
    back = github.authorize(await browser.visit("github"))
    assert (await browser.come_back("github", back)).status_code == 303
    return platform, await platform.sign_in("ada@example.com")


async def lend(
    platform: TestPlatform, user: Caller, service: str = "gateway"
) -> auth_pb2.LendUpstreamTokenResponse:
    request = auth_pb2.LendUpstreamTokenRequest(user_id=user.user_id, provider="github")
    context.service.set(service)
    return await platform.rpc.call(LEND_UPSTREAM_TOKEN, request)


async def test_a_service_that_may_gets_the_token_and_that_is_told(
    start: Start, github: GitHub
) -> None:
    platform, ada = await signed_in(start, github, "gateway")
    lent = await lend(platform, ada)
    assert (lent.access_token, lent.expires_at) == ("gho_1", 0)
    assert list(lent.scopes) == ["read:user", "user:email"]
    ((_, told),) = Auth(platform).events("UpstreamTokenLent")
    assert (told["user_id"], told["provider"], told["service"]) == (
        ada.user_id,
        "github",
        "gateway",
    )


async def test_tokens_are_sealed(start: Start, github: GitHub) -> None:
    platform, _ = await signed_in(start, github, "gateway")
    (row,) = platform.query("select sealed_tokens from auth.upstream_token")
    assert b"gho_" not in bytes(row["sealed_tokens"])


async def test_no_other_service_gets_it(start: Start, github: GitHub) -> None:
    platform, ada = await signed_in(start, github, "gateway")
    with pytest.raises(NothingToLend):
        await lend(platform, ada, "qa")
    assert Auth(platform).events("UpstreamTokenLent") == []


async def test_what_is_lent_to_nobody_is_not_kept(start: Start, github: GitHub) -> None:
    platform, ada = await signed_in(start, github)
    assert platform.query("select 1 from auth.upstream_token") == []
    with pytest.raises(NothingToLend):
        await lend(platform, ada)


async def test_somebody_without_the_provider_has_nothing_to_lend(
    start: Start, github: GitHub
) -> None:
    platform, _ = await signed_in(start, github, "gateway")
    with pytest.raises(NothingToLend):
        await lend(platform, await platform.owner())


async def test_a_token_is_renewed_before_it_ends(start: Start, github: GitHub) -> None:
    github.life_s = 3600
    platform, ada = await signed_in(start, github, "gateway")
    assert (await lend(platform, ada)).access_token == "gho_1"
    platform.clock.advance(timedelta(minutes=59))
    assert (await lend(platform, ada)).access_token == "gho_2"
    assert (await lend(platform, ada)).access_token == "gho_2"


async def test_a_refresh_token_is_used_once_however_many_ask(start: Start, github: GitHub) -> None:
    github.life_s = 3600
    platform, ada = await signed_in(start, github, "gateway")
    platform.clock.advance(timedelta(hours=2))
    answers = await asyncio.gather(*(lend(platform, ada) for _ in range(8)), return_exceptions=True)
    lent = [each for each in answers if not isinstance(each, BaseException)]
    assert {each.access_token for each in lent} == {"gho_2"}
    assert all(isinstance(each, Unavailable) for each in answers if each not in lent)
    assert github.issued == 2


async def test_a_token_that_the_provider_takes_no_longer_is_forgotten(
    start: Start, github: GitHub
) -> None:
    github.life_s = 3600
    platform, ada = await signed_in(start, github, "gateway")
    github.revoke_all()
    platform.clock.advance(timedelta(hours=2))
    with pytest.raises(NothingToLend):
        await lend(platform, ada)
    assert platform.query("select 1 from auth.upstream_token") == []


async def test_a_provider_that_is_down_costs_no_token(start: Start, github: GitHub) -> None:
    github.life_s = 3600
    platform, ada = await signed_in(start, github, "gateway")
    platform.clock.advance(timedelta(hours=2))
    github.is_down = True
    with pytest.raises(ProviderFailed):
        await lend(platform, ada)
    with pytest.raises(Unavailable):
        await lend(platform, ada)
    github.is_down = False
    platform.clock.advance(timedelta(seconds=31))
    assert (await lend(platform, ada)).access_token == "gho_2"


async def test_unlinking_forgets_the_tokens(start: Start, github: GitHub) -> None:
    platform, ada = await signed_in(start, github, "gateway")
    listed = await platform.client.get("/api/v1/auth/identities", headers=ada.headers)
    (identity,) = listed.json()["items"]
    await platform.client.delete(f"/api/v1/auth/identities/{identity['id']}", headers=ada.headers)
    assert platform.query("select 1 from auth.upstream_token") == []
    with pytest.raises(NothingToLend):
        await lend(platform, ada)
