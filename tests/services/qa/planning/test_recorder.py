"""A hand that is where steps lead does not take them again, unless something was done since."""

from playwright.async_api import Browser

from argus.services.qa.browser.elements import Element
from argus.services.qa.browser.session import new_session
from argus.services.qa.ir import Action, Step
from argus.services.qa.planning.recorder import Recorder
from support.website import WebSite, serve

LIST = Step(id="", action=Action.GOTO, value="/")
PAGES = {
    "/": "<h1>All</h1><a href=/1>First</a><input aria-label=Search>",
    "/1": "<h1>First</h1>",
}


async def named(hand: Recorder, name: str) -> Element:
    return next(each for each in await hand.elements() if each.fingerprint.name == name)


async def test_only_what_was_not_just_done_is_done(browser: Browser) -> None:
    with serve(WebSite(dict(PAGES))) as site:
        async with new_session(browser, site.url) as session:
            hand = Recorder(session, {"text": "milk"}, {}, float("inf"))

            def asked() -> list[str]:
                paths = [each.path for each in site.asked if each.path in PAGES]
                site.asked.clear()
                return paths

            await hand.open("/")
            link = await hand.target(await named(hand, "First"))
            first = Step(id="", action=Action.CLICK, target=link)
            search = await hand.target(await named(hand, "Search"))
            assert asked() == ["/"]
            await hand.go([LIST])
            await hand.open("/")
            assert asked() == []
            opened = hand.piece()
            assert [each.post_url for each in opened] == ["/", "/"]
            assert opened[0] == opened[1]
            await hand.go([LIST, first])
            await hand.go([LIST, first])
            assert asked() == ["/1"]
            await hand.go([LIST])
            assert asked() == ["/"]
            await hand.do(Action.FILL, search, "${text}")
            await hand.go([LIST])
            assert asked() == ["/"]
            fill = Step(id="", action=Action.FILL, target=search, value="${text}")
            await hand.go([LIST, fill])
            hand.values["text"] = "bread"
            await hand.go([LIST, fill])
            assert asked() == ["/"]
            await Recorder(session, {}, {}, float("inf")).replay([first])
            await hand.replay([LIST])
            await Recorder(session, {}, {}, float("inf")).replay([first])
            await hand.go([LIST])
            assert asked() == ["/1", "/", "/1", "/"]
