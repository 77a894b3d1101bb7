"""Fields that are filled as Playwright would, or not at all."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from argus.services.qa.browser.locate import SureLocator, sure_locator
from argus.services.qa.browser.session import Session
from argus.services.qa.target import Fingerprint, Locator, LocatorKind, Target

Show = Callable[[str], Awaitable[None]]
TARGET = Target(
    description="field",
    locators=(Locator(kind=LocatorKind.TEST_ID, value="field"),),
    fingerprint=Fingerprint(tag="input"),
)
LOOK = "() => document.title"
WATCH = """() => {
  window.told = [];
  const typing = ["focusin", "keydown", "beforeinput", "textInput", "input", "keyup", "change"];
  for (const name of [...typing, "focusout"]) {
    document.addEventListener(name, (event) => {
      const { isTrusted, inputType, data, composed, cancelable, target } = event;
      told.push([name, isTrusted, inputType, data, composed, cancelable, target.value]);
    }, true);
  }
}"""
MODAL = "<dialog></dialog><script>document.querySelector('dialog').showModal()</script>"


def field(session: Session) -> SureLocator:
    sure = sure_locator(session.page, TARGET, {})
    assert sure is not None
    return sure


async def told_by(session: Session) -> list[Any]:
    """The events of the page so far, and what the field holds."""
    both = "() => [told, document.querySelector('[data-testid]').value]"
    return await session.page.evaluate(both)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<input data-testid=field>", "Ann"),
        ("<input data-testid=field value=Bob>", "Ann"),
        ("<input data-testid=field maxlength=2>", "Ann"),
        ("<input data-testid=field type=email>", "ann@example.org"),
        ("<input data-testid=field type=number value=3>", "12.5"),
        ("<input data-testid=field type=password>", "sec ret"),
        ("<textarea data-testid=field>Bob</textarea>", "Ann\n'n' \\ \"Zoë\" 🙂"),
        ("<input data-testid=field onbeforeinput='event.preventDefault()'>", "Ann"),
        ("<input data-testid=field oninput='value = value.toUpperCase()'>", "Ann"),
    ],
)
async def test_a_page_sees_of_what_is_typed_what_playwright_would_show_it(
    session: Session, show: Show, html: str, text: str
) -> None:
    seen = []
    for ours in (True, False):
        await show(html)
        await session.evaluate(WATCH)
        if ours:
            assert await field(session).fill(session, text) is not None
        else:
            await field(session).located.fill(text)
        seen.append(await told_by(session))
    assert seen[0] == seen[1]
    assert seen[0][0], "there were events"


@pytest.mark.parametrize("label", ["Large", "Small", "Very  large"])
async def test_a_page_sees_of_what_is_chosen_what_playwright_would_show_it(
    session: Session, show: Show, label: str
) -> None:
    seen = []
    for ours in (True, False):
        await show(
            "<select data-testid=field><option value=s>Small<option selected>Large"
            "<option value=v>Very large</select>"
        )
        await session.evaluate(WATCH)
        if ours:
            chosen, _ = await field(session).choose_and_look(session, label, LOOK, None)
            assert chosen is not None
        else:
            await field(session).located.select_option(label=label)
        seen.append(await told_by(session))
    assert seen[0] == seen[1]


@pytest.mark.parametrize(
    "html",
    [
        "<p>Nothing</p>",
        "<input data-testid=field hidden>",
        "<input data-testid=field disabled>",
        "<fieldset disabled><input data-testid=field></fieldset>",
        "<div aria-disabled=true><input data-testid=field></div>",
        "<input data-testid=field readonly>",
        "<div inert><input data-testid=field></div>",
        f"<input data-testid=field>{MODAL}",
        "<input data-testid=field><input data-testid=field>",
        "<input data-testid=field type=date>",
        "<input data-testid=field type=checkbox>",
        "<label data-testid=field>Name <input></label>",
        "<p data-testid=field contenteditable></p>",
    ],
)
async def test_what_is_not_ready_or_no_text_field_is_left_to_playwright(
    session: Session, show: Show, html: str
) -> None:
    await show(html)
    held = "() => [...document.querySelectorAll('input')].map((each) => each.value)"
    before = await session.evaluate(held)
    assert await field(session).fill(session, "Ann") is None
    assert await session.evaluate(held) == before


@pytest.mark.parametrize(
    "html",
    [
        "<select data-testid=field><option>Large</select>",
        "<select data-testid=field><option><option disabled>Small</select>",
        "<select data-testid=field><option><optgroup disabled><option>Small</select>",
        "<select data-testid=field multiple><option>Small</select>",
        "<select data-testid=field disabled><option><option>Small</select>",
        "<input data-testid=field>",
    ],
)
async def test_an_option_that_cannot_be_chosen_is_left_to_playwright(
    session: Session, show: Show, html: str
) -> None:
    await show(html)
    held = "() => document.querySelector('[data-testid]').value"
    before = await session.evaluate(held)
    chosen, _ = await field(session).choose_and_look(session, "Small", LOOK, None)
    assert chosen is None
    assert await session.evaluate(held) == before


SIZES = """<form><select data-testid=field onchange="{}">
  <option>Small<option>Large</select></form>"""


async def test_a_page_at_rest_is_looked_at_after_its_field_has_changed(
    session: Session, show: Show
) -> None:
    await show(SIZES.format("document.title = value"))
    chosen, seen = await field(session).choose_and_look(session, "Large", LOOK, None)
    assert chosen is not None
    assert chosen.tag == "select"
    assert seen == ("Large",)


@pytest.mark.parametrize(
    "then", ["setTimeout(() => {}, 900)", "fetch('/')", "location.assign('/')", "form.submit()"]
)
async def test_a_page_that_goes_on_is_not_looked_at_yet(
    session: Session, show: Show, then: str
) -> None:
    await show(SIZES.format(then))
    chosen, seen = await field(session).choose_and_look(session, "Large", LOOK, None)
    assert chosen is not None
    assert seen is None
    assert await session.settle()
