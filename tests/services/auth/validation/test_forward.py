"""Forward authentication: what a proxy is told of the requests that it received."""

import pytest

from support.auth import Auth, outcome
from support.organizations import Tenant
from support.platform import TestPlatform

pytestmark = pytest.mark.usefixtures("door")

FORWARD = "/api/v1/auth/forward"
IDENTITY = (
    "x-user-id",
    "x-org-id",
    "x-principal-id",
    "x-principal-kind",
    "x-roles",
    "x-permissions",
    "x-actors",
)


@pytest.mark.operation("forward")
async def test_the_proxy_learns_who_asks(platform: TestPlatform, acme: Tenant) -> None:
    bob = await acme.member("bob@example.com", "member", "billing_admin")
    answer = await platform.client.get(FORWARD, headers=bob.headers)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["x-user-id"] == answer.headers["x-principal-id"] == bob.user_id
    assert answer.headers["x-org-id"] == acme.id
    assert answer.headers["x-principal-kind"] == "user"
    assert answer.headers["x-roles"] == "billing_admin,member"
    assert {"org:read", "billing:read"} <= set(answer.headers["x-permissions"].split(","))
    assert answer.headers["x-actors"] == ""


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_every_header_is_there_so_that_a_proxy_overwrites_what_the_client_sent(
    platform: TestPlatform, auth: Auth, acme: Tenant, method: str
) -> None:
    key = await auth.api_key(acme.owner, "org:read")
    forged = dict.fromkeys(IDENTITY, "usr_forged")
    answer = await platform.client.request(
        method, FORWARD, headers={"X-API-Key": key["secret"], **forged}
    )
    assert answer.status_code == 200
    told = {name: answer.headers[name] for name in IDENTITY}
    assert told == {
        "x-user-id": "",
        "x-org-id": acme.id,
        "x-principal-id": key["id"],
        "x-principal-kind": "service_account",
        "x-roles": "api_user",
        "x-permissions": "org:read",
        "x-actors": "",
    }


async def test_without_a_good_credential_nothing_is_told(
    platform: TestPlatform, acme: Tenant
) -> None:
    for headers in ({}, {"Authorization": "Bearer junk"}, {"X-User-ID": acme.owner.user_id}):
        answer = await platform.client.get(FORWARD, headers=headers)
        assert outcome(answer) == (401, "kernel.access.unauthenticated")
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert not set(IDENTITY) & set(answer.headers)


async def test_the_proxy_may_ask_for_permissions(platform: TestPlatform, acme: Tenant) -> None:
    bob = await acme.member("bob@example.com", "viewer")

    async def ask(query: str) -> tuple[int, str]:
        return outcome(await platform.client.get(f"{FORWARD}?{query}", headers=bob.headers))

    assert await ask("permission=test:read&permission=org:read") == (200, "")
    both = "permission=test:read&permission=test:execute"
    assert await ask(both) == (403, "kernel.access.forbidden")
    assert await ask("permission=test:fly") == (422, "kernel.request.invalid")


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "OPTIONS"])
async def test_a_proxy_may_ask_in_the_method_and_path_of_the_request_itself(
    platform: TestPlatform, acme: Tenant, method: str
) -> None:
    """As Envoy does. The query is the client's then, and decides nothing."""
    bob = await acme.member("bob@example.com", "viewer")

    async def ask(**headers: str) -> tuple[int, str]:
        path = f"{FORWARD}/orders/7?permission=admin:full_access"
        return outcome(await platform.client.request(method, path, headers=headers))

    assert await ask(**bob.headers) == (200, "")
    allowed = bob.headers | {"X-Required-Permission": "test:read"}
    assert await ask(**allowed) == (200, "")
    denied = bob.headers | {"X-Required-Permission": "test:execute"}
    assert await ask(**denied) == (403, "kernel.access.forbidden")
    assert await ask() == (401, "kernel.access.unauthenticated")
