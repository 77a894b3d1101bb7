"""Authenticator apps and recovery codes: set up, asked for, and not guessed or replayed."""

import asyncio
from datetime import timedelta

import pytest

from argus.services.auth.mfa.service import RECOVERY_CODES
from argus.services.auth.sign_in_flows.repository import MAX_ATTEMPTS
from argus.services.auth.sign_in_flows.service import FLOW_LIFE
from argus.services.auth.sign_in_throttle import FREE_PER_ACCOUNT
from support.auth import Auth, outcome
from support.platform import PASSWORD, TestPlatform

ADA = "ada@example.com"
REFUSED = (401, "auth.second_factor.refused")
ENDED = (401, "auth.sign_in.flow_ended")
THROTTLED = (429, "auth.sign_in.throttled")


async def begin(auth: Auth) -> str:
    """A sign-in that waits for the second factor."""
    answer = await auth.sign_in_once(ADA)
    assert answer.status_code == 202, answer.text
    return answer.json()["flow"]


@pytest.mark.operation("enrol_totp", "confirm_totp", "continue_sign_in", "get_mfa")
async def test_an_app_is_asked_for_after_the_password_once_it_was_confirmed(
    platform: TestPlatform, auth: Auth
) -> None:
    ada = await platform.owner(ADA)
    app = await auth.enrol_totp(ada)
    assert len(set(app.recovery_codes)) == RECOVERY_CODES
    assert (await auth.get("/api/v1/auth/mfa", ada)).json() == {
        "totp": True,
        "recovery_codes_left": RECOVERY_CODES,
    }
    asked = await auth.sign_in_once(ADA)
    assert asked.status_code == 202
    body = asked.json()
    assert body["factors"] == ["totp", "recovery_code"]
    assert "access_token" not in body
    answer = await auth.continue_sign_in(body["flow"], "totp", code=app.code())
    assert answer.status_code == 200, answer.text
    assert await auth.is_live(answer.json()["access_token"])
    assert auth.events("UserSignedIn")[-1][1]["strength"] == ["pwd", "otp", "mfa"]


async def test_an_app_that_was_not_confirmed_is_not_asked_for(
    platform: TestPlatform, auth: Auth
) -> None:
    ada = await platform.owner(ADA)
    for _ in range(2):
        await platform.client.post("/api/v1/auth/mfa/totp", headers=ada.headers)
    answer = await platform.client.post(
        "/api/v1/auth/mfa/totp/confirm", json={"code": "000000"}, headers=ada.headers
    )
    assert outcome(answer) == REFUSED
    assert (await auth.sign_in_once(ADA)).status_code == 200


async def test_a_second_app_does_not_silently_replace_the_first(
    platform: TestPlatform, auth: Auth
) -> None:
    ada = await platform.owner(ADA)
    await auth.enrol_totp(ada)
    answer = await platform.client.post("/api/v1/auth/mfa/totp", headers=ada.headers)
    assert outcome(answer) == (409, "auth.totp.already_enrolled")


async def test_a_code_is_good_once(platform: TestPlatform, auth: Auth) -> None:
    """RFC 6238 section 5.2."""
    app = await auth.enrol_totp(await platform.owner(ADA))
    confirming = app.totp.at(platform.clock.now())
    assert outcome(await auth.continue_sign_in(await begin(auth), "totp", code=confirming)) == (
        REFUSED
    ), "the code that confirmed the app is used up"
    code = app.code()
    assert (await auth.continue_sign_in(await begin(auth), "totp", code=code)).status_code == 200
    assert outcome(await auth.continue_sign_in(await begin(auth), "totp", code=code)) == REFUSED
    platform.clock.advance(timedelta(seconds=30))
    late = app.totp.at(platform.clock.now() - timedelta(seconds=60))
    assert outcome(await auth.continue_sign_in(await begin(auth), "totp", code=late)) == REFUSED


async def test_of_two_who_send_one_code_one_gets_in(platform: TestPlatform, auth: Auth) -> None:
    app = await auth.enrol_totp(await platform.owner(ADA))
    flows, code = [await begin(auth), await begin(auth)], app.code()
    async with asyncio.TaskGroup() as group:
        racers = [
            group.create_task(auth.continue_sign_in(flow, "totp", code=code)) for flow in flows
        ]
    assert sorted(racer.result().status_code for racer in racers) == [200, 401]


async def test_codes_a_step_early_or_late_are_good_and_others_are_not(
    platform: TestPlatform, auth: Auth
) -> None:
    app = await auth.enrol_totp(await platform.owner(ADA))
    platform.clock.advance(timedelta(minutes=10))
    for steps, status in ((2, 401), (1, 200)):
        code = app.totp.at(platform.clock.now() + timedelta(seconds=30 * steps))
        answer = await auth.continue_sign_in(await begin(auth), "totp", code=code)
        assert answer.status_code == status, steps


@pytest.mark.requirement("attacks:people:second-factor-guessing")
async def test_a_flow_takes_few_guesses(platform: TestPlatform, auth: Auth) -> None:
    app = await auth.enrol_totp(await platform.owner(ADA))
    flow = await begin(auth)
    for guess in range(MAX_ATTEMPTS):
        platform.clock.advance(timedelta(seconds=2**guess if guess >= FREE_PER_ACCOUNT else 0))
        assert outcome(await auth.continue_sign_in(flow, "totp", code=app.wrong())) == REFUSED
    assert outcome(await auth.continue_sign_in(flow, "totp", code=app.code())) == ENDED


@pytest.mark.requirement("attacks:people:second-factor-guessing")
async def test_the_password_does_not_buy_new_guesses(platform: TestPlatform, auth: Auth) -> None:
    """Whoever knows it could guess for ever, were the counts one."""
    app = await auth.enrol_totp(await platform.owner(ADA))
    for _ in range(FREE_PER_ACCOUNT):
        flow = await begin(auth)
        assert outcome(await auth.continue_sign_in(flow, "totp", code=app.wrong())) == REFUSED
    flow = await begin(auth)
    assert outcome(await auth.continue_sign_in(flow, "totp", code=app.wrong())) == THROTTLED
    failed = auth.events("SecondFactorFailed")
    assert len(failed) == FREE_PER_ACCOUNT


@pytest.mark.parametrize("kind", ["totp", "recovery_code", "passkey"])
async def test_a_flow_that_does_not_exist_tells_nothing(auth: Auth, kind: str) -> None:
    proof = {"credential": {}} if kind == "passkey" else {"code": "123456"}
    assert outcome(await auth.continue_sign_in("argus_sf_guessed", kind, **proof)) == ENDED


async def test_a_flow_is_over_when_its_time_is(platform: TestPlatform, auth: Auth) -> None:
    app = await auth.enrol_totp(await platform.owner(ADA))
    flow = await begin(auth)
    platform.clock.advance(FLOW_LIFE)
    assert outcome(await auth.continue_sign_in(flow, "totp", code=app.code())) == ENDED
    await auth.maintain()
    assert not platform.query("select from auth.sign_in_flow")


async def test_a_flow_is_over_when_it_was_completed(platform: TestPlatform, auth: Auth) -> None:
    app = await auth.enrol_totp(await platform.owner(ADA))
    flow = await begin(auth)
    assert (await auth.continue_sign_in(flow, "totp", code=app.code())).status_code == 200
    assert outcome(await auth.continue_sign_in(flow, "totp", code=app.code())) == ENDED


async def test_a_flow_is_over_when_the_password_is_changed(
    platform: TestPlatform, auth: Auth
) -> None:
    ada = await platform.owner(ADA)
    app = await auth.enrol_totp(ada)
    flow = await begin(auth)
    changed = await platform.client.post(
        "/api/v1/auth/password/change",
        json={"current_password": PASSWORD, "password": "another good long password"},
        headers=ada.headers,
    )
    assert changed.status_code == 204, changed.text
    assert outcome(await auth.continue_sign_in(flow, "totp", code=app.code())) == ENDED


async def test_a_recovery_code_replaces_the_app_once(platform: TestPlatform, auth: Auth) -> None:
    app = await auth.enrol_totp(await platform.owner(ADA))
    typed = app.recovery_codes[0].upper().replace("-", " ")
    answer = await auth.continue_sign_in(await begin(auth), "recovery_code", code=typed)
    assert answer.status_code == 200, answer.text
    again = await auth.continue_sign_in(await begin(auth), "recovery_code", code=typed)
    assert outcome(again) == REFUSED
    [(_, used)] = auth.events("RecoveryCodeUsed")
    assert used["left"] == RECOVERY_CODES - 1


async def test_another_persons_codes_are_no_good(platform: TestPlatform, auth: Auth) -> None:
    await auth.enrol_totp(await platform.owner(ADA))
    eve = await auth.enrol_totp(await platform.owner("eve@example.com"))
    flow = await begin(auth)
    for kind, code in (("totp", eve.code()), ("recovery_code", eve.recovery_codes[0])):
        assert outcome(await auth.continue_sign_in(flow, kind, code=code)) == REFUSED


@pytest.mark.operation("replace_recovery_codes", "remove_totp")
async def test_the_second_factor_is_changed_only_by_who_has_just_shown_it(
    platform: TestPlatform, auth: Auth
) -> None:
    ada = await platform.owner(ADA)
    app = await auth.enrol_totp(ada)
    new_codes = "/api/v1/auth/mfa/recovery-codes"
    refused = await platform.client.post(new_codes, headers=ada.headers)
    assert outcome(refused) == (401, "kernel.access.step_up_required")
    assert 'acr_values="urn:argus:acr:2"' in refused.headers["www-authenticate"]
    signed_in = await auth.continue_sign_in(await begin(auth), "totp", code=app.code())
    headers = {"Authorization": f"Bearer {signed_in.json()['access_token']}"}
    made = await platform.client.post(new_codes, headers=headers)
    assert made.status_code == 201, made.text
    old, new = app.recovery_codes[0], made.json()["recovery_codes"][0]
    flow = await begin(auth)
    assert outcome(await auth.continue_sign_in(flow, "recovery_code", code=old)) == REFUSED
    assert (await auth.continue_sign_in(flow, "recovery_code", code=new)).status_code == 200
    removed = await platform.client.delete("/api/v1/auth/mfa/totp", headers=headers)
    assert removed.status_code == 204, removed.text
    assert (await auth.sign_in_once(ADA)).status_code == 200
    again = await platform.client.delete("/api/v1/auth/mfa/totp", headers=headers)
    assert outcome(again) == (404, "auth.totp.not_enrolled")


async def test_no_secret_is_readable_in_the_database(platform: TestPlatform, auth: Auth) -> None:
    app = await auth.enrol_totp(await platform.owner(ADA))
    flow = await begin(auth)
    stored = str(
        [
            platform.query("select * from auth.totp"),
            platform.query("select * from auth.recovery_code"),
            platform.query("select * from auth.sign_in_flow"),
            platform.outbox("auth"),
        ]
    )
    for secret in (app.totp.secret, app.recovery_codes[0].replace("-", ""), flow):
        assert secret not in stored
    assert str(app.totp.secret.encode()) not in stored


@pytest.mark.requirement("attacks:keys:minting")
async def test_a_key_reaches_no_second_factor(platform: TestPlatform, auth: Auth) -> None:
    ada = await platform.owner(ADA)
    key = (await auth.api_key(ada, "org:read"))["secret"]
    for method, path in (
        ("GET", "/api/v1/auth/mfa"),
        ("POST", "/api/v1/auth/mfa/totp"),
        ("DELETE", "/api/v1/auth/mfa/totp"),
        ("GET", "/api/v1/auth/passkeys"),
        ("POST", "/api/v1/auth/passkeys/options"),
        ("POST", "/api/v1/auth/step-up/passkey-options"),
        ("GET", "/api/v1/auth/sessions"),
    ):
        answer = await platform.client.request(method, path, headers={"X-API-Key": key})
        assert outcome(answer) == (403, "kernel.access.forbidden"), path
