"""A second factor that the organization demands is set up in the middle of the sign-in."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from pyotp.totp import TOTP

from argus.services.auth.sign_in_flows.repository import MAX_ATTEMPTS
from support.auth import Auth, TotpApp, outcome
from support.authenticator import Authenticator
from support.demands import demand
from support.organizations import Tenant
from support.platform import PASSWORD, Caller, TestPlatform

ENROL = "/api/v1/auth/sign-in/enrol"
BOB = "bob@example.com"
ENDED = (401, "auth.sign_in.flow_ended")
STEP_UP = (401, "kernel.access.step_up_required")


@pytest.fixture
async def bob(platform: TestPlatform, acme: Tenant) -> Caller:
    """A member of an organization that demands a second factor, and has none."""
    bob = await acme.member(BOB, "member")
    demand(platform, acme.id, mfa_required=True)
    return bob


async def post(platform: TestPlatform, path: str, **body: Any) -> httpx.Response:
    return await platform.client.post(f"{ENROL}/{path}", json=body)


async def begin(platform: TestPlatform, tenant: Tenant) -> httpx.Response:
    body = {"email": BOB, "password": PASSWORD, "organization_id": tenant.id}
    return await platform.client.post("/api/v1/auth/sign-in", json=body)


@pytest.mark.operation("enrol_totp_to_sign_in", "confirm_totp_to_sign_in")
async def test_an_app_is_set_up_and_the_sign_in_goes_on(
    platform: TestPlatform, auth: Auth, acme: Tenant, bob: Caller
) -> None:
    pending = await begin(platform, acme)
    assert pending.status_code == 202
    assert pending.json()["factors"] == []
    assert pending.json()["enrol"] == ["totp", "passkey"]
    flow = pending.json()["flow"]
    begun = await post(platform, "totp", flow=flow)
    assert begun.status_code == 201, begun.text
    totp = TOTP(begun.json()["secret"])
    refused = await post(platform, "totp/confirm", flow=flow, code="000000")
    assert outcome(refused) == (401, "auth.second_factor.refused")
    answer = await post(platform, "totp/confirm", flow=flow, code=totp.at(platform.clock.now()))
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["organization_id"] == acme.id
    assert len(told["recovery_codes"]) == 10
    assert (await auth.refresh(told["refresh_token"])).status_code == 200
    again = await post(platform, "totp/confirm", flow=flow, code=totp.at(platform.clock.now()))
    assert outcome(again) == ENDED

    asked = (await begin(platform, acme)).json()
    assert (asked["factors"], asked["enrol"]) == (["totp", "recovery_code"], [])
    app = TotpApp(platform.clock, totp, told["recovery_codes"])
    answer = await auth.continue_sign_in(asked["flow"], "totp", code=app.code())
    assert answer.json()["organization_id"] == acme.id


@pytest.mark.operation("new_passkey_options_to_sign_in", "add_passkey_to_sign_in")
async def test_a_passkey_is_set_up_and_the_sign_in_goes_on(
    platform: TestPlatform, auth: Auth, acme: Tenant, bob: Caller
) -> None:
    flow = (await begin(platform, acme)).json()["flow"]
    authenticator = Authenticator(platform.composition.settings.base_url)
    options = await post(platform, "passkey-options", flow=flow)
    assert options.status_code == 200, options.text
    made = authenticator.create(options.json()["public_key"])
    answer = await post(platform, "passkey", flow=flow, name="My key", credential=made)
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["recovery_codes"]) == 10
    assert (await auth.refresh(answer.json()["refresh_token"])).status_code == 200
    assert (await begin(platform, acme)).json()["factors"] == ["passkey", "recovery_code"]


async def test_nothing_is_set_up_in_a_sign_in_that_asks_for_a_factor(
    platform: TestPlatform, auth: Auth, acme: Tenant, bob: Caller
) -> None:
    """A stolen password does not get round the second factor by adding one."""
    enrolling = (await begin(platform, acme)).json()["flow"]
    pending = await post(platform, "totp", flow=enrolling)
    at_home = await platform.sign_in(BOB)
    authenticator = Authenticator(platform.composition.settings.base_url)
    options = await platform.client.post("/api/v1/auth/passkeys/options", headers=at_home.headers)
    made = authenticator.create(options.json()["public_key"])
    added = await platform.client.post(
        "/api/v1/auth/passkeys",
        json={"name": "My key", "credential": made},
        headers=at_home.headers,
    )
    assert added.status_code == 201
    code = TOTP(pending.json()["secret"]).at(platform.clock.now())
    for flow in (enrolling, (await begin(platform, acme)).json()["flow"]):
        assert outcome(await post(platform, "totp", flow=flow)) == ENDED
        assert outcome(await post(platform, "passkey-options", flow=flow)) == ENDED
        assert outcome(await post(platform, "totp/confirm", flow=flow, code=code)) == ENDED
        refused = await post(platform, "passkey", flow=flow, name="Eve's", credential=made)
        assert outcome(refused) == ENDED
    assert (await auth.get("/api/v1/auth/mfa", at_home)).json()["totp"] is False


async def test_nothing_is_set_up_when_the_organization_would_not_let_the_person_in(
    platform: TestPlatform, acme: Tenant, bob: Caller
) -> None:
    flow = (await begin(platform, acme)).json()["flow"]
    secret = (await post(platform, "totp", flow=flow)).json()["secret"]
    demand(platform, acme.id, mfa_required=True, address_ranges=["192.0.2.0/24"])
    code = TOTP(secret).at(platform.clock.now())
    refused = await post(platform, "totp/confirm", flow=flow, code=code)
    assert outcome(refused) == (403, "auth.organization_security.address_not_allowed")
    assert platform.query("select confirmed_at from auth.totp") == [{"confirmed_at": None}]


async def test_a_flow_takes_few_codes(platform: TestPlatform, acme: Tenant, bob: Caller) -> None:
    flow = (await begin(platform, acme)).json()["flow"]
    secret = (await post(platform, "totp", flow=flow)).json()["secret"]
    for _ in range(MAX_ATTEMPTS):
        await post(platform, "totp/confirm", flow=flow, code="000000")
    code = TOTP(secret).at(platform.clock.now())
    assert outcome(await post(platform, "totp/confirm", flow=flow, code=code)) == ENDED


@pytest.mark.parametrize(
    ("settings", "refused"),
    [
        ({"sign_in_methods": ["passkey"]}, "method_not_allowed"),
        ({"email_domains": ["elsewhere.example"]}, "domain_not_allowed"),
        ({"address_ranges": ["192.0.2.0/24"]}, "address_not_allowed"),
    ],
)
async def test_what_no_second_factor_mends_is_refused_before_one_is_asked(
    platform: TestPlatform, acme: Tenant, bob: Caller, settings: dict[str, Any], refused: str
) -> None:
    demand(platform, acme.id, mfa_required=True, **settings)
    answer = await begin(platform, acme)
    assert outcome(answer) == (403, f"auth.organization_security.{refused}")
    assert platform.query("select 1 from auth.sign_in_flow") == []


async def test_another_factor_is_added_only_by_who_has_shown_one(
    platform: TestPlatform, auth: Auth
) -> None:
    ada = await platform.owner("ada@example.com")
    before = await platform.sign_in(ada.email)
    app = await auth.enrol_totp(ada)
    post = platform.client.post
    for path in ("passkeys/options", "mfa/totp"):
        answer = await post(f"/api/v1/auth/{path}", headers=before.headers)
        assert outcome(answer) == STEP_UP, path
    body = {"name": "Eve's", "credential": {}}
    answer = await post("/api/v1/auth/passkeys", json=body, headers=before.headers)
    assert outcome(answer) == STEP_UP
    assert (await post("/api/v1/auth/passkeys/options", headers=ada.headers)).status_code == 200
    proof = {"kind": "totp", "code": app.code()}
    stepped = await post("/api/v1/auth/step-up", json={"proof": proof}, headers=before.headers)
    assert stepped.status_code == 200, stepped.text
    answer = await post("/api/v1/auth/passkeys/options", headers=before.headers)
    assert answer.status_code == 200


async def test_who_set_a_factor_up_has_shown_it_in_the_session(
    platform: TestPlatform, auth: Auth
) -> None:
    ada = await platform.owner("ada@example.com")
    await auth.enrol_totp(ada)
    renewed = (await auth.refresh(ada.refresh_token)).json()
    headers = {"Authorization": f"Bearer {renewed['access_token']}"}
    answer = await platform.client.delete("/api/v1/auth/mfa/totp", headers=headers)
    assert answer.status_code == 204
    [(_, told)] = auth.events("SessionSteppedUp")
    assert told["strength"] == ["pwd", "otp", "mfa"]


async def test_the_time_to_add_a_factor_is_short(platform: TestPlatform, auth: Auth) -> None:
    ada = await platform.owner("ada@example.com")
    platform.clock.advance(timedelta(minutes=9))
    renewed = (await auth.refresh(ada.refresh_token)).json()
    platform.clock.advance(timedelta(minutes=2))
    headers = {"Authorization": f"Bearer {renewed['access_token']}"}
    answer = await platform.client.post("/api/v1/auth/mfa/totp", headers=headers)
    assert outcome(answer) == STEP_UP
