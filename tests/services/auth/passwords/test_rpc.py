import asyncio

import pytest

from argus.contracts.auth.rpc import SET_PASSWORD
from argus.contracts.auth.v1 import auth_pb2
from argus.services.auth.password_hasher import PasswordHasher
from argus.services.auth.passwords.errors import PasswordRefused
from support.auth import Auth, outcome
from support.platform import PASSWORD, TestPlatform

SOMEBODY_WAITS = "select pid from pg_locks where not granted"
NEW = "another horse, another battery"


async def set_password(platform: TestPlatform, user_id: str, password: str) -> None:
    request = auth_pb2.SetPasswordRequest(user_id=user_id, password=password)
    await platform.rpc.call(SET_PASSWORD, request)


@pytest.mark.requirement("rfc9700:4.14.2:revoked-on-password-change")
async def test_a_new_password_ends_all_sessions_and_the_old_password(
    platform: TestPlatform, auth: Auth
) -> None:
    owner = await platform.owner()
    other = await platform.sign_in(owner.email)
    await set_password(platform, owner.user_id, NEW)
    for session in (owner, other):
        assert not await auth.is_live(session.token)
        assert outcome(await auth.refresh(session.refresh_token))[0] == 401
    for password, status in ((PASSWORD, 401), (NEW, 200)):
        answer = await platform.client.post(
            "/api/v1/auth/sign-in", json={"email": owner.email, "password": password}
        )
        assert answer.status_code == status
    assert auth.events("PasswordSet")[-1] == ("PasswordSet", {"user_id": owner.user_id})


async def test_a_refused_password_changes_nothing(platform: TestPlatform, auth: Auth) -> None:
    owner = await platform.owner()
    with pytest.raises(PasswordRefused, match="fewer than 12"):
        await set_password(platform, owner.user_id, "short")
    assert await auth.is_live(owner.token)


async def test_a_sign_in_with_the_old_password_does_not_slip_past_a_new_one(
    platform: TestPlatform, auth: Auth
) -> None:
    """Verified before, committed after: the session must not outlive the password it began with."""
    owner = await platform.owner()
    new = await auth.resources.get(PasswordHasher).hash(NEW)
    async with asyncio.TaskGroup() as group:
        with platform.owner_connection.transaction():
            platform.owner_connection.execute(
                "update auth.password set hash = %s, pepper_id = %s", [new.hash, new.pepper_id]
            )
            signing_in = group.create_task(
                platform.client.post(
                    "/api/v1/auth/sign-in", json={"email": owner.email, "password": PASSWORD}
                )
            )
            async with asyncio.timeout(30):
                while not platform.query(SOMEBODY_WAITS):  # noqa: ASYNC110 - of PostgreSQL
                    await asyncio.sleep(0.01)
    assert signing_in.result().status_code == 401
    assert len(platform.query("select id from auth.session")) == 1, "the first one only"
