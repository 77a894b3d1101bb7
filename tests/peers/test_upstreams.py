"""Systems that sign people in, unmodified: node-oidc-provider, cognito-local and moto."""

from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest

from argus.contracts.auth.rpc import LEND_UPSTREAM_TOKEN
from argus.contracts.auth.v1 import auth_pb2
from argus.kernel import context
from support.auth import Auth
from support.federated import Browser, Start, refusal
from support.federated import start as start  # noqa: PLC0414 - a fixture
from support.upstreams import Cognito, Pool, cognito_local, moto, oidc_provider, sign_in_there

ORGANIZATION = "org_01jd8z0000e008000000000000"


@pytest.fixture(scope="module")
def upstream() -> Iterator[str]:
    with oidc_provider("upstream") as issuer:
        yield issuer


@pytest.fixture(scope="module", params=[cognito_local, moto])
def cognito(request: pytest.FixtureRequest) -> Iterator[Cognito]:
    with request.param() as running:
        yield running


def settings(issuer: str) -> dict[str, object]:
    return {
        "kind": "oidc",
        "issuer": issuer,
        "client_id": "argus",
        "client_secret": "the secret of argus",
        "email_is_proof": True,
        "sign_up": True,
        "lend_to": ["gateway"],
    }


async def sign_in(browser: Browser, login: str) -> httpx.Response:
    back = await sign_in_there(await browser.visit("upstream"), login)
    return await browser.come_back("upstream", dict(back.params))


async def test_people_sign_in_by_node_oidc_provider(start: Start, upstream: str) -> None:
    platform = await start(providers={"upstream": settings(upstream)})
    for _ in range(2):
        browser = Browser(platform)
        assert (await sign_in(browser, "ada")).status_code == 303
        assert browser.is_signed_in
    linked = platform.query("select issuer, subject, label from auth.external_identity")
    assert linked == [{"issuer": upstream, "subject": "ada", "label": "ada@example.com"}]
    answer = await sign_in(Browser(platform), "unverified-bob")
    assert refusal(answer) == (403, "auth.identity.link_needed")


async def test_tokens_of_node_oidc_provider_are_kept_renewed_and_lent(
    start: Start, upstream: str
) -> None:
    platform = await start(providers={"upstream": settings(upstream)})
    await sign_in(Browser(platform), "ada")
    user_id = (await platform.sign_in("ada@example.com")).user_id

    async def lent() -> str:
        request = auth_pb2.LendUpstreamTokenRequest(user_id=user_id, provider="upstream")
        context.service.set("gateway")
        token = (await platform.rpc.call(LEND_UPSTREAM_TOKEN, request)).access_token
        async with httpx.AsyncClient(trust_env=False) as client:
            info = await client.get(f"{upstream}/me", headers={"Authorization": f"Bearer {token}"})
        assert info.json()["sub"] == "ada"
        return token

    first = await lent()
    assert await lent() == first
    platform.clock.advance(timedelta(hours=2))
    second = await lent()
    assert second != first
    platform.clock.advance(timedelta(hours=2))
    assert await lent() not in (first, second)


def accepted(pool: Pool, issuer: str, **changes: object) -> dict[str, object]:
    return {
        "kind": "cognito",
        "issuer": issuer,
        "jwks_uri": pool.keys_uri,
        "organization_id": ORGANIZATION,
        "clients": [pool.client_id],
        "roles": ["viewer"],
        "roles_by_group": {"testers": ["member"]},
        **changes,
    }


def issuer_of(pool: Pool) -> str:
    """Moto's pools say that they are Amazon's."""
    region = pool.id.partition("_")[0]
    if region == "local":
        return f"{pool.cognito.url}/{pool.id}"
    return f"https://cognito-idp.{region}.amazonaws.com/{pool.id}"


async def test_access_tokens_of_cognito_count_beside_our_own(
    start: Start, cognito: Cognito
) -> None:
    pool, other = cognito.pool("testers", "unknown-here"), cognito.pool()
    platform = await start(accepted_issuers={"pool": accepted(pool, issuer_of(pool))})
    own = await platform.owner()
    tokens = pool.sign_in()
    answer = await platform.client.get(
        "/api/v1/auth/me", headers={"Authorization": f"Bearer {tokens['AccessToken']}"}
    )
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["kind"], told["method"], told["organization_id"]) == ("user", "jwt", ORGANIZATION)
    assert told["roles"] == ["member", "viewer"]
    assert "test:write" in told["permissions"]
    assert told["client_id"] == pool.client_id
    auth = Auth(platform)
    assert await auth.is_live(own.token)
    assert not await auth.is_live(tokens["IdToken"])
    assert not await auth.is_live(other.sign_in()["AccessToken"])
    platform.clock.advance(timedelta(days=2))
    assert not await auth.is_live(tokens["AccessToken"])


async def test_a_client_of_the_pool_that_is_not_configured_is_refused(
    start: Start, cognito: Cognito
) -> None:
    pool = cognito.pool()
    settings = accepted(pool, issuer_of(pool), clients=["another"])
    platform = await start(accepted_issuers={"pool": settings})
    assert not await Auth(platform).is_live(pool.sign_in()["AccessToken"])
