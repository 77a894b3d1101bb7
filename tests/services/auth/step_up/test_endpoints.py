"""Stepping up: a session is fresh, or stronger, once its person showed who they are (RFC 9470)."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from argus.services.auth.sign_in_throttle import FREE_PER_ACCOUNT
from support.auth import Auth, outcome
from support.oauth import DpopKey
from support.platform import PASSWORD, Caller, TestPlatform

ADA = "ada@example.com"
REFUSED = (401, "auth.second_factor.refused")
STEP_UP = (401, "kernel.access.step_up_required")


async def step_up(
    platform: TestPlatform, caller: Caller, kind: str, **proof: Any
) -> httpx.Response:
    return await platform.client.post(
        "/api/v1/auth/step-up",
        json={"proof": {"kind": kind, **proof}},
        headers=caller.headers,
    )


async def enrol(platform: TestPlatform, token: str) -> httpx.Response:
    """Something that asks for a fresh sign-in."""
    return await platform.client.post(
        "/api/v1/auth/mfa/totp", headers={"Authorization": f"Bearer {token}"}
    )


@pytest.mark.operation("step_up")
@pytest.mark.requirement("rfc9470:3:challenge", "rfc9470:3:what-is-needed")
async def test_a_password_makes_a_session_fresh(platform: TestPlatform, auth: Auth) -> None:
    ada = await platform.owner(ADA)
    platform.clock.advance(timedelta(minutes=11))
    refreshed = (await auth.refresh(ada.refresh_token)).json()
    refused = await enrol(platform, refreshed["access_token"])
    assert outcome(refused) == STEP_UP
    challenge = refused.headers["www-authenticate"]
    assert 'error="insufficient_user_authentication"' in challenge
    assert 'max_age="600"' in challenge
    ada = Caller(ada.user_id, ada.organization_id, ADA, refreshed["access_token"], "")
    answer = await step_up(platform, ada, "password", password=PASSWORD)
    assert answer.status_code == 200, answer.text
    assert answer.json()["acr"] == "urn:argus:acr:1"
    assert (await enrol(platform, answer.json()["access_token"])).status_code == 201
    renewed = (await auth.refresh(refreshed["refresh_token"])).json()
    assert (await enrol(platform, renewed["access_token"])).status_code == 201


@pytest.mark.requirement("rfc9470:3:challenge", "rfc9470:3:what-is-needed")
async def test_the_second_factor_makes_a_session_stronger(
    platform: TestPlatform, auth: Auth
) -> None:
    ada = await platform.owner(ADA)
    app = await auth.enrol_totp(ada)
    remove = "/api/v1/auth/mfa/totp"
    refused = await platform.client.delete(remove, headers=ada.headers)
    assert outcome(refused) == STEP_UP
    assert 'acr_values="urn:argus:acr:2"' in refused.headers["www-authenticate"]
    answer = await step_up(platform, ada, "totp", code=app.code())
    assert answer.json()["acr"] == "urn:argus:acr:2"
    session = platform.query("select strength from auth.session")[0]
    assert session["strength"] == ["pwd", "otp", "mfa"]
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    assert (await platform.client.delete(remove, headers=headers)).status_code == 204
    assert auth.events("SessionSteppedUp")[-1][1]["strength"] == ["pwd", "otp", "mfa"]


async def test_a_password_does_not_replace_the_second_factor(
    platform: TestPlatform, auth: Auth
) -> None:
    ada = await platform.owner(ADA)
    await auth.enrol_totp(ada)
    assert outcome(await step_up(platform, ada, "password", password=PASSWORD)) == REFUSED


async def test_a_stolen_session_cannot_guess(platform: TestPlatform, auth: Auth) -> None:
    ada = await platform.owner(ADA)
    for _ in range(FREE_PER_ACCOUNT):
        assert outcome(await step_up(platform, ada, "password", password="wrong")) == REFUSED
    answer = await step_up(platform, ada, "password", password=PASSWORD)
    assert outcome(answer) == (429, "auth.sign_in.throttled")


async def test_only_a_person_steps_up(platform: TestPlatform, auth: Auth) -> None:
    ada = await platform.owner(ADA)
    key = (await auth.api_key(ada, "org:read"))["secret"]
    body = {"proof": {"kind": "password", "password": PASSWORD}}
    by_key = await platform.client.post(
        "/api/v1/auth/step-up", json=body, headers={"X-API-Key": key}
    )
    assert outcome(by_key) == (403, "kernel.access.forbidden")
    by_nobody = await platform.client.post("/api/v1/auth/step-up", json=body)
    assert outcome(by_nobody) == (401, "kernel.access.unauthenticated")


@pytest.mark.requirement("rfc9449:7.2:not-as-bearer")
async def test_a_token_that_is_bound_to_a_key_becomes_another_of_that_key(
    platform: TestPlatform,
) -> None:
    ada, key = await platform.owner(ADA), DpopKey(platform)
    form = {"client_id": "argus", "refresh_token": ada.refresh_token}
    answer = await platform.client.post(
        "/oauth/token",
        data={"grant_type": "refresh_token", **form},
        headers={"DPoP": key.proof()},
    )
    bound = answer.json()["access_token"]
    answer = await platform.client.post(
        "/api/v1/auth/step-up",
        json={"proof": {"kind": "password", "password": PASSWORD}},
        headers=key.headers(bound, "/api/v1/auth/step-up", "POST"),
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["token_type"] == "DPoP"
    renewed = answer.json()["access_token"]
    assert (await enrol(platform, renewed)).status_code == 401
    path = "/api/v1/auth/mfa/totp"
    answer = await platform.client.post(path, headers=key.headers(renewed, path, "POST"))
    assert answer.status_code == 201, answer.text
