"""The client for Python and the platform itself: one answer, whichever door it is asked at."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from argus.contracts.identity.rpc import DEACTIVATE_USER
from argus.contracts.identity.v1 import identity_pb2
from argus.kernel.ids import OrganizationId, UserId, parse_id
from argus.services.auth.impersonation.service import Impersonations
from argus_client import (
    ApiKey,
    AsyncArgusClient,
    DeviceFlow,
    Principal,
    PrivateKey,
    Proof,
    Settings,
    Unauthenticated,
    check,
)
from argus_client.signing import SigningKey
from support.oauth import DpopKey
from support.platform import Caller
from support.served_client import Served

ASK = "/api/v1/auth/validate"


async def reason_of(argus: AsyncArgusClient, credential: str) -> str:
    """Why the client refuses it; empty if it does not."""
    try:
        await argus.verify(credential)
    except Unauthenticated as refused:
        return refused.reason
    return ""


async def refused(argus: AsyncArgusClient, credential: str) -> str:
    """Wait until it is; why."""
    async with asyncio.timeout(30):
        while True:
            if reason := await reason_of(argus, credential):
                return reason
            await asyncio.sleep(0)


def comparable(principal: Principal) -> dict[str, Any]:
    """As REST shows it."""
    return {
        name: sorted(value) if isinstance(value, frozenset) else value
        for name, value in ((name, getattr(principal, name)) for name in Principal.__slots__)
    }


async def credentials(served: Served) -> dict[str, str]:
    """One of each kind, of the organization."""
    acme, auth, oauth = served.acme, served.auth, served.oauth
    bob = await acme.member("bob@example.com", "member")
    application = await oauth.client(acme.owner)
    limited = await oauth.let_in(bob, application, "test:read", "org:write")
    service, _ = await oauth.machine(acme.owner, "usage:record", "org:read")
    machine = (await oauth.token(service, "client_credentials")).json()["access_token"]
    borrowed = await auth.resources.get(Impersonations).begin(
        OrganizationId(parse_id("org", acme.id)),
        UserId(parse_id("usr", bob.user_id)),
        UserId(parse_id("usr", acme.owner.user_id)),
        "ticket 4711",
        timedelta(minutes=15),
    )
    personal = await served.platform.client.post(
        "/api/v1/personal-access-tokens",
        json={"name": "laptop", "scopes": ["test:read"]},
        headers=bob.headers,
    )
    return {
        "session": bob.token,
        "owner's session": acme.owner.token,
        "application": limited.access_token,
        "service account": machine,
        "impersonation": borrowed.access_token,
        "API key": (await auth.api_key(acme.owner, "results:read", "usage:record"))["secret"],
        "personal token": personal.json()["secret"],
    }


async def test_every_kind_of_credential_has_the_principal_that_the_platform_says(
    served: Served,
) -> None:
    for kind, credential in (await credentials(served)).items():
        told = (await served.auth.validate(credential, served.acme.owner))["principal"]
        if told["authenticated_at"] is not None:
            told["authenticated_at"] = datetime.fromisoformat(told["authenticated_at"])
        told = {name: tuple(v) if name in ("strength", "actors") else v for name, v in told.items()}
        assert comparable(await served.argus.verify(credential)) == told, kind


async def test_credentials_of_another_organization_are_unknown(served: Served) -> None:
    eve = await served.platform.owner("eve@example.com")
    key = await served.auth.api_key(eve, "results:read")
    for credential in (eve.token, key["secret"]):
        assert (await served.auth.validate(credential, served.acme.owner))["reason"] == "unknown"
        assert await reason_of(served.argus, credential) == "unknown"


End = Callable[[Served, Caller], Awaitable[object]]


async def signs_out(served: Served, bob: Caller) -> None:
    answer = await served.platform.client.post("/api/v1/auth/sign-out", headers=bob.headers)
    assert answer.status_code == 204


async def gets_another_role(served: Served, bob: Caller) -> None:
    answer = await served.platform.client.patch(
        f"/api/v1/members/{bob.user_id}",
        json={"roles": ["viewer"]},
        headers=served.acme.owner.headers,
    )
    assert answer.is_success, answer.text
    await served.platform.relay()


async def is_removed(served: Served, bob: Caller) -> None:
    answer = await served.platform.client.delete(
        f"/api/v1/members/{bob.user_id}", headers=served.acme.owner.headers
    )
    assert answer.is_success, answer.text
    await served.platform.relay()


async def is_suspended(served: Served, bob: Caller) -> None:
    await served.platform.rpc.call(
        DEACTIVATE_USER, identity_pb2.DeactivateUserRequest(user_id=bob.user_id)
    )
    await served.platform.relay()


async def test_whatever_ends_a_token_ends_it_here(served: Served) -> None:
    for number, end in enumerate((signs_out, gets_another_role, is_removed, is_suspended)):
        bob = await served.acme.member(f"bob{number}@example.com", "member")
        assert await served.argus.verify(bob.token)
        await end(served, bob)
        assert await refused(served.argus, bob.token) == "revoked"
    assert await served.argus.verify(served.acme.owner.token)


async def test_a_revoked_key_ends_here(served: Served) -> None:
    key = await served.auth.api_key(served.acme.owner, "results:read")
    assert (await served.argus.verify(key["secret"])).may("results:read")
    answer = await served.platform.client.post(
        f"/api/v1/api-keys/{key['id']}/revoke", json={}, headers=served.acme.owner.headers
    )
    assert answer.is_success, answer.text
    assert await refused(served.argus, key["secret"]) == "revoked"


async def test_a_rotated_keys_end_is_known_without_a_question(served: Served) -> None:
    """Rotation gives the old key an end: the answer that is remembered is asked anew."""
    key = await served.auth.api_key(served.acme.owner, "results:read")
    await served.argus.verify(key["secret"])
    answer = await served.platform.client.post(
        f"/api/v1/api-keys/{key['id']}/rotate",
        json={"overlap_s": 0},
        headers=served.acme.owner.headers,
    )
    assert answer.is_success, answer.text
    assert await refused(served.argus, key["secret"])


async def test_usage_is_counted_and_the_plan_is_known(served: Served) -> None:
    for _ in range(3):
        served.argus.record_usage("api_calls", 2, id="the same")
    served.argus.record_usage("api_calls")
    await served.argus.flush_usage()
    usage = await served.auth.get("/api/v1/billing/usage", served.acme.owner)
    assert {m["meter"]: m["quantity"] for m in usage.json()["meters"]} == {"api_calls": 3}
    assert await served.argus.entitled("api_calls")
    webhooks = await served.argus.entitled("webhooks")
    assert not webhooks
    assert (webhooks.tier, webhooks.cheapest_tier) == ("free", "professional")


async def test_a_key_pair_and_an_api_key_are_credentials_too(served: Served) -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    client, _ = await served.oauth.machine(
        served.acme.owner,
        "token:validate",
        token_endpoint_auth_method="private_key_jwt",
        jwks={"keys": [SigningKey(private).public_jwk()]},
    )
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    key = await served.auth.api_key(served.acme.owner, "token:validate")
    for own in (PrivateKey(client.id, pem), ApiKey(key["secret"])):
        async with AsyncArgusClient(Settings(url=served.url, credentials=own)) as argus:
            assert (await argus.verify(served.acme.owner.token)).id == served.acme.owner.user_id


async def test_a_token_for_a_resource_of_ones_own_carries_its_scopes(served: Served) -> None:
    identifier = "https://invoices.example"
    await served.oauth.resource(served.acme.owner, identifier, "invoices:read")
    service, account = await served.oauth.machine(
        served.acme.owner, "usage:record", resources=[identifier]
    )
    answer = await served.oauth.token(service, "client_credentials", resource=identifier)
    token = answer.json()["access_token"]
    assert await reason_of(served.argus, token) == "audience"
    settings = replace(served.argus.settings, audience=identifier)
    async with AsyncArgusClient(settings) as invoices:
        caller = await invoices.verify(token)
        assert caller.id == account
        caller.require("invoices:read")
        assert not caller.permissions
        assert await reason_of(invoices, served.acme.owner.token) == "audience"


async def test_a_bound_token_needs_its_proof(served: Served) -> None:
    key = DpopKey(served.platform)
    service, account = await served.oauth.machine(served.acme.owner, "usage:record")
    answer = await served.oauth.token(service, "client_credentials", proof=key.proof())
    token = answer.json()["access_token"]
    assert await reason_of(served.argus, token) == "proof"
    url = "https://invoices.example/all"
    jwt = key.proof(token=token, method="GET", htu=url)
    assert (await served.argus.verify(token, Proof(jwt, "GET", url))).id == account
    with pytest.raises(Unauthenticated, match="proof"):
        await served.argus.verify(token, Proof(jwt, "GET", url))  # good once


async def test_a_command_line_signs_a_person_in(served: Served) -> None:
    flow = DeviceFlow(served.url)
    login = await asyncio.to_thread(flow.begin)
    answer = await served.platform.client.post(
        "/api/v1/auth/device/verify",
        json={"user_code": login.user_code, "decision": "approve"},
        headers=served.acme.owner.headers,
    )
    assert answer.status_code == 204, answer.text
    tokens = await asyncio.to_thread(flow.wait, replace(login, interval_s=0))
    assert (await served.argus.verify(tokens.access_token)).id == served.acme.owner.user_id
    renewed = await asyncio.to_thread(flow.renew, tokens)
    assert (await served.argus.verify(renewed.access_token)).id == served.acme.owner.user_id
    flow.close()


async def test_a_service_is_told_how_it_is_set_up(served: Served) -> None:
    found = await asyncio.to_thread(check, served.argus.settings)
    assert {finding.level for finding in found} == {"ok"}, found
    key = await served.auth.api_key(served.acme.owner, "usage:record")
    settings = Settings(url=served.url, credentials=ApiKey(key["secret"]))
    problems = [f for f in await asyncio.to_thread(check, settings) if f.level != "ok"]
    assert [finding.level for finding in problems] == ["error", "warning"]
    assert "token:validate" in problems[0].message
