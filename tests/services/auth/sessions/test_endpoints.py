from datetime import timedelta

import pytest

from support.auth import Auth, outcome
from support.platform import PASSWORD, Caller, TestPlatform

NOT_FOUND = (404, "auth.session.not_found")


async def sessions(auth: Auth, caller: Caller) -> list[dict[str, object]]:
    answer = await auth.get("/api/v1/auth/sessions", caller)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


@pytest.mark.operation("list_sessions")
async def test_ones_sessions_are_listed_with_device_and_times(
    platform: TestPlatform, auth: Auth
) -> None:
    owner = await platform.owner()
    begun = platform.clock.now()
    platform.clock.advance(timedelta(minutes=5))
    answer = await platform.client.post(
        "/api/v1/auth/sign-in",
        json={"email": owner.email, "password": PASSWORD},
        headers={"User-Agent": "Firefox/140 (Linux) " + "x" * 1000},
    )
    newer, older = await sessions(auth, owner)
    assert newer["id"] == answer.json()["session_id"]
    assert len(str(newer["user_agent"])) == 512
    assert newer["device"] == "Firefox on Linux"
    assert (newer["method"], newer["strength"]) == ("password", ["pwd"])
    assert (newer["current"], older["current"]) == (False, True)
    assert older["address"] == "127.0.0.1"
    assert older["authenticated_at"] == begun.isoformat().replace("+00:00", "Z")


@pytest.mark.operation("sign_out")
async def test_signing_out_ends_the_session_at_once(platform: TestPlatform, auth: Auth) -> None:
    owner = await platform.owner()
    other = await platform.sign_in(owner.email)
    answer = await platform.client.post("/api/v1/auth/sign-out", headers=owner.headers)
    assert answer.status_code == 204
    assert not await auth.is_live(owner.token)
    assert outcome(await auth.refresh(owner.refresh_token))[0] == 401
    assert await auth.is_live(other.token)
    assert [event["reason"] for _, event in auth.events("SessionRevoked")] == ["sign_out"]


@pytest.mark.operation("revoke_session")
async def test_one_of_ones_sessions_is_revoked(platform: TestPlatform, auth: Auth) -> None:
    owner = await platform.owner()
    lost = await platform.sign_in(owner.email)
    lost_id = (await sessions(auth, owner))[0]["id"]
    for expected in ((204, ""), NOT_FOUND):
        answer = await platform.client.delete(
            f"/api/v1/auth/sessions/{lost_id}", headers=owner.headers
        )
        assert outcome(answer) == expected
    assert not await auth.is_live(lost.token)
    assert len(await sessions(auth, owner)) == 1


async def test_another_persons_session_is_not_found_and_lives_on(
    platform: TestPlatform, auth: Auth
) -> None:
    ada, eve = await platform.owner(), await platform.owner()
    [session] = await sessions(auth, ada)
    answer = await platform.client.delete(
        f"/api/v1/auth/sessions/{session['id']}", headers=eve.headers
    )
    assert outcome(answer) == NOT_FOUND
    assert await auth.is_live(ada.token)
    assert session not in await sessions(auth, eve)


@pytest.mark.operation("revoke_other_sessions")
async def test_all_ones_other_sessions_are_revoked(platform: TestPlatform, auth: Auth) -> None:
    owner, stranger = await platform.owner(), await platform.owner()
    others = [await platform.sign_in(owner.email) for _ in range(2)]
    answer = await platform.client.delete("/api/v1/auth/sessions", headers=owner.headers)
    assert answer.status_code == 204
    assert [await auth.is_live(other.token) for other in others] == [False, False]
    assert await auth.is_live(owner.token)
    assert await auth.is_live(stranger.token)


async def test_an_api_key_has_no_sessions(platform: TestPlatform, auth: Auth) -> None:
    owner = await platform.owner()
    key = {"X-API-Key": (await auth.api_key(owner, "org:read"))["secret"]}
    for method, path in (
        ("GET", "/api/v1/auth/sessions"),
        ("DELETE", "/api/v1/auth/sessions"),
        ("POST", "/api/v1/auth/sign-out"),
    ):
        answer = await platform.client.request(method, path, headers=key)
        assert outcome(answer) == (403, "kernel.access.forbidden")
