import asyncio

import pytest
from playwright.async_api import Browser

from argus.services.qa.browser.errors import (
    ApplicationUnreachable,
    NavigationBlocked,
    PageFailed,
    PageNeverLoads,
    PageUnresponsive,
    RedirectLoop,
)
from argus.services.qa.browser.session import Session, new_session
from support.website import Answer, Asked, Stall, WebSite, redirect

FOREIGN = "http://other.invalid/"


async def test_a_window_holds_the_requests_errors_and_console_messages_of_its_time(
    visitor: Session, site: WebSite
) -> None:
    site.pages["/late"] = Answer(status=503)
    site.pages["/noisy"] = """
        <button onclick="fetch('/late', {method: 'POST'}); console.error('odd');
          setTimeout(() => { throw new Error('broken') })">Go</button>"""
    assert await visitor.goto("/noisy") == 200
    mark = visitor.mark()
    await visitor.page.click("button")
    assert await visitor.settle()
    window = visitor.since(mark)
    assert [(e.method, e.status, e.mutating, e.document) for e in window.exchanges] == [
        ("POST", 503, True, False)
    ]
    assert [error.message for error in window.errors] == ["broken"]
    assert window.console == ("odd",)
    assert visitor.since(visitor.mark()).exchanges == ()


async def test_goto_loads_a_fresh_document_even_if_only_the_route_differs(
    visitor: Session, site: WebSite
) -> None:
    for path in ("/#/one", "/#/one", "/#/two"):
        mark = visitor.mark()
        await visitor.goto(path)
        assert visitor.since(mark).documents
        assert visitor.url == site.url + path


@pytest.mark.parametrize("page", [Stall.NO_ANSWER, Stall.ENDLESS_BODY])
async def test_a_page_that_never_loads_ends_in_time_and_leaves_a_usable_session(
    visitor: Session, site: WebSite, page: Stall
) -> None:
    site.pages["/never"] = page
    with pytest.raises(PageNeverLoads):
        await visitor.goto("/never", timeout_s=0.5)
    assert await visitor.goto("/") == 200


@pytest.mark.parametrize(
    ("page", "error", "timeout_s"),
    [
        (redirect("/bad"), RedirectLoop, 30),
        ("<script>location = '/bad?' + Math.random()</script>", RedirectLoop, 3),
        ("<meta http-equiv=refresh content=0>", RedirectLoop, 30),
        ("<script>for (;;) {}</script>", PageFailed, 1),
        (redirect(FOREIGN), NavigationBlocked, 30),
        (redirect("http://169.254.169.254/latest/"), NavigationBlocked, 30),
    ],
)
async def test_a_bad_page_is_a_typed_failure_and_leaves_a_usable_session(
    visitor: Session, site: WebSite, page: str | Answer, error: type[PageFailed], timeout_s: float
) -> None:
    site.pages["/bad"] = page
    with pytest.raises(error):
        await visitor.goto("/bad", timeout_s=timeout_s)
    assert await visitor.goto("/") == 200


async def test_nothing_listening_is_unreachable(browser: Browser) -> None:
    async with new_session(browser, "http://127.0.0.1:1/") as session:
        with pytest.raises(ApplicationUnreachable):
            await session.goto("/")


async def test_a_download_leaves_the_page_where_it_was(visitor: Session, site: WebSite) -> None:
    site.pages["/file"] = Answer("data", headers={"Content-Disposition": "attachment"})
    await visitor.goto("/")
    assert await visitor.goto("/file") == 200
    assert visitor.url == f"{site.url}/"


async def test_scripts_that_never_yield_are_noticed_and_the_page_is_replaced(
    visitor: Session,
) -> None:
    await visitor.goto("/")
    with pytest.raises(PageUnresponsive):
        await visitor.evaluate("() => { for (;;) {} }", timeout_s=0.5)
    assert await visitor.goto("/") == 200


async def test_a_crashed_page_is_noticed_and_replaced(visitor: Session) -> None:
    await visitor.goto("/")
    with pytest.raises(PageUnresponsive):
        await visitor.goto("chrome://crash")
    assert await visitor.goto("/") == 200


@pytest.mark.parametrize(
    "script",
    [
        "for (;;) alert('again')",
        "setInterval(() => confirm('again'), 1)",
        "while (!prompt('again'));",
    ],
)
async def test_a_dialog_storm_ends_by_itself_and_is_seen(
    visitor: Session, site: WebSite, script: str
) -> None:
    site.pages["/storm"] = f"<h1>Storm</h1><script>{script}</script>"
    mark = visitor.mark()
    await visitor.goto("/storm")
    assert visitor.since(mark).dialog_storm
    assert await visitor.page.inner_text("h1") == "Storm"


async def test_dialogs_are_answered_as_the_session_says(visitor: Session, site: WebSite) -> None:
    site.pages["/ask"] = "<button onclick=\"document.title = confirm('Sure?')\">Ask</button>"
    await visitor.goto("/ask")
    await visitor.page.click("button")
    assert await visitor.page.title() == "false"
    visitor.dialogs = "accept"
    await visitor.page.click("button")
    assert await visitor.page.title() == "true"


async def test_a_page_that_asks_not_to_be_left_is_left(visitor: Session, site: WebSite) -> None:
    site.pages["/stay"] = "<input><script>onbeforeunload = e => e.preventDefault()</script>"
    await visitor.goto("/stay")
    await visitor.page.fill("input", "unsaved")
    assert await visitor.goto("/") == 200


async def test_a_click_that_leaves_the_application_is_refused_and_noted(
    visitor: Session, site: WebSite
) -> None:
    site.pages["/out"] = f"<a href={FOREIGN}>Elsewhere</a>"
    await visitor.goto("/out")
    mark = visitor.mark()
    await visitor.page.click("a")
    await visitor.settle()
    assert visitor.url == f"{site.url}/out"
    assert visitor.since(mark).blocked == (FOREIGN,)


async def test_there_is_one_page_links_open_in_it_and_popups_are_closed(
    visitor: Session, site: WebSite
) -> None:
    site.pages["/popup"] = "<h1>Popup</h1>"
    site.pages["/windows"] = """
        <button onclick="window.open('/popup')">Pop</button><a href=/ target=_blank>Home</a>"""
    await visitor.goto("/windows")
    async with visitor.context.expect_page() as popup:
        await visitor.page.click("button")
    if not (page := await popup.value).is_closed():
        await page.wait_for_event("close")
    assert visitor.context.pages == [visitor.page]
    await visitor.page.click("a")
    await visitor.settle()
    assert visitor.url == f"{site.url}/"


async def test_a_read_only_session_sends_nothing_that_may_change_something(
    browser: Browser, site: WebSite
) -> None:
    site.pages["/writes"] = """
        <form method=post target=_blank action=/save><button>Save</button></form>
        <script>
          fetch('/save', {method: 'DELETE'}).catch(() => {});
          navigator.sendBeacon('/save', 'x');
          new Worker(URL.createObjectURL(new Blob(
            [`fetch('${location.origin}/save', {method: 'POST', mode: 'no-cors'})`])));
        </script>"""
    async with new_session(browser, site.url, read_only=True) as session:
        await session.goto("/writes")
        await session.page.click("button")
        await session.page.evaluate("f => document.forms[0].submit()")
        await session.settle()
        assert await session.goto("/") == 200
    assert {asked.method for asked in site.asked} == {"GET"}


async def test_what_is_excluded_is_not_asked_for_whatever_asks(
    browser: Browser, site: WebSite
) -> None:
    site.pages["/begin"] = """<iframe src=/admin/frame></iframe>
        <script>fetch('/admin/figures').catch(() => {})</script>"""
    site.pages["/admin/*"] = "<h1>Administration</h1>"
    async with new_session(browser, site.url, exclude=["/admin/*"]) as session:
        assert await session.goto("/begin") == 200
        await session.settle()
    assert [asked.path for asked in site.asked] == ["/begin"]


async def test_long_polling_and_streams_do_not_hold_up_settling(
    visitor: Session, site: WebSite
) -> None:
    site.pages["/poll"] = site.pages["/events"] = Stall.NO_ANSWER
    site.pages["/live"] = """<script>
        fetch('/poll'); new EventSource('/events'); new WebSocket('ws://' + location.host);
        setInterval(() => document.title = Date.now(), 200)</script>"""
    await visitor.goto("/live")
    assert await visitor.settle()


async def test_settling_waits_for_a_request_and_what_it_shows(
    visitor: Session, site: WebSite
) -> None:
    answered = asyncio.Event()
    loop = asyncio.get_running_loop()

    def slow(_: Asked) -> str:
        asyncio.run_coroutine_threadsafe(answered.wait(), loop).result()
        return "saved"

    site.pages["/slow"] = slow
    site.pages["/wait"] = """<p></p><button onclick="fetch('/slow', {method: 'POST'})
        .then(r => r.text()).then(t => document.querySelector('p').textContent = t)">Go</button>"""
    await visitor.goto("/wait")
    await visitor.page.click("button")
    async with asyncio.TaskGroup() as group:
        settling = group.create_task(visitor.settle())
        await asyncio.sleep(0)
        answered.set()
    assert settling.result()
    assert await visitor.page.inner_text("p") == "saved"


async def test_settling_is_bounded_where_the_document_never_rests(
    visitor: Session, site: WebSite
) -> None:
    site.pages["/busy"] = """<p></p><script>(function tick() {
        document.querySelector('p').textContent += '.'; requestAnimationFrame(tick) })()</script>"""
    await visitor.goto("/busy", timeout_s=3)
    assert not await visitor.settle(0.5)


async def test_the_storage_state_makes_another_session_the_same_user(
    browser: Browser, visitor: Session, site: WebSite
) -> None:
    site.pages["/login"] = redirect("/", cookie="user=ada")
    await visitor.goto("/login")
    state = await visitor.storage_state()
    async with new_session(browser, site.url, storage_state=state) as other:
        await other.goto("/")
    assert site.asked[-1].cookies == "user=ada"


async def test_local_storage_is_restored_once_and_what_the_page_removes_stays_removed(
    browser: Browser, visitor: Session, site: WebSite
) -> None:
    site.pages["/"] = "<script>window.found = localStorage.user</script>"
    site.pages["/leave"] = "<script>window.found = localStorage.user; localStorage.clear()</script>"
    await visitor.goto("/")
    await visitor.evaluate("() => { localStorage.user = 'ada' }")
    state = await visitor.storage_state()
    async with new_session(browser, site.url, storage_state=state) as other:
        await other.goto("/leave")
        assert await other.evaluate("window.found") == "ada"
        await other.goto("/")
        assert await other.evaluate("window.found") is None


async def test_a_screenshot_is_a_small_jpeg(visitor: Session) -> None:
    await visitor.goto("/")
    picture = await visitor.screenshot()
    assert picture.startswith(b"\xff\xd8")
    assert len(picture) < 100_000
