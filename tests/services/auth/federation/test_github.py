"""Visits to GitHub: signing in, linking, and who may not."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from argus.contracts.auth.rpc import SET_PASSWORD
from argus.contracts.auth.v1 import auth_pb2
from argus.contracts.identity.rpc import DEACTIVATE_USER, REGISTER_USER
from argus.contracts.identity.v1 import identity_pb2
from support.auth import Auth
from support.federated import Browser, Start, refusal
from support.loopback import GitHub
from support.oauth import OAuth, RegisteredClient
from support.platform import PASSWORD, TestPlatform


async def sign_in(browser: Browser, github: GitHub) -> None:
    answer = await browser.come_back("github", github.authorize(await browser.visit("github")))
    assert answer.status_code == 303, answer.text


def users(platform: TestPlatform) -> list[tuple[str, bool]]:
    found = platform.query("select email, email_verified from identity.users order by email")
    return [(row["email"], row["email_verified"]) for row in found]


def links(platform: TestPlatform) -> list[tuple[str, str]]:
    found = platform.query("select issuer, subject from auth.external_identity order by id")
    return [(row["issuer"], row["subject"]) for row in found]


async def test_a_person_signs_up_and_in_by_github(start: Start, github: GitHub) -> None:
    platform = await start(providers={"github": github.settings | {"sign_up": True}})
    browser = Browser(platform)
    url = await browser.visit("github", return_to="/account/security")
    answer = await browser.come_back("github", github.authorize(url))
    assert (answer.status_code, answer.headers["location"]) == (303, "/account/security")
    assert browser.is_signed_in
    assert users(platform) == [("ada@example.com", True)]
    assert links(platform) == [(github.url, "583231")]
    session = platform.query("select method, strength from auth.session")
    assert [(row["method"], row["strength"]) for row in session] == [("github", ["fed"])]
    await sign_in(Browser(platform), github)
    assert len(users(platform)) == 1


async def test_the_visit_asks_for_what_the_standards_demand(start: Start, github: GitHub) -> None:
    platform = await start(providers={"github": github.settings})
    url = urlsplit(await Browser(platform).visit("github"))
    query = {name: values[0] for name, values in parse_qs(url.query).items()}
    assert f"{url.scheme}://{url.netloc}{url.path}" == f"{github.url}/login/oauth/authorize"
    assert query["redirect_uri"] == "http://127.0.0.1:8700/api/v1/oauth/github/callback"
    assert (query["response_type"], query["code_challenge_method"]) == ("code", "S256")
    assert query["scope"] == "read:user user:email"
    assert len(query["state"]) == len(query["code_challenge"]) == 43


async def test_a_person_is_known_by_number_whatever_name_and_address_they_take(
    start: Start, github: GitHub
) -> None:
    platform = await start(providers={"github": github.settings | {"sign_up": True}})
    await sign_in(Browser(platform), github)
    github.user = {"id": 583231, "login": "countess", "name": None}
    github.emails = [{"email": "new@example.com", "primary": True, "verified": True}]
    await sign_in(Browser(platform), github)
    assert users(platform) == [("ada@example.com", True)]
    github.user = {"id": 7, "login": "ada", "name": "Ada Lovelace"}
    await sign_in(Browser(platform), github)
    assert users(platform) == [("ada@example.com", True), ("new@example.com", True)]


async def test_a_verified_address_enters_the_account_that_has_it(
    start: Start, github: GitHub
) -> None:
    platform = await start(providers={"github": github.settings})
    ada = await platform.owner("ada@example.com")
    browser = Browser(platform)
    await sign_in(browser, github)
    assert browser.is_signed_in
    assert users(platform) == [("ada@example.com", True)]
    assert await Auth(platform).is_live(ada.token)


@pytest.mark.requirement("attacks:people:pre-hijack")
async def test_an_account_that_waited_for_the_owner_of_its_address_is_taken_over(
    start: Start, github: GitHub
) -> None:
    platform = await start(providers={"github": github.settings})
    intruder = await platform.rpc.call(
        REGISTER_USER, identity_pb2.RegisterUserRequest(email="ada@example.com", name="Not Ada")
    )
    await platform.rpc.call(
        SET_PASSWORD,
        auth_pb2.SetPasswordRequest(user_id=intruder.user.id, password=PASSWORD),
    )
    waiting = await platform.sign_in("ada@example.com")
    await OAuth(platform).consent(waiting, RegisteredClient("https://intruder.example/"), "email")
    platform.query(
        "insert into auth.external_identity"
        " select %s, user_id, 'other', 'https://other.test', 'intruder', 'x', set_at, set_at"
        " from auth.password returning 1",
        "01936d5e-0000-7000-8000-000000000000",
    )
    platform.query(
        "insert into auth.passkey select %s, user_id, 'x', 'x', 0, '{}', false, 'x', set_at"
        " from auth.password returning 1",
        "01936d5e-0000-7000-8000-000000000001",
    )
    platform.clock.advance(timedelta(seconds=1))
    browser = Browser(platform)
    await sign_in(browser, github)
    await platform.relay()
    assert users(platform) == [("ada@example.com", True)]
    assert platform.query("select 1 from auth.password") == []
    assert platform.query("select 1 from auth.passkey") == []
    assert platform.query("select 1 from auth.consent") == []
    assert not await Auth(platform).is_live(waiting.token)
    assert (await Auth(platform).refresh(waiting.refresh_token)).status_code == 401
    assert links(platform) == [(github.url, "583231")]
    assert browser.is_signed_in


@pytest.mark.parametrize(
    "emails",
    [
        [{"email": "ada@example.com", "primary": True, "verified": False}],
        [{"email": "ada@example.com", "primary": False, "verified": True}],
        [],
    ],
)
@pytest.mark.parametrize("has_account", [True, False])
@pytest.mark.requirement("attacks:people:unverified-link")
async def test_an_address_that_is_no_proof_enters_and_makes_no_account_and_tells_of_none(
    start: Start, github: GitHub, emails: list[dict[str, object]], has_account: bool
) -> None:
    platform = await start(providers={"github": github.settings | {"sign_up": True}})
    if has_account:
        await platform.owner("ada@example.com")
    github.emails = emails
    browser = Browser(platform)
    answer = await browser.come_back("github", github.authorize(await browser.visit("github")))
    assert refusal(answer) == (403, "auth.identity.link_needed")
    assert not browser.is_signed_in
    assert links(platform) == []
    assert len(users(platform)) == int(has_account)


async def test_a_provider_that_is_not_believed_enters_no_account_by_address(
    start: Start, github: GitHub
) -> None:
    settings = github.settings | {"email_is_proof": False}
    platform = await start(providers={"github": settings})
    await platform.owner("ada@example.com")
    browser = Browser(platform)
    answer = await browser.come_back("github", github.authorize(await browser.visit("github")))
    assert refusal(answer) == (403, "auth.identity.link_needed")


@pytest.mark.parametrize(("setting", "status"), [("open", 303), ("invited", 403), ("closed", 403)])
async def test_the_installation_decides_who_signs_up(
    start: Start, github: GitHub, setting: str, status: int
) -> None:
    platform = await start(providers={"github": github.settings}, sign_up=setting)
    browser = Browser(platform)
    answer = await browser.come_back("github", github.authorize(await browser.visit("github")))
    assert answer.status_code == status
    assert len(users(platform)) == int(status == 303)


async def test_a_deactivated_person_does_not_come_in(start: Start, github: GitHub) -> None:
    platform = await start(providers={"github": github.settings})
    ada = await platform.owner("ada@example.com")
    await platform.rpc.call(
        DEACTIVATE_USER, identity_pb2.DeactivateUserRequest(user_id=ada.user_id)
    )
    browser = Browser(platform)
    answer = await browser.come_back("github", github.authorize(await browser.visit("github")))
    assert refusal(answer) == (401, "auth.credentials.invalid")
    assert not browser.is_signed_in


async def test_another_browser_cannot_end_a_visit(start: Start, github: GitHub) -> None:
    platform = await start(providers={"github": github.settings | {"sign_up": True}})
    attacker, victim = Browser(platform), Browser(platform)
    query = github.authorize(await attacker.visit("github"))
    await victim.visit("github")
    for stranger in (victim, Browser(platform)):
        answer = await stranger.come_back("github", query)
        assert refusal(answer) == (403, "auth.provider.visit_ended")
        assert not stranger.is_signed_in
    assert github.issued == 0
    assert (await attacker.come_back("github", query)).status_code == 303


async def test_a_visit_ends_once_and_not_late_and_not_at_another_provider(
    start: Start, github: GitHub
) -> None:
    settings = github.settings | {"sign_up": True}
    platform = await start(providers={"github": settings, "other": settings})
    browser = Browser(platform)
    query = github.authorize(await browser.visit("github"))
    mixed_up = await browser.come_back("other", query)
    assert refusal(mixed_up) == (403, "auth.provider.visit_ended")
    assert (await browser.come_back("github", query)).status_code == 303
    again = await browser.come_back("github", query)
    assert refusal(again) == (403, "auth.provider.visit_ended")
    query = github.authorize(await browser.visit("github"))
    platform.clock.advance(timedelta(minutes=10))
    late = await browser.come_back("github", query)
    assert refusal(late) == (403, "auth.provider.visit_ended")
    await Auth(platform).maintain()
    assert platform.query("select 1 from auth.provider_visit") == []


async def test_a_made_up_state_is_none(start: Start, github: GitHub) -> None:
    platform = await start(providers={"github": github.settings})
    browser = Browser(platform)
    await browser.visit("github")
    for query in ({"state": "x", "code": "y"}, {"code": "y"}, {}):
        answer = await browser.come_back("github", query)
        assert refusal(answer) == (403, "auth.provider.visit_ended")


async def test_a_person_who_declines_is_told_so(start: Start, github: GitHub) -> None:
    platform = await start(providers={"github": github.settings})
    browser = Browser(platform)
    state = github.authorize(await browser.visit("github"))["state"]
    answer = await browser.come_back("github", {"state": state, "error": "access_denied"})
    assert refusal(answer) == (403, "auth.provider.refused")


async def test_a_code_that_github_does_not_know_signs_nobody_in(
    start: Start, github: GitHub
) -> None:
    platform = await start(providers={"github": github.settings})
    browser = Browser(platform)
    state = github.authorize(await browser.visit("github"))["state"]
    answer = await browser.come_back("github", {"state": state, "code": "injected"})
    assert refusal(answer) == (403, "auth.provider.refused")


async def test_a_code_of_another_visit_is_refused_by_its_verifier(
    start: Start, github: GitHub
) -> None:
    platform = await start(providers={"github": github.settings | {"sign_up": True}})
    browser, other = Browser(platform), Browser(platform)
    mine = github.authorize(await browser.visit("github"))
    theirs = github.authorize(await other.visit("github"))
    answer = await browser.come_back("github", mine | {"code": theirs["code"]})
    assert refusal(answer) == (403, "auth.provider.refused")


@pytest.mark.parametrize(
    "user", [{"id": None, "login": "ada"}, {"id": "583231"}, {"id": True}, [], {"login": "ada"}]
)
async def test_an_answer_without_a_number_is_nobody(
    start: Start, github: GitHub, user: dict[str, object]
) -> None:
    platform = await start(providers={"github": github.settings | {"sign_up": True}})
    github.user = user
    browser = Browser(platform)
    answer = await browser.come_back("github", github.authorize(await browser.visit("github")))
    assert refusal(answer) == (503, "auth.provider.failed")


async def test_a_provider_in_a_network_that_is_not_allowed_is_not_asked(
    start: Start, github: GitHub
) -> None:
    settings = github.settings | {"url": "http://169.254.169.254", "sign_up": True}
    platform = await start(providers={"github": settings})
    browser = Browser(platform)
    answer = await browser.come_back("github", github.authorize(await browser.visit("github")))
    assert refusal(answer) == (503, "auth.provider.failed")


@pytest.mark.parametrize("target", ["https://evil.test/", "//evil.test", "/\\evil.test", "evil"])
@pytest.mark.requirement("attacks:redirects:open-redirector")
async def test_nobody_is_sent_elsewhere_afterwards(
    start: Start, github: GitHub, target: str
) -> None:
    platform = await start(providers={"github": github.settings | {"sign_up": True}})
    browser = Browser(platform)
    url = await browser.visit("github", return_to=target)
    answer = await browser.come_back("github", github.authorize(url))
    assert answer.headers["location"] == "/account"


async def test_a_provider_that_is_not_configured_does_not_exist(
    start: Start, github: GitHub
) -> None:
    platform = await start(providers={"github": github.settings})
    for path in ("authorize", "callback"):
        answer = await Browser(platform).get(f"/api/v1/oauth/gitlab/{path}")
        assert refusal(answer) == (404, "auth.provider.not_found")


@pytest.mark.operation("list_providers")
async def test_the_providers_are_listed(start: Start, github: GitHub) -> None:
    platform = await start(providers={"github": github.settings | {"title": "GitHub"}})
    answer = await platform.client.get("/api/v1/auth/providers")
    assert answer.json() == {
        "items": [
            {
                "name": "github",
                "title": "GitHub",
                "takes_password": False,
                "authorization_path": "/api/v1/oauth/github/authorize",
            }
        ]
    }
