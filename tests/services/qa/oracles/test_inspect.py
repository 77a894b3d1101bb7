"""One page a defect, and a healthy page that has all that looks like one."""

from pathlib import Path

import pytest
from playwright.async_api import Route

from argus.services.qa.browser.session import Session, new_session
from argus.services.qa.execution.browsers import Browsers
from argus.services.qa.oracles.accessibility import AccessibilityChecker
from argus.services.qa.oracles.defect import Defect
from argus.services.qa.oracles.inspect import Inspector
from argus.services.qa.oracles.pictures import Pictures
from argus.services.qa.oracles.vitals import VitalsBudget
from argus.services.qa.outcome import Severity
from services.qa.oracles.conftest import PROTECTED, Examine
from support.website import Answer, WebSite

LONG = "All the words of this sentence belong together, up to the very last one"

HEALTHY = f"""<main><h1>Fine</h1>
    <p style="width:80px;overflow:hidden;text-overflow:ellipsis;white-space:nowrap">{LONG}</p>
    <p style="height:2.4em;line-height:1.2;overflow:hidden;display:-webkit-box;
      -webkit-line-clamp:2;-webkit-box-orient:vertical;width:90px">{LONG}</p>
    <span style="position:absolute;width:1px;height:1px;overflow:hidden;white-space:nowrap">
      {LONG}</span>
    <a href="#" style="display:block;width:20px;height:20px;overflow:hidden;text-indent:-999px">
      {LONG}</a>
    <div style="width:200px;overflow:auto"><p style="width:3000px">Wide</p></div>
    <div style="width:300px;overflow:hidden;height:1.3em">Exactly one line of text</div>
    <a href="#top">To the top</a> <a href="#end">To the end</a> <a href="#/route">Route</a>
    <a href="#tab" data-toggle=tab>Tab</a> <p id=end>The end</p></main>"""


def kinds(found: list[Defect]) -> list[str]:
    return [defect.kind for defect in found]


async def test_a_healthy_page_has_no_defect_whatever_it_hides_on_purpose(examine: Examine) -> None:
    assert await examine(HEALTHY) == []


@pytest.mark.parametrize(
    ("page", "kind", "says", "selector"),
    [
        (
            "<main><h1>Wide</h1><div><p style='width:1500px'>Too wide</p></div></main>",
            "horizontal_overflow",
            "px wider than a window of 1280 px",
            "p:nth-child(1)",
        ),
        (
            f"<main><h1>Cut</h1><p style='width:90px;overflow:hidden;white-space:nowrap'>{LONG}",
            "clipped_text",
            f'px of the text "{LONG}" are cut off',
            "p:nth-child(2)",
        ),
        (
            f"<main><h1>Cut</h1><p style='width:90px;height:30px;overflow:hidden'>{LONG}",
            "clipped_text",
            f'px of the text "{LONG}" are cut off',
            "p:nth-child(2)",
        ),
        (
            "<main><h1>Astray</h1><a href='#prices'>Prices</a></main>",
            "broken_anchor",
            'the link "Prices" leads to #prices, which is not on the page',
            "a:nth-child(2)",
        ),
        (
            "<main><h1>Nameless</h1><form><input name=q></form></main>",
            "accessibility",
            "Form elements must have labels (label, critical, 1 element)",
            "input",
        ),
    ],
)
async def test_a_defect_is_told_with_the_element_that_shows_it(
    examine: Examine, page: str, kind: str, says: str, selector: str
) -> None:
    (defect,) = await examine(page)
    assert (defect.kind, says in defect.message) == (kind, True), defect
    assert selector in defect.evidence[0].message
    assert defect.severity in (Severity.MEDIUM, Severity.LOW), "it must not make a run fail alone"


async def test_what_takes_longer_or_jumps_farther_than_the_budget_allows_is_told(
    examine: Examine,
) -> None:
    page = """<main class=jumps><h1>Jumps</h1><p>Text</p></main><script>
        requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() =>
          document.querySelector('main').style.paddingTop = '400px')))</script>"""
    assert kinds(await examine(page, cls=0.01)) == ["layout_shift"]
    assert kinds(await examine("<main><h1>Slow</h1></main>", lcp_ms=0)) == ["slow_paint"]


async def test_a_document_without_protection_is_told_header_by_header(examine: Examine) -> None:
    found = await examine(Answer("<!doctype html><html lang=en><title>A page</title>"))
    assert kinds(found) == ["missing_header"] * 3
    assert all(defect.severity is Severity.LOW for defect in found)


async def test_data_in_the_place_of_a_page_are_not_looked_at_like_one(examine: Examine) -> None:
    headers = {**PROTECTED, "Content-Type": "application/json"}
    assert await examine(Answer('{"version": 1}', headers=headers)) == []


async def test_a_secure_page_that_loads_something_insecure_is_told(
    browsers: Browsers,
) -> None:
    async def answer(route: Route) -> None:
        page = "<html lang=en><title>Shop</title><form action=http://pay.test/in></form>"
        headers = {"content-type": "text/html", "strict-transport-security": "max-age=1"}
        await route.fulfill(body=page, headers=headers)

    async with new_session(await browsers.get(), "https://shop.test") as session:
        await session.context.route("**/*", answer)
        mark = session.mark()
        await session.goto("/")
        inspector = Inspector("https://shop.test", VitalsBudget())
        found = (await inspector.examine(session, session.since(mark))).defects
    insecure = [defect.message for defect in found if defect.kind == "mixed_content"]
    assert insecure == [
        "the secure page sends what is entered to http://pay.test/in, which is not secure"
    ]


async def test_a_page_can_neither_see_nor_forbid_the_examination(
    examine: Examine, visitor: Session
) -> None:
    page = """<meta http-equiv=Content-Security-Policy content="script-src 'unsafe-inline'">
        <main><h1>Guarded</h1></main><script>window.define = () => { throw Error('seen') };
        define.amd = {}; Object.defineProperty(window, 'axe', {set() { throw Error('seen') }})
        </script>"""
    mark = visitor.mark()
    assert await examine(page) == []
    assert visitor.since(mark).errors == ()


async def test_of_a_long_list_the_first_rows_stand_for_all(examine: Examine) -> None:
    rows = "".join(f"<tr><td>{row}<td><input name=row-{row}>" for row in range(40))
    (defect,) = await examine(f"<main><h1>Rows</h1><table>{rows}</table></main>")
    assert "Form elements must have labels" in defect.message
    assert "4 elements" in defect.message


async def test_of_a_page_that_was_examined_only_what_came_up_since_is_examined(
    visitor: Session, site: WebSite
) -> None:
    site.pages["/menu"] = """<!doctype html><html lang=en><title>Menu</title><main><h1>Menu</h1>
        <img src=data:,><div id=menu style="display: none"><input></div></main>"""
    await visitor.goto("/menu")
    checker, rules = AccessibilityChecker(), list[list[str]]()
    for script in ("0", "menu.style.display = 'block'", "0"):
        await visitor.evaluate(script)
        rules.append([each.signature for each in await checker.work(visitor, 60)])
    assert rules == [["image-alt"], ["label"], []]


async def test_links_that_nobody_followed_are_asked_for_in_the_end(
    visitor: Session, site: WebSite
) -> None:
    site.pages["/here"] = "Here"
    inspector = Inspector(site.url, VitalsBudget())
    for path in ("/here", "/gone", "/seen", "/gone#part"):
        inspector.links.add(site.url + path, f"{site.url}/")
    inspector.links.opened(f"{site.url}/seen")
    asked = len(site.asked)
    (broken,) = await inspector.conclude(visitor)
    assert (broken.kind, broken.message) == ("broken_link", "GET /gone answers 404")
    assert sorted({each.path for each in site.asked[asked:]}) == ["/gone", "/here"]


async def test_a_picture_shows_the_place_if_it_is_in_the_window(
    examine: Examine, visitor: Session, tmp_path: Path
) -> None:
    wide = "<main><h1>Wide</h1><p style='width:1500px'>Too wide</p></main>"
    below = f"<main style='padding-top:2000px'>{wide}"
    pictures = Pictures(tmp_path)
    (defect,) = await examine(wide)
    shown = await pictures.add_to(defect, visitor)
    assert shown.evidence[0].screenshot == "finding-1.jpg"
    assert (tmp_path / "finding-1.jpg").read_bytes().startswith(b"\xff\xd8")
    (defect,) = await examine(below)
    assert await pictures.add_to(defect, visitor) == defect
