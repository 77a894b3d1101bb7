"""The shipped examples of forward authentication, run by the proxies that they are for."""

import asyncio
import itertools

import httpx
import pytest

from argus.contracts.identity.rpc import DEACTIVATE_USER
from argus.contracts.identity.v1 import identity_pb2
from argus.kernel.rate_limits.limits import PathClass
from deploy.conftest import Site
from support.auth import Auth
from support.organizations import create_tenant
from support.platform import Caller

IDENTITY = (
    "x-user-id",
    "x-org-id",
    "x-principal-id",
    "x-principal-kind",
    "x-roles",
    "x-permissions",
    "x-actors",
)
FORGED = dict.fromkeys(
    [
        "".join(itertools.chain.from_iterable(zip(name.split("-"), (*separators, ""), strict=True)))
        for name in IDENTITY
        for separators in itertools.product("-_", repeat=name.count("-"))
    ],
    "forged",
)
"""Under all names that a framework may take for those of the identity."""


def told(site: Site) -> dict[str, str]:
    """The identity that the application was told last."""
    received = site.application.received[-1]
    return {name: received[name] for name in IDENTITY if received.get(name)}


async def until_refused(site: Site, headers: dict[str, str]) -> httpx.Response:
    """The first answer that is a refusal; `make bench ARGS=revocation` says how soon that is."""
    async with asyncio.timeout(30):
        while (answer := await site.client.get("/", headers=headers)).status_code == 200:
            pass
    return answer


@pytest.mark.parametrize("proxy", ["nginx"])
async def test_who_lost_a_key_a_role_or_the_account_is_refused_at_the_proxy(site: Site) -> None:
    platform = site.argus.platform
    acme = await create_tenant(platform, "ann@example.com", "Acme")
    demoted, suspended = [
        await acme.member(f"{name}@example.com", "member") for name in ("bob", "eve")
    ]
    key = await Auth(platform).api_key(acme.owner, "org:read")
    by_key = {"X-API-Key": key["secret"]}
    presented = [by_key, demoted.headers, suspended.headers]
    for headers in presented:
        assert (await site.client.get("/", headers=headers)).status_code == 200
    by_ann = acme.owner.headers
    for answer in (
        await platform.client.post(f"/api/v1/api-keys/{key['id']}/revoke", json={}, headers=by_ann),
        await platform.client.patch(
            f"/api/v1/members/{demoted.user_id}", json={"roles": ["viewer"]}, headers=by_ann
        ),
    ):
        assert answer.is_success, answer.text
    await platform.rpc.call(
        DEACTIVATE_USER, identity_pb2.DeactivateUserRequest(user_id=suspended.user_id)
    )
    await platform.relay()
    for headers in presented:
        assert (await until_refused(site, headers)).status_code == 401
    assert (await site.client.get("/", headers=acme.owner.headers)).status_code == 200


async def test_the_application_learns_who_asks_and_nobody_outside_can_say_so(site: Site) -> None:
    owner = await site.argus.platform.owner()
    for method in ("GET", "POST", "PUT", "DELETE"):
        answer = await site.client.request(
            method, "/orders/7?a=b", headers=owner.headers | FORGED, content=b"a body" * 100
        )
        assert (answer.status_code, answer.text) == (200, "here you are")
        assert site.application.bodies[-1] == b"a body" * 100
        assert told(site) == {
            "x-user-id": owner.user_id,
            "x-org-id": owner.organization_id,
            "x-principal-id": owner.user_id,
            "x-principal-kind": "user",
            "x-roles": "owner",
            "x-permissions": told(site)["x-permissions"],
        }
        assert "forged" not in site.application.received[-1].values()
    assert site.argus.connections < site.argus.asked == 4  # kept alive

    await refuses_bad_credentials(site, owner)

    public = await site.client.get("/public/", headers=FORGED)
    assert public.status_code == 200
    assert told(site) == {}
    assert "forged" not in site.application.received[-1].values()

    signed_out = await site.argus.platform.client.post(
        "/api/v1/auth/sign-out", headers=owner.headers
    )
    assert signed_out.is_success
    assert (await until_refused(site, owner.headers)).status_code == 401


async def refuses_bad_credentials(site: Site, owner: Caller) -> None:
    asked, received = site.argus.asked, len(site.application.received)
    good = owner.headers["Authorization"]
    for headers in (
        [],
        [*FORGED.items()],
        [("Authorization", "Bearer junk"), *FORGED.items()],
        [("Authorization", good[:-4] + "AAAA")],
        [("Authorization", good), ("X-API-Key", "argus_sk_junk")],
    ):
        answer = await site.client.get("/", headers=headers)
        assert answer.status_code == 401, headers
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert site.argus.asked == asked + 5  # nothing was answered from a cache
    twice = await site.client.get("/", headers=[("Authorization", good)] * 2)
    assert twice.status_code in (400, 401)  # nginx refuses it itself
    assert len(site.application.received) == received


@pytest.fixture
def two_validations_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    classes = (PathClass("validation", "/api/v1/auth/forward", 2),)
    monkeypatch.setattr("argus.apps.compose.PATH_CLASSES", classes)


@pytest.mark.usefixtures("two_validations_a_minute")
async def test_nobody_passes_who_asks_too_often_or_while_argus_is_dead(
    site: Site, proxy: str
) -> None:
    owner = await site.argus.platform.owner()
    assert (await site.client.get("/", headers=owner.headers)).status_code == 200
    assert (await site.client.get("/", headers=owner.headers)).status_code == 200
    limited = await site.client.get("/", headers=owner.headers)
    assert limited.status_code == 429
    assert int(limited.headers["Retry-After"]) >= 1

    received = len(site.application.received)
    await site.argus.die()
    for path in ("/", "/orders/7"):
        answer = await site.client.get(path, headers=owner.headers)
        assert answer.status_code == {"traefik": 500}.get(proxy, 503)
    assert len(site.application.received) == received
    assert (await site.client.get("/public/")).status_code == 200
