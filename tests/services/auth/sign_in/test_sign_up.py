import httpx
import pytest

from support.auth import Auth, outcome
from support.organizations import Tenant
from support.platform import PASSWORD, TestPlatform


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


async def test_an_open_installation_takes_everybody(
    open_to_all: None, platform: TestPlatform, auth: Auth
) -> None:
    answer = await sign_up(platform)
    assert answer.status_code == 201, answer.text
    assert await auth.is_live(answer.json()["access_token"])
    taken = await sign_up(platform)
    assert outcome(taken) == (409, "identity.user.email_taken")


async def test_a_closed_installation_takes_nobody(
    closed: None, platform: TestPlatform, acme: Tenant
) -> None:
    token = await acme.invite("bob@example.com", "member")
    answer = await sign_up(platform, invitation_token=token)
    assert outcome(answer) == (403, "auth.sign_up.closed")


async def test_a_weak_password_makes_no_account(open_to_all: None, platform: TestPlatform) -> None:
    for weak in ("short", "password123456", "bob@example.com1"):
        assert outcome(await sign_up(platform, password=weak)) == (422, "auth.password.refused")
    assert (await sign_up(platform)).status_code == 201
