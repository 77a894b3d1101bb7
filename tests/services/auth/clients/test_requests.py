"""Requests of OAuth clients count as the client's where it proved itself, else as the sender's."""

import asyncio

import httpx
import pytest

from argus.apps.compose import LIMITED_BY_ROUTE
from argus.kernel import authentication
from argus.kernel.ids import OrganizationId, parse_id
from argus.kernel.principal import Principal, PrincipalKind
from argus.kernel.rate_limits.limits import RateLimits
from support.oauth import MACHINE, OAuth, RegisteredClient, refusal
from support.organizations import Tenant, create_tenant
from support.platform import TestPlatform

INTROSPECT = "/oauth/introspect"


def limit_of(answer: httpx.Response) -> tuple[str, str]:
    return answer.headers["RateLimit-Limit"], answer.headers["RateLimit-Remaining"]


async def ask(
    platform: TestPlatform, client: RegisteredClient, path: str = INTROSPECT
) -> httpx.Response:
    form = {"token": "unknown", "grant_type": "unknown", **client.form}
    return await platform.client.post(path, data=form)


async def test_a_client_that_proved_itself_has_its_organizations_limit(
    platform: TestPlatform, oauth: OAuth, acme: Tenant, limits: RateLimits
) -> None:
    globex = await create_tenant(platform, "gil@globex.example", "globex")
    one, other = [
        (await oauth.machine(owner, "org:read"))[0] for owner in (acme.owner, globex.owner)
    ]
    assert limit_of(await ask(platform, one)) == ("60", "59")
    assert limit_of(await ask(platform, other)) == ("60", "59")
    assert limit_of(await oauth.token(one, MACHINE, resource=oauth.issuer)) == ("60", "58")

    organization_id = OrganizationId(parse_id("org", acme.id))
    known = Principal(PrincipalKind.SERVICE_ACCOUNT, one.id, organization_id)
    while (await limits.take(known, INTROSPECT)).allowed:
        pass
    refused = await ask(platform, one)
    assert refusal(refused) == (429, "temporarily_unavailable")
    assert int(refused.headers["Retry-After"]) >= 1
    assert limit_of(refused) == ("60", "0")
    assert (await ask(platform, other)).status_code == 200


async def test_what_anybody_can_send_in_a_clients_name_counts_as_the_senders(
    platform: TestPlatform, oauth: OAuth, acme: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(authentication, "FAILED_AUTHENTICATION_S", 0.0)
    machine, _ = await oauth.machine(acme.owner, "org:read")
    public = await oauth.client(acme.owner)
    assert limit_of(await ask(platform, public, "/oauth/revoke"))[0] == "300"
    forged = await ask(platform, RegisteredClient(machine.id, "wrong"))
    assert refusal(forged) == (401, "invalid_client")
    assert limit_of(forged)[0] == "300"
    assert limit_of(await ask(platform, machine)) == ("60", "59")


async def test_a_client_that_does_not_prove_itself_waits_and_holds_nobody_up(
    platform: TestPlatform, oauth: OAuth, acme: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine, _ = await oauth.machine(acme.owner, "org:read")
    monkeypatch.setattr(authentication, "FAILED_AUTHENTICATION_S", 3600.0)
    async with asyncio.TaskGroup() as group, asyncio.timeout(20):
        waiting = group.create_task(ask(platform, RegisteredClient(machine.id, "wrong")))
        for _ in range(5):  # more than there are connections to the database
            assert (await ask(platform, machine)).status_code == 200
        assert not waiting.done()
        waiting.cancel()


@pytest.mark.requirement("rfc7009:5:limited")
async def test_each_route_that_the_edge_leaves_to_count_does(
    platform: TestPlatform, oauth: OAuth, acme: Tenant
) -> None:
    machine, _ = await oauth.machine(acme.owner, "org:read")
    counted = [limit_of(await ask(platform, machine, path))[0] for path in LIMITED_BY_ROUTE]
    assert counted == ["60"] * len(LIMITED_BY_ROUTE)
