import httpx
import pytest

from argus.services.auth.email_proofs.models import Purpose
from argus.services.auth.email_proofs.repository import MAX_ATTEMPTS
from argus.services.auth.email_proofs.service import LIFE
from argus.services.auth.sign_in_throttle import FREE_MAILS
from support.auth import Auth, outcome, statements
from support.organizations import Tenant
from support.platform import PASSWORD, TestPlatform

INVALID = (401, "auth.email_proof.invalid")


@pytest.fixture
def open_to_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARGUS_AUTH_SIGN_UP", "open")


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARGUS_AUTH_SIGN_UP", "closed")


async def sign_up(
    platform: TestPlatform, email: str = "bob@example.com", password: str = PASSWORD, **body: str
) -> httpx.Response:
    return await platform.client.post(
        "/api/v1/auth/sign-up",
        json={"email": email, "password": password, "name": "Bob", **body},
    )


@pytest.mark.operation("sign_up")
async def test_an_invited_person_makes_an_account_and_is_signed_in_where_invited(
    platform: TestPlatform, auth: Auth, acme: Tenant
) -> None:
    token = await acme.invite("bob@example.com", "member")
    answer = await sign_up(platform, invitation_token=token)
    assert answer.status_code == 201, answer.text
    assert answer.json()["organization_id"] == acme.id
    assert await auth.is_live(answer.json()["access_token"])
    again = await platform.sign_in("bob@example.com", acme.id)
    assert again.user_id == answer.json()["user_id"]


async def test_by_default_nobody_signs_up_without_an_invitation(platform: TestPlatform) -> None:
    assert outcome(await sign_up(platform)) == (403, "auth.sign_up.closed")
    answer = await sign_up(platform, invitation_token="inv_guessed")
    assert outcome(answer) == (404, "identity.invitation.not_found")


async def confirm(platform: TestPlatform, handle: str, code: str) -> httpx.Response:
    return await platform.client.post(
        "/api/v1/auth/sign-up/confirm", json={"handle": handle, "code": code}
    )


@pytest.mark.operation("confirm_sign_up")
async def test_an_open_installation_takes_everybody_who_reads_their_mail(
    open_to_all: None, platform: TestPlatform, auth: Auth
) -> None:
    asked = await sign_up(platform)
    assert asked.status_code == 202, asked.text
    assert not platform.query("select from identity.users"), "there is no account yet"
    handle, code = asked.json()["handle"], await auth.mailed_code()
    answer = await confirm(platform, handle, code)
    assert answer.status_code == 201, answer.text
    assert await auth.is_live(answer.json()["access_token"])
    [user] = platform.query("select email_verified from identity.users")
    assert user["email_verified"]
    assert outcome(await confirm(platform, handle, code)) == INVALID, "a code is good once"
    assert (await platform.sign_in("bob@example.com")).user_id == answer.json()["user_id"]


@pytest.mark.requirement(
    "attacks:people:enumeration-by-body",
    "attacks:people:enumeration-by-status",
)
async def test_whether_an_address_is_taken_is_told_to_its_owner_alone(
    open_to_all: None, platform: TestPlatform, auth: Auth
) -> None:
    await platform.owner("bob@example.com")
    with statements() as taken:
        told = await sign_up(platform)
    assert "has one" in await auth.mailed()
    with statements() as free:
        untold = await sign_up(platform, "nobody@example.com")
    assert (told.status_code, set(told.json())) == (untold.status_code, set(untold.json()))
    assert set(told.headers) == set(untold.headers)
    assert taken == free, "the same work is done"


async def test_the_owner_of_a_taken_address_learns_it_from_the_code_too(
    open_to_all: None, platform: TestPlatform, auth: Auth
) -> None:
    handle = (await sign_up(platform)).json()["handle"]
    code = await auth.mailed_code()
    owner = await platform.owner("bob@example.com")
    assert outcome(await confirm(platform, handle, code)) == (409, "identity.user.email_taken")
    passwords = platform.query("select user_id from auth.password")
    assert len(passwords) == 1, "nothing is left of the account that was not made"
    assert await auth.is_live(owner.token)


async def test_codes_are_not_guessed(open_to_all: None, platform: TestPlatform, auth: Auth) -> None:
    handle = (await sign_up(platform)).json()["handle"]
    code = await auth.mailed_code()
    for wrong in range(MAX_ATTEMPTS):
        assert outcome(await confirm(platform, handle, f"{wrong:08}")) == INVALID
    assert outcome(await confirm(platform, handle, code)) == INVALID
    other = (await sign_up(platform)).json()["handle"]
    assert outcome(await confirm(platform, other, code)) == INVALID, "a code is of one request"


async def test_a_code_is_not_good_for_ever(
    open_to_all: None, platform: TestPlatform, auth: Auth
) -> None:
    handle = (await sign_up(platform)).json()["handle"]
    code = await auth.mailed_code()
    platform.clock.advance(LIFE[Purpose.SIGN_UP])
    assert outcome(await confirm(platform, handle, code)) == INVALID


async def test_mails_to_one_address_are_few(open_to_all: None, platform: TestPlatform) -> None:
    for _ in range(FREE_MAILS):
        assert (await sign_up(platform)).status_code == 202
    assert outcome(await sign_up(platform)) == (429, "auth.sign_in.throttled")


@pytest.mark.parametrize("known", [True, False])
async def test_counts_of_mails_do_not_tell_whether_an_address_is_taken(
    open_to_all: None, platform: TestPlatform, known: bool
) -> None:
    if known:
        await platform.owner("bob@example.com")
    for _ in range(FREE_MAILS):
        asked = await platform.client.post(
            "/api/v1/auth/sign-in/mail", json={"email": "bob@example.com", "kind": "link"}
        )
        assert asked.status_code == 202
    assert outcome(await sign_up(platform)) == (429, "auth.sign_in.throttled")


async def test_an_invitation_does_not_tell_whether_another_address_is_taken(
    platform: TestPlatform, acme: Tenant
) -> None:
    await platform.owner("carol@example.com")
    token = await acme.invite("bob@example.com", "member")
    for email in ("carol@example.com", "nobody@example.com"):
        answer = await sign_up(platform, email, invitation_token=token)
        assert outcome(answer) == (403, "identity.invitation.other_address"), email
        answer = await sign_up(platform, email, invitation_token="inv_guessed")
        assert outcome(answer) == (404, "identity.invitation.not_found")


async def test_a_closed_installation_takes_nobody(
    closed: None, platform: TestPlatform, acme: Tenant
) -> None:
    token = await acme.invite("bob@example.com", "member")
    answer = await sign_up(platform, invitation_token=token)
    assert outcome(answer) == (403, "auth.sign_up.closed")


async def test_a_weak_password_makes_no_account(open_to_all: None, platform: TestPlatform) -> None:
    for weak in ("short", "password123456", "bob@example.com1"):
        assert outcome(await sign_up(platform, password=weak)) == (422, "auth.password.refused")
    assert (await sign_up(platform)).status_code == 202
