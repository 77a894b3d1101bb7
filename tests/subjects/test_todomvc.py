"""Each bug and look of TodoMVC does what it says, and nothing else."""

import pytest
from playwright.async_api import Locator, Page, expect

from subjects.conftest import Visit
from subjects.look import Look
from subjects.plugin import StartApplication


def items(page: Page) -> Locator:
    return page.locator("section section li")


async def add(page: Page, text: str) -> None:
    await page.locator("header input").fill(text)
    await page.keyboard.press("Enter")


async def edit(page: Page, old: str, new: str) -> None:
    item = items(page).filter(has_text=old)
    await item.locator("label").dblclick()
    await item.get_by_role("textbox").fill(new)
    await page.keyboard.press("Enter")


async def delete(page: Page, text: str) -> None:
    item = items(page).filter(has_text=text)
    await item.hover()
    await item.get_by_role("button").click()


@pytest.mark.parametrize("look", Look)
async def test_every_look_adds_edits_toggles_deletes_keeps_and_refuses(
    todomvc: StartApplication, visit: Visit, look: Look
) -> None:
    page = visit.page
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    address = todomvc(look=look)
    await page.goto(address)
    await add(page, "   ")
    await expect(items(page)).to_have_count(0)
    await add(page, "Buy milk")
    await edit(page, "Buy milk", "Buy oat milk")
    await add(page, "Sleep")
    await page.reload()
    await expect(items(page)).to_have_text(["Buy oat milk", "Sleep"])
    await items(page).filter(has_text="Sleep").get_by_role("checkbox").check()
    await page.locator("a[href='#/completed']").click()
    await expect(items(page).filter(visible=True)).to_have_text(["Sleep"])
    await page.locator("a[href='#/']").click()
    await delete(page, "Sleep")
    await expect(items(page)).to_have_text(["Buy oat milk"])
    assert visit.troubles == []
    assert all(url.startswith(address) for url in asked)


@pytest.mark.parametrize(
    ("look", "ids", "placeholder"),
    [
        (Look.ORIGINAL, 1, "What needs to be done?"),
        (Look.RESTYLED, 0, "What needs to be done?"),
        (Look.REWORDED, 0, "What has to be done?"),
    ],
)
async def test_a_redesign_renames_ids_and_a_rewording_the_placeholder_too(
    todomvc: StartApplication, visit: Visit, look: Look, ids: int, placeholder: str
) -> None:
    await visit.page.goto(todomvc(look=look))
    await expect(visit.page.get_by_placeholder(placeholder)).to_be_visible()
    await expect(visit.page.locator("#new-todo")).to_have_count(ids)


async def test_an_ignored_save_shows_until_the_page_is_loaded_again(
    todomvc: StartApplication, visit: Visit
) -> None:
    page = visit.page
    await page.goto(todomvc(bug="save_ignored"))
    await add(page, "Buy milk")
    await expect(items(page)).to_have_text(["Buy milk"])
    await page.reload()
    await expect(items(page)).to_have_count(0)


@pytest.mark.parametrize("look", [Look.ORIGINAL, Look.REWORDED])
async def test_a_delete_that_does_nothing_keeps_the_item(
    todomvc: StartApplication, visit: Visit, look: Look
) -> None:
    page = visit.page
    await page.goto(todomvc(bug="delete_does_nothing", look=look))
    await add(page, "Buy milk")
    await delete(page, "Buy milk")
    await page.reload()
    await expect(items(page)).to_have_text(["Buy milk"])


async def test_the_wrong_page_after_a_save_is_the_list_of_completed_items(
    todomvc: StartApplication, visit: Visit
) -> None:
    page, address = visit.page, todomvc(bug="wrong_page_after_save")
    await page.goto(address)
    await add(page, "Buy milk")
    await expect(page).to_have_url(f"{address}#/completed")


@pytest.mark.parametrize("look", [Look.ORIGINAL, Look.REWORDED])
@pytest.mark.parametrize(
    ("bug", "missing", "left"),
    [
        ("element_missing", "footer a[href^='#/']", "section section li button"),
        ("button_removed", "section section li button", "section section li [type=checkbox]"),
    ],
)
async def test_what_is_missing_is_missing_in_each_look_and_its_like_is_still_there(
    todomvc: StartApplication, visit: Visit, look: Look, bug: str, missing: str, left: str
) -> None:
    page = visit.page
    await page.goto(todomvc(bug=bug, look=look))
    await add(page, "Buy milk")
    await items(page).hover()
    await expect(page.locator(left)).to_be_visible()
    await expect(page.locator(missing)).to_have_count(0)
