"""New passwords: by the mailbox's owner or by who knows the present one; the old sessions end."""

import httpx
import pytest

from argus.contracts.auth.rpc import SET_PASSWORD
from argus.contracts.auth.v1 import auth_pb2
from argus.contracts.identity.rpc import REGISTER_USER
from argus.contracts.identity.v1 import identity_pb2
from argus.services.auth.email_proofs.models import Purpose
from argus.services.auth.email_proofs.service import LIFE
from argus.services.auth.sign_in_throttle import FREE_PER_ACCOUNT
from support.auth import Auth, outcome, statements
from support.platform import PASSWORD, Caller, TestPlatform

ADA = "ada@example.com"
NEW = "a new and very long password"
INVALID = (401, "auth.email_proof.invalid")
REFUSED = (401, "auth.credentials.invalid")


async def forgot(platform: TestPlatform, email: str = ADA) -> httpx.Response:
    return await platform.client.post("/api/v1/auth/password/forgot", json={"email": email})


async def reset(platform: TestPlatform, token: str, password: str = NEW) -> httpx.Response:
    return await platform.client.post(
        "/api/v1/auth/password/reset", json={"token": token, "password": password}
    )


async def change(
    platform: TestPlatform, caller: Caller, current: str = PASSWORD, password: str = NEW
) -> httpx.Response:
    return await platform.client.post(
        "/api/v1/auth/password/change",
        json={"current_password": current, "password": password},
        headers=caller.headers,
    )


@pytest.mark.operation("forgot_password", "reset_password")
async def test_a_reset_ends_every_session_and_lets_the_new_password_in(
    platform: TestPlatform, auth: Auth
) -> None:
    ada = await platform.owner(ADA)
    other = await platform.sign_in(ADA)
    assert (await forgot(platform)).status_code == 204
    token = await auth.mailed_token()
    answer = await reset(platform, token)
    assert answer.status_code == 204, answer.text
    for session in (ada, other):
        assert not await auth.is_live(session.token)
        refreshed = await auth.refresh(session.refresh_token)
        assert outcome(refreshed) == (401, "auth.refresh_token.invalid")
    assert outcome(await auth.sign_in_once(ADA)) == REFUSED
    assert (await auth.sign_in_once(ADA, NEW)).status_code == 200
    assert outcome(await reset(platform, token)) == INVALID, "a link is good once"


async def test_a_reset_bumps_the_persons_epoch(platform: TestPlatform, auth: Auth) -> None:
    """So no token of theirs, of whatever client, is exchanged for another any more."""
    ada = await platform.owner(ADA)
    await forgot(platform)
    await reset(platform, await auth.mailed_token())
    [user] = platform.query("select id from identity.users")
    [ended] = platform.query("select epoch from auth.revocation where subject = %s", user["id"])
    assert ended["epoch"] > 0
    assert (await auth.validate(ada.token, by=await platform.owner()))["active"] is False


@pytest.mark.parametrize("email", [ADA, "nobody@example.com"])
@pytest.mark.requirement("attacks:people:enumeration-by-body")
async def test_asking_tells_nothing(platform: TestPlatform, email: str) -> None:
    await platform.owner(ADA)
    answer = await forgot(platform, email)
    assert (answer.status_code, answer.content) == (204, b"")


@pytest.mark.requirement("attacks:people:enumeration-by-time")
async def test_an_unknown_address_costs_the_same(platform: TestPlatform) -> None:
    await platform.owner(ADA)
    with statements() as for_known:
        known = await forgot(platform)
    with statements() as for_unknown:
        unknown = await forgot(platform, "nobody@example.com")
    assert set(known.headers) == set(unknown.headers)
    assert for_known == for_unknown
    await platform.work()
    assert [mail["To"] for mail in platform.mails()] == [ADA]


async def test_a_refused_password_leaves_the_link_good(platform: TestPlatform, auth: Auth) -> None:
    await platform.owner(ADA)
    await forgot(platform)
    token = await auth.mailed_token()
    for weak in ("short", "password123456", "Ada Owner 2030"):
        assert outcome(await reset(platform, token, weak)) == (422, "auth.password.refused")
    assert (await reset(platform, token)).status_code == 204


async def test_links_are_not_good_for_ever_and_end_with_the_first_that_is_used(
    platform: TestPlatform, auth: Auth
) -> None:
    await platform.owner(ADA)
    await forgot(platform)
    first = await auth.mailed_token()
    await forgot(platform)
    second = await auth.mailed_token()
    assert first != second
    assert (await reset(platform, first)).status_code == 204
    assert outcome(await reset(platform, second)) == INVALID
    await forgot(platform)
    third = await auth.mailed_token()
    platform.clock.advance(LIFE[Purpose.RESET_PASSWORD])
    assert outcome(await reset(platform, third)) == INVALID


@pytest.mark.parametrize("token", ["x", "prf_01m82jeee1eagsf6qf4ggndhde.AAAA", "prf_.", "."])
async def test_a_made_up_link_is_refused(platform: TestPlatform, token: str) -> None:
    assert outcome(await reset(platform, token)) == INVALID


async def test_the_second_factor_is_asked_after_a_reset(platform: TestPlatform, auth: Auth) -> None:
    await auth.enrol_totp(await platform.owner(ADA))
    await forgot(platform)
    assert (await reset(platform, await auth.mailed_token())).status_code == 204
    assert (await auth.sign_in_once(ADA, NEW)).status_code == 202


@pytest.mark.requirement("attacks:people:pre-hijack")
async def test_a_reset_of_an_unverified_account_puts_out_who_made_it(
    platform: TestPlatform, auth: Auth
) -> None:
    registered = await platform.rpc.call(
        REGISTER_USER, identity_pb2.RegisterUserRequest(email=ADA, name="Mallory")
    )
    await platform.rpc.call(
        SET_PASSWORD, auth_pb2.SetPasswordRequest(user_id=registered.user.id, password=PASSWORD)
    )
    await auth.enrol_totp(await platform.sign_in(ADA))
    await forgot(platform)
    assert (await reset(platform, await auth.mailed_token())).status_code == 204
    assert (await auth.sign_in_once(ADA, NEW)).status_code == 200, "no factor of Mallory's"
    [user] = platform.query("select email_verified from identity.users")
    assert user["email_verified"]


@pytest.mark.operation("change_password")
async def test_changing_the_password_ends_all_other_sessions(
    platform: TestPlatform, auth: Auth
) -> None:
    ada = await platform.owner(ADA)
    other = await platform.sign_in(ADA)
    answer = await change(platform, ada)
    assert answer.status_code == 204, answer.text
    assert await auth.is_live(ada.token)
    assert (await auth.refresh(ada.refresh_token)).status_code == 200
    assert not await auth.is_live(other.token)
    assert (await auth.sign_in_once(ADA, NEW)).status_code == 200
    assert outcome(await auth.sign_in_once(ADA)) == REFUSED


async def test_a_password_that_was_changed_is_not_replaced_by_an_earlier_mail(
    platform: TestPlatform, auth: Auth
) -> None:
    ada = await platform.owner(ADA)
    await forgot(platform)
    mailed = await auth.mailed_token()
    assert (await change(platform, ada)).status_code == 204
    assert outcome(await reset(platform, mailed)) == INVALID
    assert (await auth.sign_in_once(ADA, NEW)).status_code == 200


async def test_a_stolen_session_cannot_guess_the_password(
    platform: TestPlatform, auth: Auth
) -> None:
    ada = await platform.owner(ADA)
    for _ in range(FREE_PER_ACCOUNT):
        assert outcome(await change(platform, ada, "not the password")) == REFUSED
    assert outcome(await change(platform, ada)) == (429, "auth.sign_in.throttled")


async def test_a_changed_password_is_measured_like_a_first_one(platform: TestPlatform) -> None:
    ada = await platform.owner(ADA)
    assert outcome(await change(platform, ada, password="ada@example.com1")) == (
        422,
        "auth.password.refused",
    )
