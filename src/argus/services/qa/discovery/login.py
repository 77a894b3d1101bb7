"""Signing in to the application, once by trying, later by the recorded steps."""

from http import HTTPStatus

from playwright.async_api import Browser, StorageState
from playwright.async_api import Error as PlaywrightError

from argus.services.qa.browser.elements import target_of
from argus.services.qa.browser.errors import (
    NavigationBlocked,
    PageNeverLoads,
    PageUnresponsive,
    RedirectLoop,
)
from argus.services.qa.browser.fence import sent_in
from argus.services.qa.browser.overlay import uncover
from argus.services.qa.browser.session import NAVIGATION_TIMEOUT_S, Session, new_session
from argus.services.qa.browser.slowness import slowness
from argus.services.qa.discovery.digest import FieldSeen, FormSeen, PageDigest, read_digest
from argus.services.qa.discovery.errors import LoginFailed, LoginPageBroken
from argus.services.qa.discovery.site import Credentials, FieldKind
from argus.services.qa.ir import Action, Login, Phase, Secret, Step
from argus.services.qa.target import Target
from argus.services.qa.urls import relative_url

PASSWORD = Secret(secret="login.password")  # noqa: S106 - the name of the secret, not the secret

_USERNAME_KINDS = (FieldKind.TEXT, FieldKind.EMAIL, FieldKind.PHONE)
_ACTION_TIMEOUT_MS = 5_000
_ANSWER_TIMEOUT_S = 15.0


async def sign_in(
    browser: Browser,
    app_url: str,
    credentials: Credentials,
    timeout_s: float = NAVIGATION_TIMEOUT_S,
) -> tuple[Login, StorageState]:
    """Sign in in a session of its own, and learn the steps to do it again.

    The storage state makes other sessions the same user; it is secret, the steps are not.

    Raises:
        LoginFailed: there is no login form, or it is still there afterwards.
        LoginPageBroken: the page with the form is answered by 5xx, loops or does not load.
        ApplicationUnreachable, NavigationBlocked: there is no such page in the application.
    """
    async with new_session(browser, app_url) as session:
        try:
            mark = session.mark()
            status = await session.goto(credentials.login_url or app_url, timeout_s=timeout_s)
            await uncover(session, sent_in(session.since(mark)))
        except (RedirectLoop, PageNeverLoads, PageUnresponsive) as error:
            raise LoginPageBroken from error
        page = await read_digest(session)
        form = page.password_form
        if form is None:
            if status >= 500:
                raise LoginPageBroken
            raise LoginFailed(
                f"{session.url} asks for a password by HTTP authentication, not in a form: "
                "let the application under test do without"
                if status == HTTPStatus.UNAUTHORIZED
                else f"{session.url} shows no password field; give the address of the login page"
            )
        password = next(field for field in form.fields if field.kind is FieldKind.PASSWORD)
        username = _username_field(form, password)
        if username is None:
            raise LoginFailed(f"{session.url} shows a password field, but none for the user name")
        steps = await _submit(session, form, username, password, credentials)
        await _verify(session, page)
        login = Login(username=credentials.username, steps=steps)
        return login, await session.storage_state()


async def _submit(
    session: Session,
    form: FormSeen,
    username: FieldSeen,
    password: FieldSeen,
    credentials: Credentials,
) -> tuple[Step, ...]:
    page = session.page
    at = relative_url(session.url)
    targets = [await target_of(page, page.locator(each.path)) for each in (username, password)]
    button: Target | None = None
    if form.submits:
        button = await target_of(page, page.locator(form.submits[0].path))
    timeout_ms = _ACTION_TIMEOUT_MS * slowness()
    try:
        await page.fill(username.path, credentials.username, timeout=timeout_ms)
        secret = credentials.password.get_secret_value()
        await page.fill(password.path, secret, timeout=timeout_ms)
        # What the application takes to check a password is no part of the press.
        if form.submits:
            await page.click(form.submits[0].path, timeout=timeout_ms, no_wait_after=True)
        else:
            await page.press(password.path, "Enter", timeout=timeout_ms, no_wait_after=True)
    except PlaywrightError as error:
        raise LoginFailed(f"{session.url}: {error.message.partition(chr(10))[0]}") from error
    await session.settle(_ANSWER_TIMEOUT_S * slowness())

    def step(identity: str, action: Action, target: Target | None, value: str | Secret) -> Step:
        return Step(id=identity, action=action, target=target, value=value, phase=Phase.SETUP)

    last = (
        Step(id="login-4", action=Action.CLICK, target=button, phase=Phase.SETUP)
        if button
        else step("login-4", Action.PRESS, targets[1], "Enter")
    )
    return (
        step("login-1", Action.GOTO, None, at),
        step("login-2", Action.FILL, targets[0], credentials.username),
        step("login-3", Action.FILL, targets[1], PASSWORD),
        last,
    )


async def _verify(session: Session, before: PageDigest) -> None:
    if session.url.startswith("about:"):
        raise NavigationBlocked("signing in led outside the application")
    after = await read_digest(session)
    if after.password_form is None:
        return
    complaint = await session.evaluate(
        "document.querySelector('[role=alert], .errornote, .errorlist, [class*=error i]')"
        "?.innerText?.trim()?.slice(0, 200) || ''"
    )
    said = f': the page says "{complaint}"' if complaint else ""
    raise LoginFailed(f"{before.url} asks for the password again{said}")


def _username_field(form: FormSeen, password: FieldSeen) -> FieldSeen | None:
    """The field marked as user name, else the last text field before the password."""
    texts = [field for field in form.fields if field.kind in _USERNAME_KINDS]
    marked = next((field for field in texts if "username" in field.autocomplete), None)
    if marked is not None:
        return marked
    before = form.fields[: form.fields.index(password)]
    candidates = [field for field in before if field in texts][-1:] or texts[:1]
    return candidates[0] if candidates else None
