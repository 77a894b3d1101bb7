"""Impersonation is for a reason and a while, in the open, and never reaches credentials."""

from datetime import timedelta
from typing import Any

import pytest

from argus.kernel.ids import OrganizationId, UserId, parse_id
from argus.services.auth.access_token import AccessTokenVerifier
from argus.services.auth.impersonation.errors import ImpersonationRefused
from argus.services.auth.impersonation.service import BorrowedSession, Impersonations
from argus.services.auth.tokens.errors import OrganizationNotFound
from support.auth import Auth
from support.organizations import Tenant
from support.platform import Caller, TestPlatform

REASON = "ticket 4711"
QUARTER = timedelta(minutes=15)


async def act_as(
    auth: Auth,
    tenant: Tenant,
    user: Caller,
    by: Caller,
    reason: str = REASON,
    life: timedelta = QUARTER,
) -> BorrowedSession:
    return await auth.resources.get(Impersonations).begin(
        OrganizationId(parse_id("org", tenant.id)),
        UserId(parse_id("usr", user.user_id)),
        UserId(parse_id("usr", by.user_id)),
        reason,
        life,
    )


def bearer(borrowed: BorrowedSession) -> dict[str, str]:
    return {"Authorization": f"Bearer {borrowed.access_token}"}


@pytest.fixture
async def bob(acme: Tenant) -> Caller:
    return await acme.member("bob@example.com", "admin")


async def test_the_administrator_acts_as_the_person_until_the_time_is_over(
    platform: TestPlatform, auth: Auth, acme: Tenant, bob: Caller
) -> None:
    borrowed = await act_as(auth, acme, bob, acme.owner)
    me = (await platform.client.get("/api/v1/auth/me", headers=bearer(borrowed))).json()
    assert (me["id"], me["actors"]) == (bob.user_id, [acme.owner.user_id])
    assert me["method"] == "impersonation"
    assert "project:write" in me["permissions"]
    sessions = (await auth.get("/api/v1/auth/sessions", bob)).json()["items"]
    assert "argus-impersonation" in {session["client_id"] for session in sessions}
    platform.clock.advance(QUARTER)
    assert not await auth.is_live(borrowed.access_token)


async def test_the_token_says_who_acts_and_why_for_a_banner(
    platform: TestPlatform, auth: Auth, acme: Tenant, bob: Caller
) -> None:
    borrowed = await act_as(auth, acme, bob, acme.owner)
    issuer = platform.composition.settings.base_url
    claims = await AccessTokenVerifier(auth.keys, platform.clock, issuer).verify(
        borrowed.access_token, issuer
    )
    assert not isinstance(claims, str)
    assert claims.impersonation is not None
    assert claims.impersonation.by == acme.owner.user_id
    assert claims.impersonation.reason == REASON


async def test_no_credential_member_money_or_audit_log_is_in_reach(
    platform: TestPlatform, auth: Auth, acme: Tenant, bob: Caller
) -> None:
    headers = bearer(await act_as(auth, acme, bob, acme.owner))
    me = (await platform.client.get("/api/v1/auth/me", headers=headers)).json()
    for area in ("api_key:", "org:manage", "org:delete", "audit:", "admin:"):
        assert not [held for held in me["permissions"] if held.startswith(area)], area
    for method, path in (
        ("GET", "/api/v1/auth/sessions"),
        ("DELETE", "/api/v1/auth/sessions"),
        ("GET", "/api/v1/personal-access-tokens"),
        ("POST", "/api/v1/personal-access-tokens"),
        ("POST", "/api/v1/api-keys"),
        ("POST", "/api/v1/organizations"),
        ("DELETE", "/api/v1/members/me"),
    ):
        body: dict[str, Any] | None = {"name": "x", "scopes": []} if method == "POST" else None
        answer = await platform.client.request(method, path, json=body, headers=headers)
        assert answer.status_code == 403, (method, path, answer.text)


async def test_both_persons_stand_in_the_audit_log(
    platform: TestPlatform, auth: Auth, acme: Tenant, bob: Caller
) -> None:
    borrowed = await act_as(auth, acme, bob, acme.owner)
    [(_, told)] = auth.events("ImpersonationStarted")
    assert (told["user_id"], told["administrator_id"]) == (bob.user_id, acme.owner.user_id)
    assert told["reason"] == REASON
    answer = await platform.client.post("/api/v1/auth/sign-out", headers=bearer(borrowed))
    assert answer.status_code == 204
    assert not await auth.is_live(borrowed.access_token)
    done = [e for e in platform.outbox("auth") if e["type"] == "SessionRevoked"][-1]["principal"]
    assert (done["id"], done["actors"]) == (bob.user_id, [acme.owner.user_id])


async def test_the_person_ends_it_like_any_session(
    platform: TestPlatform, auth: Auth, acme: Tenant, bob: Caller
) -> None:
    borrowed = await act_as(auth, acme, bob, acme.owner)
    answer = await platform.client.delete("/api/v1/auth/sessions", headers=bob.headers)
    assert answer.status_code == 204
    assert not await auth.is_live(borrowed.access_token)


async def test_it_is_refused_without_a_reason_beyond_an_hour_and_upwards(
    auth: Auth, acme: Tenant, bob: Caller
) -> None:
    for user, by, reason, life in (
        (bob, acme.owner, " ", QUARTER),
        (bob, acme.owner, REASON, timedelta(minutes=61)),
        (bob, acme.owner, REASON, timedelta(0)),
        (bob, bob, REASON, QUARTER),
        (acme.owner, bob, REASON, QUARTER),
    ):
        with pytest.raises(ImpersonationRefused):
            await act_as(auth, acme, user, by, reason, life)
    assert auth.events("ImpersonationStarted") == []


async def test_only_members_act_as_members(
    platform: TestPlatform, auth: Auth, acme: Tenant, bob: Caller
) -> None:
    eve = await platform.owner("eve@example.com")
    for user, by in ((bob, eve), (eve, acme.owner)):
        with pytest.raises(OrganizationNotFound):
            await act_as(auth, acme, user, by)
