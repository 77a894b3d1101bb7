"""Security settings are an administrator's, audited, and never lock out who sets them."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from argus.kernel.ids import OrganizationId, new_id, parse_id
from argus.kernel.principal import system
from argus.services.auth.organization_security.demands import Demands
from argus.services.auth.organization_security.errors import MfaRequired
from argus.services.auth.organization_security.service import OrganizationSecurity
from argus.services.auth.revocations.feed import RevocationFeed
from support.auth import Auth, outcome
from support.demands import demand
from support.organizations import Tenant
from support.platform import PASSWORD, Caller, TestPlatform

PATH = "/api/v1/organization-security"
UNLIMITED = {
    "mfa_required": False,
    "sign_in_methods": None,
    "email_domains": None,
    "session_life_s": None,
    "session_idle_s": None,
    "address_ranges": None,
    "api_key_life_s": None,
}
LOCKS_OUT = (409, "auth.organization_security.locks_out")


async def change(platform: TestPlatform, by: Caller, **settings: Any) -> httpx.Response:
    return await platform.client.put(PATH, json=settings, headers=by.headers)


async def demands_of(platform: TestPlatform, auth: Auth, organization_id: str) -> Demands:
    """As a sign-in reads them: by a unit that is no tenant's."""
    tenant = OrganizationId(parse_id("org", organization_id))
    async with platform.unit_of_work("auth", system("auth")) as uow:
        return await auth.resources.get(OrganizationSecurity).of(uow, tenant)


@pytest.mark.operation("get_organization_security", "change_organization_security")
async def test_what_is_set_is_demanded_and_told(
    platform: TestPlatform, auth: Auth, acme: Tenant
) -> None:
    assert (await auth.get(PATH, acme.owner)).json() == UNLIMITED
    wanted = {
        "sign_in_methods": ["password", "passkey"],
        "email_domains": ["Example.COM"],
        "session_life_s": 86_400,
        "address_ranges": ["127.0.0.0/8"],
        "api_key_life_s": 3600,
    }
    answer = await change(platform, acme.owner, **wanted)
    expected = UNLIMITED | wanted
    expected |= {"sign_in_methods": ["passkey", "password"], "email_domains": ["example.com"]}
    assert (answer.status_code, answer.json()) == (200, expected)
    demands = await demands_of(platform, auth, acme.id)
    assert demands.session_life == timedelta(days=1)
    assert demands.address_ranges == ("127.0.0.0/8",)
    [(_, told)] = auth.events("OrganizationSecurityChanged")
    assert told["organization_id"] == acme.id
    assert sorted(told["changed"]) == [
        "address_ranges",
        "api_key_life",
        "email_domains",
        "session_life",
        "sign_in_methods",
    ]


async def test_tokens_end_and_the_same_settings_again_change_nothing(
    platform: TestPlatform, auth: Auth, acme: Tenant
) -> None:
    assert (await change(platform, acme.owner, session_idle_s=600)).status_code == 200
    assert not await auth.is_live(acme.owner.token)
    owner = await platform.sign_in(acme.owner.email, acme.id)
    assert (await change(platform, owner, session_idle_s=600)).status_code == 200
    assert await auth.is_live(owner.token)
    assert len(auth.events("OrganizationSecurityChanged")) == 1


@pytest.mark.parametrize(
    "settings",
    [
        {"mfa_required": True},
        {"sign_in_methods": ["github"]},
        {"email_domains": ["elsewhere.example"]},
        {"address_ranges": ["192.0.2.0/24"]},
    ],
)
async def test_nobody_locks_themselves_out(
    platform: TestPlatform, acme: Tenant, settings: dict[str, Any]
) -> None:
    assert outcome(await change(platform, acme.owner, **settings)) == LOCKS_OUT


async def test_only_who_may_manage_security_and_has_just_signed_in(
    platform: TestPlatform, auth: Auth, acme: Tenant
) -> None:
    member = await acme.member("bob@example.com", "member")
    assert outcome(await change(platform, member)) == (403, "kernel.access.forbidden")
    assert (await auth.get(PATH, member)).status_code == 403
    guard = await acme.member("cleo@example.com", "security_admin")
    assert (await change(platform, guard)).status_code == 200
    key = (await auth.api_key(acme.owner, "org:read"))["secret"]
    answer = await platform.client.get(PATH, headers={"X-API-Key": key})
    assert outcome(answer) == (403, "kernel.access.forbidden")
    platform.clock.advance(timedelta(minutes=9))
    renewed = (await auth.refresh(acme.owner.refresh_token)).json()
    platform.clock.advance(timedelta(minutes=9))
    answer = await platform.client.put(
        PATH, json={}, headers={"Authorization": f"Bearer {renewed['access_token']}"}
    )
    assert outcome(answer) == (401, "kernel.access.step_up_required")


@pytest.mark.parametrize("row_level_security", [True, False])
async def test_organizations_demand_each_for_themselves(
    platform: TestPlatform, auth: Auth, acme: Tenant, row_level_security: bool
) -> None:
    if not row_level_security:
        platform.owner_connection.execute(
            "alter table auth.organization_security disable row level security"
        )
    await change(platform, acme.owner, session_idle_s=600)
    eve = await platform.owner("eve@example.com")
    assert (await auth.get(PATH, eve)).json() == UNLIMITED
    assert (await change(platform, eve, session_idle_s=900)).status_code == 200
    demanded = (await demands_of(platform, auth, acme.id)).session_idle
    assert demanded == timedelta(minutes=10)


async def test_another_process_knows_as_soon_as_it_hears_of_the_change(
    platform: TestPlatform, auth: Auth, acme: Tenant
) -> None:
    elsewhere = OrganizationSecurity(platform.clock, auth.resources.get(RevocationFeed))
    tenant = OrganizationId(parse_id("org", acme.id))
    async with platform.unit_of_work("auth", system("auth")) as uow:
        assert await elsewhere.of(uow, tenant) == Demands()
    await change(platform, acme.owner, session_idle_s=600)
    async with platform.unit_of_work("auth", system("auth")) as uow:
        assert (await elsewhere.of(uow, tenant)).session_idle == timedelta(minutes=10)
        assert await elsewhere.of(uow, OrganizationId(new_id())) == Demands()


async def test_malformed_settings_are_refused(platform: TestPlatform) -> None:
    owner = await platform.owner()
    for settings in (
        {"address_ranges": ["192.0.2.1/24"]},
        {"address_ranges": []},
        {"email_domains": ["@example.com"]},
        {"session_life_s": 1},
        {"session_life": 86_400},
        {"organization_id": owner.organization_id},
    ):
        answer = await change(platform, owner, **settings)
        assert outcome(answer) == (422, "kernel.request.invalid"), settings


async def enter(platform: TestPlatform, tenant: Tenant, email: str) -> httpx.Response:
    body = {"email": email, "password": PASSWORD, "organization_id": tenant.id}
    return await platform.client.post("/api/v1/auth/sign-in", json=body)


@pytest.mark.parametrize(
    ("settings", "refused"),
    [
        ({"sign_in_methods": ["passkey"]}, "method_not_allowed"),
        ({"email_domains": ["elsewhere.example"]}, "domain_not_allowed"),
        ({"address_ranges": ["192.0.2.0/24"]}, "address_not_allowed"),
    ],
)
async def test_who_does_not_fulfil_a_demand_gets_no_token_of_the_organization(
    platform: TestPlatform, auth: Auth, acme: Tenant, settings: dict[str, Any], refused: str
) -> None:
    """Signing in, refreshing and switching alike; their own organization stays open to them."""
    bob = await acme.member("bob@example.com", "member")
    demand(platform, acme.id, **settings)
    error = (403, f"auth.organization_security.{refused}")
    assert outcome(await enter(platform, acme, bob.email)) == error
    assert outcome(await auth.refresh(bob.refresh_token)) == error
    at_home = await platform.sign_in(bob.email)
    answer = await auth.refresh(at_home.refresh_token, organization_id=acme.id)
    assert outcome(answer) == error
    assert (await auth.refresh(at_home.refresh_token)).status_code == 200, "not used up"


async def test_a_session_of_one_factor_is_told_how_to_come_to_two(
    platform: TestPlatform, auth: Auth, acme: Tenant
) -> None:
    """Refreshing and switching are refused until the person has set one up, and shown it so."""
    bob = await acme.member("bob@example.com", "member")
    demand(platform, acme.id, mfa_required=True)
    error = (403, "auth.organization_security.mfa_required")
    assert outcome(await auth.refresh(bob.refresh_token)) == error
    at_home = await platform.sign_in(bob.email)
    answer = await auth.refresh(at_home.refresh_token, organization_id=acme.id)
    assert outcome(answer) == error
    assert "/api/v1/auth/mfa/totp" in (MfaRequired.__doc__ or "")
    await auth.enrol_totp(at_home)
    switched = await auth.refresh(at_home.refresh_token, organization_id=acme.id)
    assert switched.status_code == 200, switched.text
    assert switched.json()["organization_id"] == acme.id
    assert outcome(await auth.refresh(bob.refresh_token)) == error, "another session"


async def test_tokens_and_keys_are_refused_from_other_networks(
    platform: TestPlatform, auth: Auth, acme: Tenant
) -> None:
    key = (await auth.api_key(acme.owner, "org:read"))["secret"]
    demand(platform, acme.id, address_ranges=["192.0.2.0/24"])
    assert not await auth.is_live(acme.owner.token)
    assert not await auth.is_live(key)
    eve = await platform.owner("eve@example.com")
    assert await auth.is_live(eve.token)


async def test_a_session_ends_earlier_where_the_organization_says_so(
    platform: TestPlatform, auth: Auth, acme: Tenant
) -> None:
    demand(platform, acme.id, session_life=timedelta(minutes=15))
    owner = await platform.sign_in(acme.owner.email, acme.id)
    platform.clock.advance(timedelta(minutes=9))
    renewed = (await auth.refresh(owner.refresh_token)).json()
    assert renewed["expires_in"] == 6 * 60
    platform.clock.advance(timedelta(minutes=6))
    assert not await auth.is_live(renewed["access_token"])
    answer = await auth.refresh(renewed["refresh_token"])
    assert outcome(answer) == (403, "auth.organization_security.session_too_old")


async def test_a_session_that_is_not_used_ends_where_the_organization_says_so(
    platform: TestPlatform, auth: Auth, acme: Tenant
) -> None:
    demand(platform, acme.id, session_idle=timedelta(minutes=30))
    owner = await platform.sign_in(acme.owner.email, acme.id)
    platform.clock.advance(timedelta(minutes=29))
    renewed = (await auth.refresh(owner.refresh_token)).json()
    platform.clock.advance(timedelta(minutes=30))
    answer = await auth.refresh(renewed["refresh_token"])
    assert outcome(answer) == (403, "auth.organization_security.session_too_old")
