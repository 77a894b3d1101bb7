"""Validation in the manner of RFC 7662: what is not the caller's business is not active."""

from datetime import timedelta

import pytest

from argus.services.auth.api_key_format import generate
from support.auth import Auth, outcome
from support.organizations import Tenant
from support.platform import TestPlatform

pytestmark = pytest.mark.usefixtures("door")
INACTIVE: dict[str, object] = {"active": False, "principal": None, "expires_at": None}


def inactive(reason: str) -> dict[str, object]:
    return INACTIVE | {"reason": reason}


@pytest.mark.operation("validate_token")
async def test_another_service_learns_who_presents_a_token(
    platform: TestPlatform, auth: Auth, acme: Tenant
) -> None:
    bob = await acme.member("bob@example.com", "member")
    key = (await auth.api_key(acme.owner, "token:validate"))["secret"]
    answer = await platform.client.post(
        "/api/v1/auth/validate", json={"token": bob.token}, headers={"X-API-Key": key}
    )
    body = answer.json()
    assert (body["active"], body["reason"]) == (True, None)
    assert body["principal"]["id"] == bob.user_id
    assert body["principal"]["roles"] == ["member"]
    expiry = platform.clock.now() + timedelta(minutes=10)
    assert body["expires_at"] == expiry.isoformat().replace("+00:00", "Z")


async def test_a_credential_of_another_organization_is_unknown(
    platform: TestPlatform, auth: Auth, acme: Tenant
) -> None:
    """Live, expired or revoked: the answer is the same."""
    eve = await platform.owner("eve@example.com")
    live = await auth.api_key(acme.owner, "org:read")
    revoked = await auth.api_key(acme.owner, "org:read")
    await platform.client.post(
        f"/api/v1/api-keys/{revoked['id']}/revoke", json={}, headers=acme.owner.headers
    )
    signed_out = await platform.sign_in(acme.owner.email, acme.id)
    await platform.client.post("/api/v1/auth/sign-out", headers=signed_out.headers)
    for foreign in (acme.owner.token, signed_out.token, live["secret"], revoked["secret"]):
        assert await auth.validate(foreign, eve) == inactive("unknown")
    assert await auth.validate(generate("argus_sk_"), eve) == inactive("unknown")


async def test_the_same_persons_token_for_another_organization_is_unknown(
    platform: TestPlatform, auth: Auth, acme: Tenant
) -> None:
    personal = await platform.sign_in(acme.owner.email)
    assert await auth.validate(personal.token, acme.owner) == inactive("unknown")


async def test_a_key_is_validated_with_the_reason_why_it_is_not_good(
    platform: TestPlatform, auth: Auth
) -> None:
    owner = await platform.owner()
    made = await auth.api_key(owner, "org:read")
    secret = made["secret"]
    assert (await auth.validate(secret, owner))["principal"]["id"] == made["id"]
    mistyped = secret[:-1] + ("0" if secret[-1] != "0" else "1")
    assert await auth.validate(mistyped, owner) == inactive("malformed")
    assert await auth.validate("agx_" + secret[9:], owner) == inactive("unknown")
    elsewhere = await auth.validate(secret, owner, audience="https://elsewhere.example")
    assert elsewhere == inactive("audience")
    await platform.client.post(
        f"/api/v1/api-keys/{made['id']}/revoke", json={}, headers=owner.headers
    )
    assert await auth.validate(secret, owner) == inactive("revoked")


async def test_validating_needs_its_permission(
    platform: TestPlatform, auth: Auth, acme: Tenant
) -> None:
    member = await acme.member("bob@example.com", "member")
    key = (await auth.api_key(acme.owner, "org:read"))["secret"]
    for headers in (member.headers, {"X-API-Key": key}):
        answer = await platform.client.post(
            "/api/v1/auth/validate", json={"token": member.token}, headers=headers
        )
        assert outcome(answer) == (403, "kernel.access.forbidden")
    answer = await platform.client.post("/api/v1/auth/validate", json={"token": member.token})
    assert outcome(answer) == (401, "kernel.access.unauthenticated")


@pytest.mark.operation("who_am_i")
async def test_everybody_may_ask_who_they_are(platform: TestPlatform, auth: Auth) -> None:
    owner = await platform.owner()
    me = (await auth.get("/api/v1/auth/me", owner)).json()
    assert me["id"] == owner.user_id
    assert me["strength"] == ["pwd"]
    assert me["credential"] == me["session_id"]
    assert me["scopes"] is None
    assert "org:delete" in me["permissions"]
    answer = await platform.client.get("/api/v1/auth/me")
    assert outcome(answer) == (401, "kernel.access.unauthenticated")


async def test_a_malformed_credential_is_refused_even_where_none_is_needed(
    platform: TestPlatform,
) -> None:
    for headers in [
        [("Authorization", "Bearer")],
        [("Authorization", "Bearer")],
        [("Authorization", "Basic YTpi")],
        [("Authorization", "Bearer x"), ("Authorization", "Bearer y")],
        [("Authorization", "Bearer x"), ("X-API-Key", "y")],
        [("X-API-Key", "argus_sk_")],
        [("Authorization", "Bearer " + "ey" * 20_000)],
    ]:
        answer = await platform.client.get("/.well-known/jwks.json", headers=headers)
        assert outcome(answer) == (401, "kernel.access.unauthenticated")
        assert "Bearer" in answer.headers["www-authenticate"]


async def test_what_a_role_lost_a_live_token_loses_by_its_epoch(
    platform: TestPlatform, auth: Auth, acme: Tenant
) -> None:
    """A token tells the roles of its time; the epoch ends it when they change (ADR 0015)."""
    bob = await acme.member("bob@example.com", "admin")
    assert (await auth.validate(bob.token, acme.owner))["active"]
    await platform.client.patch(
        f"/api/v1/members/{bob.user_id}", json={"roles": ["viewer"]}, headers=acme.owner.headers
    )
    await platform.relay()
    assert await auth.validate(bob.token, acme.owner) == inactive("revoked")


@pytest.mark.operation("validate_tokens")
async def test_several_credentials_are_validated_in_the_order_of_the_questions(
    platform: TestPlatform, auth: Auth, acme: Tenant
) -> None:
    bob = await acme.member("bob@example.com", "member")
    eve = await platform.owner("eve@example.com")
    key = await auth.api_key(acme.owner, "token:validate")
    tokens = [bob.token, "junk", eve.token, key["secret"]]
    answer = await platform.client.post(
        "/api/v1/auth/validate/batch",
        json={"questions": [{"token": token} for token in tokens]},
        headers={"X-API-Key": key["secret"]},
    )
    answers = answer.json()["answers"]
    assert [each["reason"] for each in answers] == [None, "malformed", "unknown", None]
    assert answers[0] == await auth.validate(bob.token, acme.owner)
    assert answers[3]["principal"]["id"] == key["id"]


async def test_a_batch_is_bounded_and_needs_the_permission(
    platform: TestPlatform, acme: Tenant
) -> None:
    async def ask(count: int, headers: dict[str, str]) -> tuple[int, str]:
        questions = [{"token": "x"}] * count
        answer = await platform.client.post(
            "/api/v1/auth/validate/batch", json={"questions": questions}, headers=headers
        )
        return outcome(answer)

    bob = await acme.member("bob@example.com", "member")
    assert await ask(1, bob.headers) == (403, "kernel.access.forbidden")
    for count in (0, 101):
        assert await ask(count, acme.owner.headers) == (422, "kernel.request.invalid")
