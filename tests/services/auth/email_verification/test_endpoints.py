"""Confirming one's address takes both: the session and the mail."""

import pytest

from argus.contracts.auth.rpc import SET_PASSWORD
from argus.contracts.auth.v1 import auth_pb2
from argus.contracts.identity.rpc import REGISTER_USER
from argus.contracts.identity.v1 import identity_pb2
from support.auth import Auth, outcome
from support.platform import PASSWORD, Caller, TestPlatform

ADA = "ada@example.com"
INVALID = (401, "auth.email_proof.invalid")


async def unverified(platform: TestPlatform) -> Caller:
    registered = await platform.rpc.call(
        REGISTER_USER, identity_pb2.RegisterUserRequest(email=ADA, name="Ada")
    )
    await platform.rpc.call(
        SET_PASSWORD, auth_pb2.SetPasswordRequest(user_id=registered.user.id, password=PASSWORD)
    )
    return await platform.sign_in(ADA)


def is_verified(platform: TestPlatform) -> bool:
    [user] = platform.query("select email_verified from identity.users where email = %s", ADA)
    return user["email_verified"]


@pytest.mark.operation("mail_email_verification", "verify_email")
async def test_the_address_is_verified_and_everything_else_stays(
    platform: TestPlatform, auth: Auth
) -> None:
    ada = await unverified(platform)
    asked = await platform.client.post("/api/v1/auth/email/verification", headers=ada.headers)
    assert asked.status_code == 204
    token = await auth.mailed_token()
    answer = await platform.client.post(
        "/api/v1/auth/email/verify", json={"token": token}, headers=ada.headers
    )
    assert answer.status_code == 204, answer.text
    assert is_verified(platform)
    assert await auth.is_live(ada.token)
    assert (await auth.sign_in_once(ADA)).status_code == 200
    again = await platform.client.post(
        "/api/v1/auth/email/verify", json={"token": token}, headers=ada.headers
    )
    assert outcome(again) == INVALID


@pytest.mark.requirement("attacks:people:pre-hijack")
async def test_the_mail_alone_does_not_verify_an_account_that_somebody_else_made(
    platform: TestPlatform, auth: Auth
) -> None:
    """Else a careless click of the address's owner would make the intruder's account good."""
    mallory = await unverified(platform)
    eve = await platform.owner("eve@example.com")
    await platform.client.post("/api/v1/auth/email/verification", headers=mallory.headers)
    token = await auth.mailed_token()
    without = await platform.client.post("/api/v1/auth/email/verify", json={"token": token})
    assert outcome(without) == (401, "kernel.access.unauthenticated")
    by_another = await platform.client.post(
        "/api/v1/auth/email/verify", json={"token": token}, headers=eve.headers
    )
    assert outcome(by_another) == INVALID
    by_link = await platform.client.post("/api/v1/auth/sign-in/mail/link", json={"token": token})
    assert outcome(by_link) == INVALID
    assert not is_verified(platform)
