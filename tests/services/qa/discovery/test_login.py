import pytest
from playwright.async_api import Browser

from argus.services.qa.browser.session import new_session
from argus.services.qa.discovery.errors import LoginFailed
from argus.services.qa.discovery.login import sign_in
from argus.services.qa.discovery.site import NOBODY, Role
from argus.services.qa.ir import Action, Secret
from support.exploring import Explore, credentials
from support.website import Answer, Asked, WebSite, redirect

FORM = """<main><h1>Sign in</h1>{error}<form method=post action=/login>
    <label>Shop <input name=shop value=main></label>
    <label>User <input name=user autocomplete=username></label>
    <label>Password <input name=password type=password></label>
    <button>Sign in</button></form></main>"""


def protected(asked: Asked) -> str | Answer:
    if "session=ada" not in asked.cookies:
        return redirect("/login")
    return "<h1>Welcome, Ada</h1><a href=/secret>Secret</a><a href=/logout>Log out</a>"


def log_in(asked: Asked) -> str | Answer:
    if asked.method == "GET":
        return FORM.format(error="")
    if (asked.form["user"], asked.form["password"]) == ("ada", "lovelace"):
        return redirect("/", cookie="session=ada; Path=/")
    return FORM.format(error="<p role=alert>Wrong user or password.</p>")


async def test_an_application_that_forgets_who_signed_in_is_told_so(
    explore: Explore, site: WebSite
) -> None:
    site.pages["/"] = """<form onsubmit="document.body.innerHTML = '<h1>Mine</h1>'; return false">
        <label>User <input></label><label>Password <input type=password></label>
        <button>Sign in</button></form>"""
    with pytest.raises(LoginFailed, match="neither in cookies nor in local storage"):
        await explore(login=credentials())


@pytest.fixture
def members(site: WebSite) -> WebSite:
    """A site whose pages ask for a login."""
    site.pages |= {"/": protected, "/secret": protected, "/login": log_in}
    site.pages["/logout"] = redirect("/login", cookie="session=; Path=/")
    return site


@pytest.mark.parametrize("login_url", [None, "/login"])
async def test_signing_in_gives_a_state_that_makes_other_sessions_the_same_user(
    browser: Browser, members: WebSite, login_url: str | None
) -> None:
    _, state = await sign_in(browser, members.url, credentials(login_url=login_url))
    async with new_session(browser, members.url, storage_state=state) as session:
        await session.goto("/secret")
        assert await session.page.inner_text("h1") == "Welcome, Ada"


async def test_the_steps_of_a_login_can_be_replayed_and_hold_no_secret(
    browser: Browser, members: WebSite
) -> None:
    login, _ = await sign_in(browser, members.url, credentials())
    assert [step.action for step in login.steps] == [
        Action.GOTO,
        Action.FILL,
        Action.FILL,
        Action.CLICK,
    ]
    assert login.steps[0].value == "/login"
    assert login.steps[1].value == "ada"
    assert login.steps[2].value == Secret(secret="login.password")
    assert "lovelace" not in login.model_dump_json()


async def test_wrong_credentials_are_refused_with_what_the_page_says(
    browser: Browser, members: WebSite
) -> None:
    with pytest.raises(LoginFailed, match=r"Wrong user or password\."):
        await sign_in(browser, members.url, credentials("byron"))


@pytest.mark.parametrize(
    ("page", "said"),
    [
        (Answer("<h1>Open to all</h1>"), "shows no password field"),
        (Answer("Denied", status=401), "by HTTP authentication"),
    ],
)
async def test_a_page_without_a_password_field_is_no_login(
    browser: Browser, site: WebSite, page: Answer, said: str
) -> None:
    site.pages["/"] = page
    with pytest.raises(LoginFailed, match=said):
        await sign_in(browser, site.url, credentials())


async def test_a_single_page_login_that_keeps_its_token_in_local_storage_works(
    browser: Browser, site: WebSite
) -> None:
    site.pages["/"] = """<div id=app></div><script>
        const show = () => { app.innerHTML = localStorage.user ? '<h1>Hi ' + localStorage.user :
          '<input aria-label=User><input aria-label=Password type=password><button>Go</button>' };
        show();
        app.onclick = e => { if (e.target.localName === 'button') {
          localStorage.user = app.querySelector('input').value; setTimeout(show, 20) } }
        </script>"""
    _, state = await sign_in(browser, site.url, credentials())
    async with new_session(browser, site.url, storage_state=state) as session:
        await session.goto("/")
        assert await session.page.inner_text("h1") == "Hi ada"


async def test_discovery_stays_signed_in_and_never_logs_out(
    explore: Explore, members: WebSite
) -> None:
    found = await explore(login=credentials())
    assert {page.url_template for page in found.pages} == {"/", "/secret"}
    assert all(state.signed_in for state in found.states)
    assert found.login is not None
    assert "/logout" not in {asked.path for asked in members.asked}


async def test_read_only_discovery_posts_nothing_but_the_login(
    explore: Explore, members: WebSite
) -> None:
    found = await explore(login=credentials(), read_only=True)
    assert {page.url_template for page in found.pages} == {"/", "/secret"}
    assert [a.path for a in members.asked if a.method != "GET"] == ["/login"]


async def test_a_session_that_ends_meanwhile_is_renewed(explore: Explore, members: WebSite) -> None:
    ended: list[str] = []

    def ends_once(asked: Asked) -> str | Answer:
        if not ended:
            ended.append(asked.path)
            return redirect("/login", cookie="session=; Path=/")
        return protected(asked)

    members.pages["/secret"] = ends_once
    members.pages["/more"] = protected
    members.pages["/"] = lambda asked: (
        "<a href=/secret>Secret</a><a href=/more>More</a>"
        if "session=ada" in asked.cookies
        else redirect("/login")
    )
    found = await explore(login=credentials())
    assert {page.url_template for page in found.pages} >= {"/", "/more"}


async def test_what_the_user_saw_is_asked_for_as_others_too(
    explore: Explore, members: WebSite
) -> None:
    members.pages |= {
        "/": lambda asked: (
            "<h1>Welcome</h1><a href=/secret>Secret</a><a href=/forgotten>Orders</a>"
            if "session=ada" in asked.cookies
            else redirect("/login")
        ),
        "/forgotten": "<h1>Orders</h1><table><tr><td>Of all customers</table>",
    }
    guest = Role(name="guest", login=credentials("wrong"))
    found = await explore(login=credentials(), roles=(NOBODY, guest))
    answers = {each.url: each.answers for each in found.access}
    assert answers == {
        "/": {"ada": 200, NOBODY.name: 302},
        "/secret": {"ada": 200, NOBODY.name: 302},
        "/forgotten": {"ada": 200, NOBODY.name: 200},
    }
    [told] = [each for each in found.findings if each.kind == "role_not_signed_in"]
    assert told.message.startswith("guest could not sign in")
