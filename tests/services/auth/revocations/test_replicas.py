"""What happens at one replica counts at the other, which remembers what it has validated."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import make_url

from argus.apps.compose import compose
from argus.apps.serve import build_app
from argus.contracts.identity.rpc import DEACTIVATE_USER
from argus.contracts.identity.v1 import identity_pb2
from argus.kernel import context
from argus.kernel.principal import system
from argus.kernel.settings import KernelSettings
from argus.services.auth.revocations.feed import RevocationFeed
from support.organizations import create_tenant
from support.platform import PASSWORD, STRONG, TestPlatform
from support.wire import Wire, becomes, wire

ME = "/api/v1/auth/me"


@dataclass(frozen=True)
class Other:
    """A second replica on the platform's database."""

    client: httpx.AsyncClient
    feed: RevocationFeed
    wire: Wire
    """Between it and the database."""

    async def who(self, headers: dict[str, str]) -> httpx.Response:
        return await self.client.get(ME, headers=headers)

    async def refuses(self, headers: dict[str, str]) -> None:
        """Return when the credential counts no more; fail after 10 s."""
        async with asyncio.timeout(10):
            while (await self.who(headers)).status_code != 401:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.01)


@pytest.fixture
async def other(platform: TestPlatform) -> AsyncGenerator[Other]:
    first = platform.composition
    assert first.settings.database_url is not None
    url = make_url(first.settings.database_url.get_secret_value())
    assert url.host is not None
    async with wire(url.host, url.port or 5432) as proxy:
        url = url.set(host="127.0.0.1", port=proxy.port)
        address = SecretStr(url.render_as_string(hide_password=False))
        settings = first.settings.model_copy(update={"database_url": address})
        async with served(settings, platform, proxy) as other:
            yield other


@asynccontextmanager
async def served(
    settings: KernelSettings, platform: TestPlatform, proxy: Wire
) -> AsyncGenerator[Other]:
    async with compose(settings, platform.composition.keyring, platform.clock) as composition:
        app = build_app(composition)
        [auth] = [module for module in composition.modules if module.name == "auth"]
        feed = auth.resources.get(RevocationFeed)
        await becomes(lambda: feed.is_current)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(
                transport=httpx.ASGITransport(app), base_url="http://argus.test"
            ) as client,
        ):
            yield Other(client, feed, proxy)


async def test_whoever_ends_at_one_replica_has_ended_at_the_other(
    platform: TestPlatform, other: Other
) -> None:
    tenant = await create_tenant(platform, "ada@acme.example", "acme")
    owner = await platform.sign_in(tenant.owner.email, tenant.id, factor=STRONG)
    people = {
        name: await tenant.member(f"{name}@acme.example", "admin")
        for name in ("leaving", "demoted", "removed", "suspended")
    }
    made = await platform.client.post(
        "/api/v1/api-keys", json={"name": "k", "scopes": ["org:read"]}, headers=owner.headers
    )
    key = {"Authorization": f"ApiKey {made.json()['secret']}"}
    credentials = {name: person.headers for name, person in people.items()} | {"key": key}
    for headers in (*credentials.values(), owner.headers):
        assert (await other.who(headers)).status_code == 200

    async def changed(method: str, path: str, headers: dict[str, str], body: object = None) -> None:
        answer = await platform.client.request(method, path, headers=headers, json=body)
        assert answer.is_success, answer.text
        await platform.relay()

    await changed("POST", "/api/v1/auth/sign-out", people["leaving"].headers)
    await changed(
        "PATCH",
        f"/api/v1/members/{people['demoted'].user_id}",
        owner.headers,
        {"roles": ["viewer"]},
    )
    await changed("DELETE", f"/api/v1/members/{people['removed'].user_id}", owner.headers)
    await changed(
        "POST", f"/api/v1/api-keys/{made.json()['id']}/revoke", owner.headers, {"reason": "leaked"}
    )
    context.principal.set(system("test"))
    await platform.rpc.call(
        DEACTIVATE_USER, identity_pb2.DeactivateUserRequest(user_id=people["suspended"].user_id)
    )
    await platform.relay()
    for headers in credentials.values():
        await other.refuses(headers)
    assert (await other.who(owner.headers)).status_code == 200


async def test_a_replica_without_the_database_goes_by_what_it_knows_and_recovers_by_itself(
    platform: TestPlatform, other: Other
) -> None:
    staying, leaving = await platform.owner(), await platform.owner()
    for owner in (staying, leaving):
        assert (await other.who(owner.headers)).status_code == 200
    other.wire.cut()
    await becomes(lambda: not other.feed.is_current)
    left = await platform.client.post("/api/v1/auth/sign-out", headers=leaving.headers)
    assert left.is_success
    for owner in (staying, leaving):
        assert (await other.who(owner.headers)).status_code == 200
    signing_in = await other.client.post(
        "/api/v1/auth/sign-in", json={"email": staying.email, "password": PASSWORD}
    )
    assert signing_in.status_code == 503
    other.wire.mend()
    await other.refuses(leaving.headers)
    assert (await other.who(staying.headers)).status_code == 200
