import pytest

from argus.services.qa.browser.session import Session
from argus.services.qa.discovery.digest import read_digest
from argus.services.qa.discovery.state import StateIndex
from support.website import WebSite


def table(rows: int, *, linked: bool = True) -> str:
    cell = "<a href=/books/{0}/>Book {0}</a>" if linked else "Book {0}"
    cells = "".join(f"<tr><td>{cell.format(n)}<td>{n * 100} pages" for n in range(1, rows + 1))
    return f"<main><h1>Books</h1><nav><a href=/add>Add</a></nav><table>{cells}</table></main>"


def cards(heading: str, count: int) -> str:
    card = "<article><h3><a href=/books/1>One</a></h3><p>A book</p></article>"
    return f"<main><h1>{heading}</h1><nav><a href=/add>Add</a></nav>{card * count}</main>"


def form(title: str, *, error: str = "", extra: str = "") -> str:
    return f"""<main><h1>Edit {title}</h1>{error}<form method=post>
        <label>Title <input name=title value='{title}'></label>
        <label>Pages <input name=pages type=number></label>{extra}<button>Save</button>
        </form></main>"""


ERROR = "<ul class=errorlist><li>This field is required.</li></ul>"
DIALOG = "<dialog open><h2>Sure?</h2><button>Yes</button></dialog>"
FLASH = "<ul class=messagelist><li>The book was saved successfully.</li></ul>"
TABS = """<div role=tablist><button role=tab aria-selected={0}>One</button>
    <button role=tab aria-selected={1}>Two</button></div><p>text</p>"""


async def are_one(
    visitor: Session, site: WebSite, one: tuple[str, str], other: tuple[str, str]
) -> bool:
    index = StateIndex()
    keys: set[str] = set()
    for url, html in (one, other):
        site.pages[url.partition("?")[0].partition("#")[0]] = html
        await visitor.goto(url)
        keys.add(index.identify(await read_digest(visitor), signed_in=False)[0])
    return len(keys) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("/books", table(3)), ("/books", table(4))),
        (("/books", table(3)), ("/books", table(60))),
        (("/books", table(3)), ("/books?sort=title", table(3))),
        (("/books", table(3)), ("/books", table(0))),
        (("/books", cards("Open", 2)), ("/books?state=closed", cards("Closed", 0))),
        (("/books", table(3)), ("/books", FLASH + table(3))),
        (("/books/1", form("Emma")), ("/books/2", form("Persuasion, and more <b>words</b>"))),
        (("/c/1", table(3) + "<p>One"), ("/c/2", table(3) + "<p>A <b>bold</b> <i>word</i>")),
        (("/#/item/1", table(2)), ("/#/item/2", table(2))),
    ],
)
async def test_near_duplicates_are_one_state(
    visitor: Session, site: WebSite, one: tuple[str, str], other: tuple[str, str]
) -> None:
    assert await are_one(visitor, site, one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("/books", table(3)), ("/authors", table(3))),
        (("/#/all", table(3)), ("/#/done", table(3))),
        (("/books", table(3)), ("/books", form("Emma"))),
        (("/app", cards("Open", 2)), ("/app", cards("Help", 0))),
        (("/b/1", form("Emma")), ("/b/2", form("Emma", error=ERROR))),
        (("/b/1", form("Emma")), ("/b/1", form("Emma") + DIALOG)),
        (("/b/1", form("Emma")), ("/b/1", form("Emma", extra="<input name=isbn>"))),
        (
            ("/t", TABS.format("true", "false")),
            ("/t", TABS.format("false", "true")),
        ),
    ],
)
async def test_different_screens_are_different_states(
    visitor: Session, site: WebSite, one: tuple[str, str], other: tuple[str, str]
) -> None:
    assert not await are_one(visitor, site, one, other)


async def test_the_same_page_is_another_state_for_a_signed_in_user(
    visitor: Session, site: WebSite
) -> None:
    site.pages["/"] = table(3)
    await visitor.goto("/")
    digest = await read_digest(visitor)
    index = StateIndex()
    key, new = index.identify(digest, signed_in=False)
    assert new
    assert index.identify(digest, signed_in=False) == (key, False)
    assert index.identify(digest, signed_in=True)[0] != key


async def test_a_fresh_required_field_is_no_validation_error_but_a_refused_one_is(
    visitor: Session, site: WebSite
) -> None:
    site.pages["/"] = "<form><input name=a required><button>Save</button></form>"
    await visitor.goto("/")
    assert not (await read_digest(visitor)).invalid
    await visitor.page.click("button")
    assert (await read_digest(visitor)).invalid
