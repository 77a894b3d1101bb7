import pytest

from argus.services.qa.browser.elements import (
    candidate_locators,
    looks_generated,
    observe,
    receives_events,
    snapshot,
    target_of,
)
from argus.services.qa.target import Fingerprint, LocatorKind, Row

NAMES = [
    ("<button>Save</button>", "button", "Save"),
    ("<button aria-label='Close dialog'>x</button>", "button", "Close dialog"),
    ("<b id=l>Total</b><input aria-labelledby='l'>", "textbox", "Total"),
    ("<label>Colour <select><option>Red</select></label>", "combobox", "Colour"),
    ("<label for=a>Your name</label><input id=a>", "textbox", "Your name"),
    ("<input placeholder='What next?'>", "textbox", "What next?"),
    ("<input type=submit value='Log in'>", "button", "Log in"),
    ("<input type=submit>", "button", "Submit"),
    ("<a href=/><img alt=Home src=x></a>", "link", "Home"),
    ("<a href=/ title=Settings><svg width=9 height=9></svg></a>", "link", "Settings"),
    ("<button>Delete <span hidden>now</span><span>it</span></button>", "button", "Delete it"),
    ("<div role=checkbox tabindex=0>Agree</div>", "checkbox", "Agree"),
    ("<input type=number title=Count>", "spinbutton", "Count"),
    ("<input type=search aria-label=Find>", "searchbox", "Find"),
]


@pytest.mark.parametrize(("html", "role", "name"), NAMES)
async def test_role_and_name_are_those_playwright_finds_the_element_by(
    session, show, html: str, role: str, name: str
) -> None:
    await show(html)
    (element,) = await snapshot(session)
    assert (element.fingerprint.role, element.fingerprint.name) == (role, name)
    assert await session.page.get_by_role(role, name=name, exact=True).count() == 1


async def test_a_snapshot_holds_visible_controls_in_order_and_pierces_shadow_roots(
    session, show
) -> None:
    await show(
        "<a href=/>A</a><button hidden>B</button><x-app></x-app><input type=hidden>"
        "<div onclick='1'>C</div><button disabled>D</button>"
    )
    await session.page.evaluate(
        "document.querySelector('x-app').attachShadow({mode: 'open'}).innerHTML ="
        "'<button>Inside</button>'"
    )
    elements = await snapshot(session)
    assert [element.fingerprint.text for element in elements] == ["A", "Inside", "C", "D"]
    assert [element.enabled for element in elements] == [True, True, True, False]


async def test_a_part_of_a_drawing_can_be_a_target(session, show) -> None:
    await show("<svg width=9 height=9><g role=button id=run><rect width=9 height=9 /></g></svg>")
    target = await target_of(session.page, session.page.locator("g"))
    assert (target.fingerprint.tag, target.fingerprint.role) == ("g", "button")


async def test_text_is_part_of_a_snapshot_only_when_asked_for(session, show) -> None:
    await show("<p>Hello</p>")
    assert await snapshot(session) == []
    assert len(await snapshot(session, with_text=True)) == 1


async def test_a_fingerprint_knows_its_surroundings(session, show) -> None:
    await show(
        "<form><h2>Sign up</h2><table><tr><td>One</td><td><button>Edit</button></td></tr>"
        "<tr><td>Two</td><td><button>Edit</button></td></tr></table></form>"
    )
    first, _ = await snapshot(session)
    assert first.row_text == "One Edit"
    assert first.fingerprint.form_label == "Sign up"
    assert first.fingerprint.siblings == 1
    assert "One" in first.fingerprint.neighbor_text


async def test_a_password_is_never_read(session, show) -> None:
    await show("<input type=password aria-label=Secret value=hunter2>")
    (element,) = await snapshot(session)
    assert "hunter2" not in element.model_dump_json()


async def test_a_target_keeps_only_locators_that_match_the_element_alone(session, show) -> None:
    await show("<button class=a>Save</button><button class='a b'>Save all</button>")
    target = await target_of(session.page, session.page.get_by_text("Save", exact=True))
    assert target.description == 'button "Save"'
    assert [locator.kind for locator in target.locators] == [LocatorKind.ROLE, LocatorKind.TEXT]


async def test_a_target_is_lifted_to_the_control_around_what_was_pointed_at(session, show) -> None:
    await show("<button><span id=icon>Save</span></button>")
    target = await target_of(session.page, session.page.locator("#icon"))
    assert target.fingerprint.tag == "button"


async def test_current_values_become_references_to_their_variables(session, show) -> None:
    await show("<a href=/notes/walk-the-dog>Walk the dog</a>")
    target = await target_of(
        session.page, session.page.locator("a"), {"title": "Walk the dog", "short": "a"}
    )
    assert target.locators[0].value == "${title}"
    assert target.fingerprint.name == "${title}"


async def test_in_a_row_locators_need_to_be_unique_only_there(session, show) -> None:
    await show("".join(f"<li>{name}<button>Delete</button></li>" for name in ("One", "Two")))
    row = Row(text="${name}")
    last = (await snapshot(session))[1]
    target = await target_of(session.page, last, {"name": "Two"}, row)
    assert (target.locators[0].kind, target.locators[0].value) == (LocatorKind.ROLE, "Delete")


@pytest.mark.parametrize("identity", ["radix-12", ":r1:", "ember3456", "a8f3k2x9q1", "x7Gh2Kp9"])
def test_generated_ids_are_recognised(identity: str) -> None:
    assert looks_generated(identity)


@pytest.mark.parametrize("identity", ["title", "id_name", "save-button", "newTodo", "h1"])
def test_ids_that_people_gave_are_kept(identity: str) -> None:
    assert not looks_generated(identity)


def test_locators_are_ranked_as_playwright_ranks_them() -> None:
    fingerprint = Fingerprint(
        tag="input",
        role="textbox",
        name="Title",
        attributes={"id": "title", "name": "t", "data-testid": "ti", "placeholder": "A title"},
        xpath="/html[1]/input[1]",
    )
    kinds = [locator.kind.value for locator in candidate_locators(fingerprint)]
    assert kinds == ["test_id", "role", "placeholder", "label", "css", "role", "css", "xpath"]


def test_numbers_around_a_name_are_left_out_of_its_locators() -> None:
    fingerprint = Fingerprint(tag="button", role="button", name="Cart (3)", text="Cart (3)")
    first = candidate_locators(fingerprint)[0]
    assert (first.value, first.exact) == ("Cart", False)


async def test_rows_are_innermost_items_and_neither_messages_nor_navigation(session, show) -> None:
    await show(
        "<nav><ul><li>Alpha</li><li>x</li></ul></nav>"
        "<ul><li>The note <b>Alpha</b> was added successfully.</li></ul>"
        "<ul><li><div><label>Alpha</label></div></li><li><label>Beta</label></li></ul>"
        "<table><tr><th>Alpha</th></tr><tr><td>Alpha</td></tr></table>"
    )
    seen = await observe(session, rows=["Alpha", "Beta", "Gamma"])
    assert seen.rows == {"Alpha": 2, "Beta": 1, "Gamma": 0}


async def test_text_counts_when_visible_or_in_a_field(session, show) -> None:
    await show("<p>One</p><p hidden>Two</p><input value=Three><input type=password value=Four>")
    seen = await observe(session, texts=["One", "Two", "Three", "Four"])
    assert seen.texts == {"One": True, "Two": False, "Three": True, "Four": False}


@pytest.mark.parametrize(
    ("html", "said"),
    [
        ("<input required>", False),
        ("<input aria-invalid=true>", True),
        ("<p role=alert>Enter a date</p>", True),
        ("<p style='color: #c00'>This field is required</p>", True),
        ("<p style='color: #c00'>*</p><a href=/ style='color: red'>Delete it</a>", False),
    ],
)
async def test_refused_input_is_recognised(session, show, html: str, said: bool) -> None:
    await show(html)
    assert bool((await observe(session)).invalid) is said


async def test_a_form_that_the_browser_does_not_submit_shows_refused_input(session, show) -> None:
    await show("<form><input required><button>Save</button></form>")
    await session.page.get_by_text("Save").click()
    assert (await observe(session)).invalid


async def test_a_covered_element_receives_no_events(session, show) -> None:
    cover = "position:fixed;inset:0 0 auto 0;height:100%;background:white"
    await show(f"<button>Save</button><div style='{cover}'></div>")
    (element,) = await snapshot(session)
    assert not await receives_events(session, element)
    await session.page.evaluate("document.querySelector('div').remove()")
    assert await receives_events(session, element)


CARD = "<div class='MuiCard-root'><a href=/studies/1>1. Emma</a><button>Delete</button></div>"


async def test_the_only_card_is_a_row_for_whoever_asks_for_what_it_shows(session, show) -> None:
    await show(f"<h1>Studies</h1>{CARD}<button>New</button>")
    assert (await observe(session, rows=["Emma", "Jane", ""])).rows == {
        "Emma": 1,
        "Jane": 0,
        "": 0,
    }
    texts = [each.row_text for each in await snapshot(session, rows=["Emma", "Jane"])]
    assert texts == ["1. EmmaDelete", "1. EmmaDelete", ""]
    target = await target_of(
        session.page, session.page.locator("button").first, {}, Row(text="Emma")
    )
    assert target.locators


@pytest.mark.parametrize(
    "html",
    [
        "<form><div class=card>Emma <a href=/>x</a></div></form>",
        "<div class=card>Emma <input><button>Save</button></div>",
        "<div class=card>Emma was deleted.</div>",
        "<div class=discard>Emma <button>Undo</button></div>",
        "<div class='card' style='width: 1200px; height: 700px'>Emma <a href=/>x</a></div>",
    ],
)
async def test_what_is_no_record_is_no_card_of_one(session, show, html: str) -> None:
    await show(html)
    assert (await observe(session, rows=["Emma"])).rows == {"Emma": 0}
