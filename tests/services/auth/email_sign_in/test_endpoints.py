"""Signing in by mail: once, by the mailbox's owner, and nobody learns who has an account."""

from datetime import timedelta

import httpx
import pytest

from argus.contracts.auth.rpc import SET_PASSWORD
from argus.contracts.auth.v1 import auth_pb2
from argus.contracts.identity.rpc import DEACTIVATE_USER, REGISTER_USER
from argus.contracts.identity.v1 import identity_pb2
from argus.services.auth.email_proofs.models import Purpose
from argus.services.auth.email_proofs.repository import MAX_ATTEMPTS
from argus.services.auth.email_proofs.service import LIFE
from argus.services.auth.sign_in_throttle import FREE_MAILS
from support.auth import Auth, outcome, statements
from support.platform import PASSWORD, TestPlatform

ADA = "ada@example.com"
INVALID = (401, "auth.email_proof.invalid")


async def ask(platform: TestPlatform, kind: str, email: str = ADA) -> httpx.Response:
    return await platform.client.post(
        "/api/v1/auth/sign-in/mail", json={"email": email, "kind": kind}
    )


async def by_link(platform: TestPlatform, token: str) -> httpx.Response:
    return await platform.client.post("/api/v1/auth/sign-in/mail/link", json={"token": token})


async def by_code(platform: TestPlatform, handle: str, code: str) -> httpx.Response:
    return await platform.client.post(
        "/api/v1/auth/sign-in/mail/code", json={"handle": handle, "code": code}
    )


@pytest.mark.operation("mail_sign_in", "sign_in_by_link")
async def test_a_link_signs_in_once(platform: TestPlatform, auth: Auth) -> None:
    ada = await platform.owner(ADA)
    assert (await ask(platform, "link")).status_code == 202
    token = await auth.mailed_token()
    answer = await by_link(platform, token)
    assert answer.status_code == 200, answer.text
    assert answer.json()["user_id"] == ada.user_id
    assert await auth.is_live(answer.json()["access_token"])
    assert auth.events("UserSignedIn")[-1][1]["strength"] == ["email"]
    assert outcome(await by_link(platform, token)) == INVALID


@pytest.mark.operation("sign_in_by_code")
async def test_a_code_signs_in_once_and_with_its_handle_only(
    platform: TestPlatform, auth: Auth
) -> None:
    ada = await platform.owner(ADA)
    handle = (await ask(platform, "code")).json()["handle"]
    code = await auth.mailed_code()
    attackers = (await ask(platform, "code")).json()["handle"]
    assert outcome(await by_code(platform, attackers, code)) == INVALID
    answer = await by_code(platform, handle, f" {code[:4]}-{code[4:]}")
    assert answer.json()["user_id"] == ada.user_id
    assert outcome(await by_code(platform, handle, code)) == INVALID


@pytest.mark.requirement("attacks:people:second-factor-guessing")
async def test_codes_are_not_guessed(platform: TestPlatform, auth: Auth) -> None:
    await platform.owner(ADA)
    handle = (await ask(platform, "code")).json()["handle"]
    code = await auth.mailed_code()
    for guess in range(MAX_ATTEMPTS):
        assert outcome(await by_code(platform, handle, f"{guess:08}")) == INVALID
    assert outcome(await by_code(platform, handle, code)) == INVALID


@pytest.mark.parametrize(
    ("kind", "purpose"), [("link", Purpose.SIGN_IN_LINK), ("code", Purpose.SIGN_IN_CODE)]
)
async def test_what_was_mailed_is_not_good_for_ever(
    platform: TestPlatform, auth: Auth, kind: str, purpose: Purpose
) -> None:
    await platform.owner(ADA)
    handle = (await ask(platform, kind)).json()["handle"]
    secret = await (auth.mailed_token() if kind == "link" else auth.mailed_code())
    platform.clock.advance(LIFE[purpose])
    late = by_link(platform, secret) if kind == "link" else by_code(platform, handle, secret)
    assert outcome(await late) == INVALID
    await auth.maintain()
    assert not platform.query("select from auth.email_proof")


async def test_a_link_is_good_for_what_it_was_mailed_for_only(
    platform: TestPlatform, auth: Auth
) -> None:
    ada = await platform.owner(ADA)
    handle = (await ask(platform, "link")).json()["handle"]
    token = await auth.mailed_token()
    reset = await platform.client.post(
        "/api/v1/auth/password/reset", json={"token": token, "password": "a good long password"}
    )
    assert outcome(reset) == INVALID
    verify = await platform.client.post(
        "/api/v1/auth/email/verify", json={"token": token}, headers=ada.headers
    )
    assert outcome(verify) == INVALID
    assert outcome(await by_link(platform, handle)) == INVALID, "whoever asked holds no link"
    assert (await by_link(platform, token)).status_code == 200


@pytest.mark.parametrize("kind", ["link", "code"])
@pytest.mark.requirement("attacks:people:enumeration-by-time")
async def test_an_unknown_address_is_answered_and_costs_the_same(
    platform: TestPlatform, kind: str
) -> None:
    await platform.owner(ADA)
    with statements() as for_known:
        known = await ask(platform, kind)
    with statements() as for_unknown:
        unknown = await ask(platform, kind, "nobody@example.com")
    assert (known.status_code, set(known.json())) == (unknown.status_code, set(unknown.json()))
    assert set(known.headers) == set(unknown.headers)
    assert len(known.content) == len(unknown.content)
    assert for_known == for_unknown, "the same work is done"
    await platform.work()
    assert [mail["To"] for mail in platform.mails()] == [ADA]


async def test_the_handle_of_an_unknown_address_fails_like_a_wrong_code(
    platform: TestPlatform, auth: Auth
) -> None:
    await platform.owner(ADA)
    for email in (ADA, "nobody@example.com"):
        handle = (await ask(platform, "code", email)).json()["handle"]
        answers = [await by_code(platform, handle, "00000000") for _ in range(MAX_ATTEMPTS + 1)]
        assert {outcome(answer) for answer in answers} == {INVALID}, email


@pytest.mark.parametrize("email", [ADA, "nobody@example.com"])
async def test_nobodys_mailbox_is_filled(platform: TestPlatform, email: str) -> None:
    await platform.owner(ADA)
    for _ in range(FREE_MAILS):
        assert (await ask(platform, "link", email)).status_code == 202
    assert outcome(await ask(platform, "link", email)) == (429, "auth.sign_in.throttled")
    platform.clock.advance(timedelta(seconds=1))
    assert (await ask(platform, "link", email)).status_code == 202


async def test_an_office_that_signs_in_by_mail_spends_no_attempts(
    platform: TestPlatform, auth: Auth
) -> None:
    for number in range(3):
        await platform.owner(f"person{number}@example.com")
        await ask(platform, "link", f"person{number}@example.com")
        assert (await by_link(platform, await auth.mailed_token())).status_code == 200
    assert {row["attempts"] for row in platform.query("select * from auth.sign_in_attempt")} <= {0}


async def test_a_second_factor_is_asked_after_a_mail_too(
    platform: TestPlatform, auth: Auth
) -> None:
    app = await auth.enrol_totp(await platform.owner(ADA))
    await ask(platform, "link")
    asked = await by_link(platform, await auth.mailed_token())
    assert asked.status_code == 202, asked.text
    answer = await auth.continue_sign_in(asked.json()["flow"], "totp", code=app.code())
    assert answer.status_code == 200, answer.text
    assert auth.events("UserSignedIn")[-1][1]["strength"] == ["email", "otp", "mfa"]


async def test_a_closed_account_gets_no_mail_and_opens_to_no_link(
    platform: TestPlatform, auth: Auth
) -> None:
    ada = await platform.owner(ADA)
    await ask(platform, "link")
    token = await auth.mailed_token()
    await platform.rpc.call(
        DEACTIVATE_USER, identity_pb2.DeactivateUserRequest(user_id=ada.user_id)
    )
    assert outcome(await by_link(platform, token)) == (401, "auth.credentials.invalid")
    await ask(platform, "link")
    await platform.work()
    assert len(platform.mails()) == 1


@pytest.mark.requirement("attacks:people:pre-hijack")
async def test_who_waits_in_an_account_for_its_owner_is_put_out(
    platform: TestPlatform, auth: Auth
) -> None:
    """GHSA-qq9h-g4jm-xgf3: made by somebody else, with another's address, before its owner came."""
    registered = await platform.rpc.call(
        REGISTER_USER, identity_pb2.RegisterUserRequest(email=ADA, name="Mallory")
    )
    await platform.rpc.call(
        SET_PASSWORD,
        auth_pb2.SetPasswordRequest(user_id=registered.user.id, password=PASSWORD),
    )
    mallory = await platform.sign_in(ADA)
    app = await auth.enrol_totp(mallory)
    key = (await auth.api_key(mallory, "org:read"))["secret"]
    await ask(platform, "link")
    token = await auth.mailed_token()
    pending = (await auth.sign_in_once(ADA)).json()["flow"]

    answer = await by_link(platform, token)
    assert answer.status_code == 200, "the second factor that Mallory set up is not asked for"
    await platform.relay()
    assert await auth.is_live(answer.json()["access_token"])
    [user] = platform.query("select email_verified from identity.users")
    assert user["email_verified"]
    assert not await auth.is_live(mallory.token)
    assert outcome(await auth.refresh(mallory.refresh_token))[0] == 401
    assert outcome(await auth.sign_in_once(ADA)) == (401, "auth.credentials.invalid")
    ended = await auth.continue_sign_in(pending, "totp", code=app.code())
    assert outcome(ended) == (401, "auth.sign_in.flow_ended")
    by_key = await platform.client.get("/api/v1/auth/me", headers={"X-API-Key": key})
    assert by_key.status_code == 401


async def test_a_verified_account_keeps_what_it_has(platform: TestPlatform, auth: Auth) -> None:
    ada = await platform.owner(ADA)
    await ask(platform, "link")
    assert (await by_link(platform, await auth.mailed_token())).status_code == 200
    assert await auth.is_live(ada.token)
    assert (await auth.sign_in_once(ADA)).status_code == 200
