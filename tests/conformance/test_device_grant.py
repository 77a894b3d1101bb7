"""Devices without a browser: RFC 8628."""

import re
from datetime import timedelta
from typing import Any

import httpx
import pytest

from support.oauth import OAuth, RegisteredClient, refusal
from support.platform import Caller, TestPlatform

GRANT = "urn:ietf:params:oauth:grant-type:device_code"
CODE = re.compile(r"[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}")


@pytest.fixture
async def device(oauth: OAuth, ada: Caller) -> RegisteredClient:
    """A public client of Ada's organization."""
    return await oauth.client(ada, grant_types=[GRANT, "refresh_token"], redirect_uris=[])


async def begin(oauth: OAuth, client: RegisteredClient, **form: str) -> dict[str, Any]:
    answer = await oauth.platform.client.post(
        "/oauth/device_authorization", data={**client.form, "scope": "openid", **form}
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


async def poll(oauth: OAuth, client: RegisteredClient, begun: dict[str, Any]) -> httpx.Response:
    return await oauth.token(client, GRANT, device_code=begun["device_code"])


async def decide(oauth: OAuth, by: Caller, user_code: str, decision: str) -> httpx.Response:
    return await oauth.platform.client.post(
        "/api/v1/auth/device/verify",
        json={"user_code": user_code, "decision": decision},
        headers=by.headers,
    )


@pytest.mark.requirement(
    "rfc8628:3.2:answer",
    "rfc8628:3.3:authenticated-person",
    "rfc8628:3.5:pending",
    "rfc8628:5.2:device-code-entropy",
    "rfc8628:6.1:user-code-form",
)
@pytest.mark.operation("authorize_device", "verify_device")
async def test_a_device_is_let_in_by_a_person_who_is_signed_in(
    platform: TestPlatform, oauth: OAuth, device: RegisteredClient, ada: Caller
) -> None:
    begun = await begin(oauth, device)
    assert begun.keys() >= {"device_code", "user_code", "verification_uri", "expires_in"}
    assert CODE.fullmatch(begun["user_code"])
    assert len(begun["device_code"]) >= 22, "128 bits or more"
    stored = str(platform.query("select * from auth.device_authorization"))
    assert begun["device_code"] not in stored
    assert begun["user_code"] not in stored
    assert refusal(await poll(oauth, device, begun)) == (400, "authorization_pending")
    typed = begun["user_code"].lower().replace("-", " ")
    stranger = await platform.client.post(
        "/api/v1/auth/device/verify", json={"user_code": typed, "decision": "approve"}
    )
    assert stranger.status_code == 401
    assert (await decide(oauth, ada, typed, "approve")).status_code == 204
    platform.clock.advance(timedelta(seconds=6))
    tokens = await poll(oauth, device, begun)
    assert tokens.status_code == 200, tokens.text
    assert tokens.json()["access_token"]
    platform.clock.advance(timedelta(seconds=6))
    assert refusal(await poll(oauth, device, begun))[0] == 400, "it is collected once"


@pytest.mark.requirement("rfc8628:3.5:slow-down")
async def test_who_polls_too_fast_waits_five_seconds_longer_for_good(
    platform: TestPlatform, oauth: OAuth, device: RegisteredClient
) -> None:
    begun = await begin(oauth, device)
    assert begun.get("interval", 5) == 5
    await poll(oauth, device, begun)
    assert refusal(await poll(oauth, device, begun)) == (400, "slow_down")
    platform.clock.advance(timedelta(seconds=9))
    assert refusal(await poll(oauth, device, begun)) == (400, "slow_down")
    platform.clock.advance(timedelta(seconds=16))
    assert refusal(await poll(oauth, device, begun)) == (400, "authorization_pending")


@pytest.mark.requirement("rfc8628:3.5:denied")
async def test_the_device_learns_that_the_person_refused(
    oauth: OAuth, device: RegisteredClient, ada: Caller
) -> None:
    begun = await begin(oauth, device)
    assert (await decide(oauth, ada, begun["user_code"], "deny")).status_code == 204
    assert refusal(await poll(oauth, device, begun)) == (400, "access_denied")


@pytest.mark.requirement("rfc8628:3.5:expired")
async def test_codes_expire(
    platform: TestPlatform, oauth: OAuth, device: RegisteredClient, ada: Caller
) -> None:
    begun = await begin(oauth, device)
    platform.clock.advance(timedelta(seconds=begun["expires_in"] + 1))
    assert refusal(await poll(oauth, device, begun)) == (400, "expired_token")


@pytest.mark.requirement("rfc8628:3.4:own-code", "rfc8628:3.1:client-authentication")
async def test_a_device_code_is_good_for_its_client_only(
    oauth: OAuth, device: RegisteredClient, ada: Caller
) -> None:
    begun = await begin(oauth, device)
    other = await oauth.client(ada, grant_types=[GRANT], redirect_uris=[])
    assert refusal(await poll(oauth, other, begun)) == (400, "invalid_grant")
    for form in ({}, {"client_id": "cli_00000000000000000000000000"}):
        answer = await oauth.platform.client.post("/oauth/device_authorization", data=form)
        assert refusal(answer)[1] in ("invalid_client", "invalid_request")
    secret = await oauth.client(
        ada,
        grant_types=[GRANT],
        redirect_uris=[],
        token_endpoint_auth_method="client_secret_post",
    )
    unproved = RegisteredClient(secret.id)
    answer = await oauth.platform.client.post("/oauth/device_authorization", data=unproved.form)
    assert refusal(answer) == (401, "invalid_client")
    assert refusal(await poll(oauth, unproved, await begin(oauth, secret)))[1] == "invalid_client"


@pytest.mark.requirement("rfc8628:5.1:guessing")
@pytest.mark.requirement("attacks:devices:user-code-guessing")
async def test_guessing_user_codes_is_held_up(oauth: OAuth, ada: Caller) -> None:
    statuses = [
        (await decide(oauth, ada, f"BBBB-BB{letter}{letter}", "approve")).status_code
        for letter in "BCDFGHJKLMNPQRSTVWXZ"
    ]
    assert statuses[0] == 404
    assert statuses[-1] == 429
