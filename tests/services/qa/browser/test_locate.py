import pytest

from argus.services.qa.browser.elements import target_of
from argus.services.qa.browser.locate import Found, resolve
from argus.services.qa.target import Fingerprint, Locator, LocatorKind, Row, Target

SAVE = Target(
    description='button "Save"',
    locators=(
        Locator(kind=LocatorKind.ROLE, role="button", value="Save"),
        Locator(kind=LocatorKind.CSS, value="#save"),
    ),
    fingerprint=Fingerprint(tag="button", role="button", name="Save"),
)


@pytest.mark.parametrize(
    ("html", "found", "used"),
    [
        ("<button>Save</button>", Found.ONE, 0),
        ("<button hidden>Save</button><button>Save</button>", Found.ONE, 0),
        ("<button id=save>Save</button><button>Save</button>", Found.ONE, 1),
        ("<button>Save</button><button>Save</button>", Found.MANY, -1),
        ("<button>Store</button>", Found.NONE, -1),
        ("<button hidden>Save</button>", Found.NONE, -1),
    ],
)
async def test_the_first_locator_with_one_visible_match_wins(
    session, show, html: str, found: Found, used: int
) -> None:
    await show(html)
    resolution, located = await resolve(session, SAVE, {})
    assert (resolution.found, resolution.used) == (found, used)
    assert (located is not None) is (found is Found.ONE)


async def test_what_only_one_of_page_and_playwright_takes_for_the_element_is_looked_at_twice(
    session, show
) -> None:
    test_id = Locator(kind=LocatorKind.TEST_ID, value="save")
    by_id = SAVE.model_copy(update={"locators": (test_id, *SAVE.locators)})
    for html, used in (
        ("<button data-testid=save>Save</button><i hidden data-testid=save></i>", 0),
        ("<button data-testid=save>Save</button><button>Save</button>", 0),
        ("<button>Save</button><div aria-hidden=true><button>Save</button></div>", 1),
    ):
        await show(html)
        resolution, located = await resolve(session, by_id, {})
        assert (resolution.found, resolution.used) == (Found.ONE, used), html
        assert located is not None
        assert await located.is_visible(), "and it leads to that one alone"
        assert resolution.fingerprint is not None
        assert resolution.fingerprint.tag == "button"


@pytest.mark.parametrize("html", ["<button id=save>Delete</button>", "<a href=/ id=save>Save</a>"])
async def test_an_id_that_moved_to_something_else_is_not_followed(session, show, html: str) -> None:
    await show(html)
    resolution, located = await resolve(session, SAVE, {})
    assert located is None
    assert resolution.refused


async def test_a_locator_template_is_filled_with_the_values_in_use(session, show) -> None:
    await show("<a href=/1>Old</a><a href=/2>New</a>")
    target = await target_of(session.page, session.page.get_by_text("Old"), {"title": "Old"})
    _, located = await resolve(session, target, {"title": "New"})
    assert located is not None
    assert await located.get_attribute("href") == "/2"


ROWS = "<table>{}</table>".format(
    "".join(f"<tr><td>{name}</td><td><button>Open</button></td></tr>" for name in ("One", "Two"))
)


@pytest.mark.parametrize(("text", "rows"), [("Two", 1), ("Three", 0), ("Open", 2)])
async def test_a_row_is_the_one_item_that_shows_the_text(
    session, show, text: str, rows: int
) -> None:
    await show(ROWS)
    target = Target(
        description="button",
        locators=(Locator(kind=LocatorKind.ROLE, role="button", value="Open"),),
        fingerprint=Fingerprint(tag="button", role="button", name="Open"),
        row=Row(text="${text}"),
    )
    resolution, located = await resolve(session, target, {"text": text})
    assert (located is not None) is (rows == 1)
    assert resolution.row_count == rows
    if located is not None:
        assert await located.evaluate("el => el.closest('tr').innerText.includes('Two')")


async def test_rows_inside_shadow_roots_are_found(session, show) -> None:
    await show("<x-list></x-list>")
    await session.page.evaluate(
        "html => document.querySelector('x-list').attachShadow({mode: 'open'}).innerHTML = html",
        ROWS,
    )
    target = await target_of(
        session.page, session.page.get_by_role("button").nth(1), None, Row(text="Two")
    )
    resolution, _ = await resolve(session, target, {})
    assert resolution.found is Found.ONE
