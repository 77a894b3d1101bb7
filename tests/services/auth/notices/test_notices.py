"""People are told by mail what changed in their account, once, and without secrets."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from argus.contracts.auth.events import IdentityLinked, IdentityUnlinked, PasswordSet
from argus.kernel.principal import system
from argus.services.auth.notices.jobs import NEW_ACCOUNT
from support.auth import Auth
from support.authenticator import Authenticator
from support.organizations import Tenant
from support.platform import PASSWORD, Caller, TestPlatform

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@dataclass(frozen=True)
class Told:
    to: str
    subject: str
    text: str


async def told(platform: TestPlatform) -> list[Told]:
    """The notices that went out so far, in no order."""
    await platform.relay()
    await platform.work()
    notices = [mail for mail in platform.mails() if "<notice." in mail["Message-ID"]]
    found: list[Told] = []
    for mail in notices:
        parts = [mail.get_body((kind,)) for kind in ("plain", "html")]
        text = " ".join(part.get_content() for part in parts if part is not None)
        found.append(Told(mail["To"], mail["Subject"], " ".join(text.split())))
    return found


async def sign_in(platform: TestPlatform, email: str, user_agent: str = FIREFOX) -> None:
    answer = await platform.client.post(
        "/api/v1/auth/sign-in",
        json={"email": email, "password": PASSWORD},
        headers={"User-Agent": user_agent},
    )
    assert answer.status_code == 200, answer.text


async def test_a_new_password_is_told_once(platform: TestPlatform) -> None:
    ada = await platform.owner("ada@example.com")
    platform.clock.advance(NEW_ACCOUNT)
    ada = await platform.sign_in(ada.email)
    new = "another good long password"
    answer = await platform.client.post(
        "/api/v1/auth/password/change",
        json={"current_password": PASSWORD, "password": new},
        headers=ada.headers,
    )
    assert answer.status_code == 204, answer.text
    envelope = next(e for e in platform.outbox("auth") if e["type"] == "PasswordSet")
    notices = await told(platform)
    [notice] = [each for each in notices if each.subject == "Your password was changed"]
    assert notice.to == ada.email
    assert "01 January 2030, 13:00 UTC" in notice.text
    assert new not in notice.text
    assert PASSWORD not in notice.text
    await again(platform, envelope)
    assert len(await told(platform)) == len(notices)


async def again(platform: TestPlatform, envelope: dict[str, Any]) -> None:
    """The job is queued a second time, as after a crash."""
    async with platform.unit_of_work("auth", system("auth")) as uow:
        await uow.enqueue(
            "auth.notices.send",
            event_id=envelope["id"],
            at=envelope["time"],
            user_id=envelope["data"]["user_id"],
            notice="password_changed",
            about="",
        )


async def test_factors_that_come_and_go_are_told_without_their_secrets(
    platform: TestPlatform, auth: Auth
) -> None:
    ada = await platform.owner("ada@example.com")
    app = await auth.enrol_totp(ada)
    renewed = (await auth.refresh(ada.refresh_token)).json()
    headers = {"Authorization": f"Bearer {renewed['access_token']}"}
    post, delete = platform.client.post, platform.client.delete
    options = (await post("/api/v1/auth/passkeys/options", headers=headers)).json()["public_key"]
    made = Authenticator(platform.composition.settings.base_url).create(options)
    passkey = {"name": "My laptop", "credential": made}
    added = await post("/api/v1/auth/passkeys", json=passkey, headers=headers)
    assert (await delete("/api/v1/auth/mfa/totp", headers=headers)).status_code == 204
    flow = (await auth.sign_in_once(ada.email)).json()["flow"]
    used = await auth.continue_sign_in(flow, "recovery_code", code=app.recovery_codes[0])
    assert used.status_code == 200, used.text
    path = f"/api/v1/auth/passkeys/{added.json()['passkey']['id']}"
    assert (await delete(path, headers=headers)).status_code == 204
    notices = await told(platform)
    assert sorted(notice.subject for notice in notices) == [
        "A passkey was added",
        "A passkey was removed",
        "A recovery code was used; 9 are left",
        "An authenticator app was added",
        "An authenticator app was removed",
    ]
    assert {notice.to for notice in notices} == {ada.email}
    everything = " ".join(notice.text for notice in notices)
    for secret in (app.totp.secret, *app.recovery_codes, flow):
        assert secret not in everything


async def test_a_sign_in_with_another_program_or_from_another_network_is_told(
    platform: TestPlatform,
) -> None:
    ada = await platform.owner("ada@example.com")
    platform.clock.advance(NEW_ACCOUNT)
    await sign_in(platform, ada.email)
    [notice] = await told(platform)
    assert notice.subject == "New sign-in to your account"
    assert "Firefox on Linux from 127.0.0.1 on 01 January 2030, 13:00 UTC" in notice.text
    await sign_in(platform, ada.email)
    assert len(await told(platform)) == 1, "known by now"
    platform.owner_connection.execute("update auth.session set address = '192.0.2.7'")
    await sign_in(platform, ada.email)
    assert len(await told(platform)) == 2


async def test_a_new_account_has_no_new_devices_and_no_new_password(
    platform: TestPlatform,
) -> None:
    ada = await platform.owner("ada@example.com")
    platform.clock.advance(NEW_ACCOUNT - timedelta(seconds=1))
    await sign_in(platform, ada.email)
    async with platform.unit_of_work("auth", system("auth")) as uow:
        await uow.emit(PasswordSet(user_id=ada.user_id))
    assert await told(platform) == []


async def test_an_account_that_nobody_used_for_long_is_told(platform: TestPlatform) -> None:
    ada = await platform.owner("ada@example.com")
    platform.clock.advance(timedelta(days=90))
    platform.owner_connection.execute("delete from auth.session")
    await sign_in(platform, ada.email)
    assert len(await told(platform)) == 1


async def test_a_leaked_key_is_told_to_who_is_responsible_and_to_whose_it_was(
    platform: TestPlatform, auth: Auth, acme: Tenant
) -> None:
    guard = await acme.member("guard@example.com", "security_admin")
    bob = await acme.member("bob@example.com", "member")
    await acme.member("cy@example.com", "admin")
    key = await auth.api_key(acme.owner, "org:read", name="deploy")
    personal = await personal_token(platform, bob)
    for secret in (key["secret"], personal):
        await platform.client.post("/api/v1/api-keys/leaked", json={"text": secret})
    notices = await told(platform)
    responsible = [acme.owner.email, guard.email]
    deploy = sorted(notice.to for notice in notices if "deploy" in notice.text)
    assert deploy == sorted(responsible)
    mine = sorted(notice.to for notice in notices if "personal access token" in notice.text)
    assert mine == sorted([*responsible, bob.email])
    everything = " ".join(notice.text for notice in notices)
    assert not re.search(r"argus_(sk|pat)_", everything)


async def personal_token(platform: TestPlatform, by: Caller) -> str:
    answer = await platform.client.post(
        "/api/v1/personal-access-tokens",
        json={"name": "laptop", "scopes": ["org:read"]},
        headers=by.headers,
    )
    assert answer.status_code == 201, answer.text
    return answer.json()["secret"]


@pytest.mark.parametrize(
    ("event", "subject"),
    [
        (IdentityLinked, "An account at github signs you in from now on"),
        (IdentityUnlinked, "Your account at github signs you in no more"),
    ],
)
async def test_an_account_that_is_linked_or_unlinked_is_told(
    platform: TestPlatform, event: type[IdentityLinked | IdentityUnlinked], subject: str
) -> None:
    ada = await platform.owner("ada@example.com")
    async with platform.unit_of_work("auth", system("auth")) as uow:
        await uow.emit(event(user_id=ada.user_id, identity_id="xid_1", provider="github"))
    assert [(notice.to, notice.subject) for notice in await told(platform)] == [
        (ada.email, subject)
    ]


async def test_nothing_is_told_to_a_closed_account(platform: TestPlatform, auth: Auth) -> None:
    ada = await platform.owner("ada@example.com")
    await auth.enrol_totp(ada)
    platform.owner_connection.execute("update identity.users set deactivated_at = now()")
    assert await told(platform) == []
