"""Linking and unlinking identities."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from support.auth import Auth, outcome
from support.federated import Browser, Start, refusal
from support.federated import start as start  # noqa: PLC0414 - a fixture
from support.loopback import GitHub, serving
from support.platform import Caller, TestPlatform


@pytest.fixture
def github() -> Iterator[GitHub]:
    server = GitHub()
    with serving(server):
        yield server


async def begin(browser: Browser, by: Caller, return_to: str = "") -> str:
    answer = await browser.platform.client.post(
        "/api/v1/auth/identities",
        json={"provider": "github", "return_to": return_to},
        headers=by.headers | {"Cookie": browser.cookie},
    )
    assert answer.status_code == 201, answer.text
    browser.cookies.update(answer.cookies)
    browser.platform.client.cookies.clear()
    return answer.json()["authorization_url"]


async def linked(platform: TestPlatform, by: Caller) -> list[dict[str, Any]]:
    answer = await platform.client.get("/api/v1/auth/identities", headers=by.headers)
    assert answer.status_code == 200
    return answer.json()["items"]


@pytest.mark.operation("link_identity", "list_identities", "unlink_identity")
async def test_a_person_links_and_unlinks_an_identity(start: Start, github: GitHub) -> None:
    platform = await start(providers={"github": github.settings})
    grace, browser = await platform.owner("grace@example.com"), Browser(platform)
    github.emails = []
    back = github.authorize(await begin(browser, grace, "/account/security"))
    answer = await browser.come_back("github", back)
    assert (answer.status_code, answer.headers["location"]) == (303, "/account/security")
    assert not browser.is_signed_in
    (identity,) = await linked(platform, grace)
    assert (identity["provider"], identity["subject"]) == ("github", "583231")
    assert identity["label"] == "Ada Lovelace"

    entering = Browser(platform)
    back = github.authorize(await entering.visit("github"))
    assert (await entering.come_back("github", back)).status_code == 303
    assert entering.is_signed_in

    path = f"/api/v1/auth/identities/{identity['id']}"
    answer = await platform.client.delete(path, headers=grace.headers)
    assert answer.status_code == 204
    assert await linked(platform, grace) == []
    back = github.authorize(await entering.visit("github"))
    answer = await entering.come_back("github", back)
    assert refusal(answer) == (403, "auth.identity.link_needed")
    told = Auth(platform).events("IdentityLinked", "IdentityUnlinked")
    assert [name for name, _ in told] == ["IdentityLinked", "IdentityUnlinked"]


async def test_what_began_with_an_identity_ends_with_it(start: Start, github: GitHub) -> None:
    """Sessions, and sign-ins under way; those that began otherwise go on."""
    platform = await start(providers={"github": github.settings})
    auth, ada = Auth(platform), await platform.owner("grace@example.com")
    github.emails = []
    browser = Browser(platform)
    await browser.come_back("github", github.authorize(await begin(browser, ada)))
    (identity,) = await linked(platform, ada)

    entering = Browser(platform)
    await entering.come_back("github", github.authorize(await entering.visit("github")))
    [session] = platform.query("select * from auth.session where method = 'github'")
    await auth.enrol_totp(ada)
    waiting = Browser(platform)
    await waiting.come_back("github", github.authorize(await waiting.visit("github")))
    assert platform.query("select identity_id from auth.sign_in_flow") == [
        {"identity_id": session["identity_id"]}
    ]

    path = f"/api/v1/auth/identities/{identity['id']}"
    assert (await platform.client.delete(path, headers=ada.headers)).status_code == 204
    ended = platform.query("select revocation_reason from auth.session where method = 'github'")
    assert ended == [{"revocation_reason": "unlinked"}]
    assert platform.query("select 1 from auth.sign_in_flow") == []
    assert await auth.is_live(ada.token)


async def test_nobody_elses_browser_links_its_identity_to_my_account(
    start: Start, github: GitHub
) -> None:
    platform = await start(providers={"github": github.settings})
    attacker, victims = await platform.owner(), Browser(platform)
    back = github.authorize(await begin(Browser(platform), attacker))
    answer = await victims.come_back("github", back)
    assert refusal(answer) == (403, "auth.provider.visit_ended")
    assert await linked(platform, attacker) == []


async def test_a_session_that_has_ended_links_nothing(start: Start, github: GitHub) -> None:
    platform = await start(providers={"github": github.settings})
    owner, browser = await platform.owner(), Browser(platform)
    back = github.authorize(await begin(browser, owner))
    assert (await platform.client.post("/api/v1/auth/sign-out", headers=owner.headers)).is_success
    assert refusal(await browser.come_back("github", back)) == (403, "auth.provider.visit_ended")
    assert platform.query("select * from auth.external_identity") == []


async def test_an_identity_has_one_account(start: Start, github: GitHub) -> None:
    platform = await start(providers={"github": github.settings})
    first, second = await platform.owner(), await platform.owner()
    browser = Browser(platform)
    for _ in range(2):
        browser = Browser(platform)
        back = github.authorize(await begin(browser, first))
        assert (await browser.come_back("github", back)).status_code == 303
    back = github.authorize(await begin(browser, second))
    answer = await browser.come_back("github", back)
    assert refusal(answer) == (409, "auth.identity.taken")
    assert len(await linked(platform, first)) == 1
    assert await linked(platform, second) == []


async def test_another_persons_identity_does_not_exist(start: Start, github: GitHub) -> None:
    platform = await start(providers={"github": github.settings})
    first, second, browser = await platform.owner(), await platform.owner(), Browser(platform)
    await browser.come_back("github", github.authorize(await begin(browser, first)))
    (identity,) = await linked(platform, first)
    answer = await platform.client.delete(
        f"/api/v1/auth/identities/{identity['id']}", headers=second.headers
    )
    assert outcome(answer) == (404, "auth.identity.not_found")
    assert len(await linked(platform, first)) == 1


async def test_linking_and_unlinking_need_a_recent_sign_in(start: Start, github: GitHub) -> None:
    platform = await start(providers={"github": github.settings})
    ada = await platform.owner()
    platform.clock.advance(timedelta(minutes=16))
    refreshed = await Auth(platform).refresh(ada.refresh_token)
    headers = {"Authorization": f"Bearer {refreshed.json()['access_token']}"}
    answer = await platform.client.post(
        "/api/v1/auth/identities", json={"provider": "github"}, headers=headers
    )
    assert outcome(answer) == (401, "kernel.access.step_up_required")
    path = "/api/v1/auth/identities/xid_01jd8z0000e008000000000000"
    answer = await platform.client.delete(path, headers=headers)
    assert outcome(answer) == (401, "kernel.access.step_up_required")


async def test_a_key_reaches_no_identity(start: Start, github: GitHub) -> None:
    platform = await start(providers={"github": github.settings})
    key = await Auth(platform).api_key(await platform.owner(), "org:read")
    headers = {"X-API-Key": key["secret"]}
    answer = await platform.client.get("/api/v1/auth/identities", headers=headers)
    assert answer.status_code == 403
    answer = await platform.client.post(
        "/api/v1/auth/identities", json={"provider": "github"}, headers=headers
    )
    assert answer.status_code == 403
