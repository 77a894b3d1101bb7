"""A replica that is cut off from the database answers from what it knows, for a while."""

import pytest

from support.auth import Auth, outcome
from support.platform import TestPlatform
from support.replicas import replica
from support.wire import Change, becomes

ME, VALIDATE, FORWARD = (f"/api/v1/auth/{name}" for name in ("me", "validate", "forward"))


@pytest.mark.parametrize("way", ["cut", "hold"])
async def test_warm_validation_answers_and_what_happened_meanwhile_is_heard_afterwards(
    platform: TestPlatform, auth: Auth, way: str
) -> None:
    owner = await platform.owner()
    leaving = await platform.sign_in(owner.email)
    unseen = await platform.sign_in(owner.email)
    key = (await auth.api_key(owner, "token:validate"))["secret"]
    async with replica(platform) as other:

        async def ask(token: str) -> tuple[int, bool]:
            answer = await other.client.post(
                VALIDATE, json={"token": token}, headers={"X-API-Key": key}
            )
            return answer.status_code, answer.json().get("active", False)

        assert await ask(owner.token) == await ask(leaving.token) == (200, True)
        getattr(other.wire, way)()
        await becomes(lambda: not other.feed.is_current)
        await platform.client.post("/api/v1/auth/sign-out", headers=leaving.headers)
        assert await ask(owner.token) == (200, True)
        assert await ask(leaving.token) == (200, True), "nobody could tell it"
        assert await ask(unseen.token) == (200, True), "its signature is good"
        assert (await other.client.get(FORWARD, headers=owner.headers)).status_code == 200
        assert (await other.client.get(ME, headers=owner.headers)).status_code == 200
        never_seen = (await auth.api_key(owner, "org:read"))["secret"]
        answer = await other.client.get(ME, headers={"X-API-Key": never_seen})
        assert outcome(answer) == (503, "kernel.service.unavailable")
        other.wire.mend()
        other.wire.release()
        await other.refuses(leaving.token)
        await becomes(lambda: other.feed.is_current)
        assert await ask(leaving.token) == (200, False)
        assert await ask(owner.token) == (200, True)


async def test_beyond_the_bound_it_refuses_to_answer(
    platform: TestPlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARGUS_AUTH_STALENESS_BOUND", "PT1S")
    owner = await platform.owner()
    async with replica(platform) as other:
        assert (await other.client.get(ME, headers=owner.headers)).status_code == 200
        other.wire.cut()
        await becomes(lambda: not other.feed.is_usable)
        for path in (ME, FORWARD):
            answer = await other.client.get(path, headers=owner.headers)
            assert outcome(answer) == (503, "auth.validation.stale")
        other.wire.mend()
        await becomes(lambda: other.feed.is_current)
        assert (await other.client.get(ME, headers=owner.headers)).status_code == 200


def deaf_from_the_first_notification() -> Change:
    """PostgreSQL's bytes on one connection: none any more once it notifies (message `A`)."""
    is_deaf = False

    def change(data: bytes) -> bytes:
        nonlocal is_deaf
        is_deaf = is_deaf or b"argus_auth_revocation\0" in data
        return b"" if is_deaf else data

    return change


async def test_a_refusal_is_not_taken_back_before_the_feed_tells_of_it(
    platform: TestPlatform, auth: Auth
) -> None:
    owner = await platform.owner()
    leaving = await platform.sign_in(owner.email)
    key = await auth.api_key(owner, "org:read")
    ended = leaving.token, key["secret"]
    async with replica(platform, deaf_from_the_first_notification) as other:
        for credential in ended:
            assert await other.principal(credential) is not None
        await platform.client.post("/api/v1/auth/sign-out", headers=leaving.headers)
        url = f"/api/v1/api-keys/{key['id']}/revoke"
        assert (await platform.client.post(url, json={}, headers=owner.headers)).is_success
        for credential in ended:
            await other.refuses(credential)
        other.wire.cut()
        for credential in ended:
            assert await other.principal(credential) is None
        other.wire.mend()
