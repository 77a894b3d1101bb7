"""Each bug and look of the Django admin does what it says, and nothing else."""

import pytest
from playwright.async_api import Page, expect

from subjects.conftest import Visit
from subjects.look import Look
from subjects.plugin import StartApplication


async def sign_in(page: Page, address: str) -> None:
    await page.goto(address)
    await page.locator("[name=username]").fill("admin")
    await page.locator("[name=password]").fill("admin")
    await page.get_by_role("button", name="Log in").click()
    await expect(page.get_by_role("heading", name="Site administration")).to_be_visible()


async def add_book(page: Page, address: str, title: str = "Roadside Picnic") -> None:
    await page.goto(f"{address}library/book/add/")
    await page.locator("[name=title]").fill(title)
    await page.locator("[name=author]").select_option(label="Italo Calvino")
    await page.locator("[name=pages]").fill("224")
    await page.locator("[name=_save]").click()
    await expect(page.get_by_text("was added successfully")).to_be_visible()


@pytest.mark.parametrize("look", Look)
async def test_every_look_creates_edits_refuses_and_deletes_without_a_script_error(
    django_admin: StartApplication, visit: Visit, look: Look
) -> None:
    page, address = visit.page, django_admin(look=look)
    await sign_in(page, address)
    await page.goto(f"{address}library/book/add/")
    await page.locator("[name=_save]").click()
    await expect(page.get_by_text("This field is required.")).to_have_count(3)
    await add_book(page, address)
    await page.get_by_role("link", name="Roadside Picnic").last.click()
    await page.locator("[name=pages]").fill("225")
    await page.locator("[name=_save]").click()
    await expect(page.get_by_role("row", name="Roadside Picnic")).to_contain_text("225")
    await page.get_by_role("link", name="Roadside Picnic").last.click()
    await page.get_by_role("link", name="Delete").click()
    await page.locator("form[method=post] [type=submit]").last.click()
    await expect(page.get_by_text("was deleted successfully")).to_be_visible()
    await expect(page.get_by_role("row", name="Roadside Picnic")).to_have_count(0)
    assert visit.troubles == []


async def test_a_redesign_keeps_labels_but_no_id_class_or_nesting(
    django_admin: StartApplication, visit: Visit
) -> None:
    page = visit.page
    original, restyled = django_admin(), django_admin(look=Look.RESTYLED)
    await sign_in(page, original)
    await page.goto(f"{original}library/book/add/")
    await expect(page.locator("#id_title")).to_be_visible()
    await sign_in(page, restyled)
    await page.goto(f"{restyled}library/book/add/")
    await expect(page.get_by_label("Title:")).to_be_visible()
    await expect(page.locator("#id_title, .submit-row, .vTextField")).to_have_count(0)
    await expect(page.locator(":not(span) > input:visible")).to_have_count(0)


async def test_rewording_changes_visible_words(
    django_admin: StartApplication, visit: Visit
) -> None:
    page, address = visit.page, django_admin(look=Look.REWORDED)
    await sign_in(page, address)
    await page.goto(f"{address}library/book/add/")
    await expect(page.get_by_label("Book title:", exact=True)).to_be_visible()
    await expect(page.get_by_role("button", name="Save changes", exact=True)).to_be_visible()
    await expect(page.get_by_role("button", name="Save", exact=True)).to_have_count(0)
    await page.goto(f"{address}library/book/")
    await expect(page.get_by_role("link", name="Add a book")).to_be_visible()


async def test_an_ignored_save_reports_success_and_stores_nothing(
    django_admin: StartApplication, visit: Visit
) -> None:
    page, address = visit.page, django_admin(bug="save_ignored")
    await sign_in(page, address)
    await add_book(page, address)
    await expect(page.get_by_role("row", name="Roadside Picnic")).to_have_count(0)
    await page.get_by_role("link", name="Solaris").click()
    await page.locator("[name=pages]").fill("999")
    await page.locator("[name=_save]").click()
    await expect(page.get_by_text("was changed successfully")).to_be_visible()
    await expect(page.get_by_role("row", name="Solaris")).to_contain_text("204")


async def test_the_wrong_page_after_a_save_is_the_front_page_and_the_record_is_stored(
    django_admin: StartApplication, visit: Visit
) -> None:
    page, address = visit.page, django_admin(bug="wrong_page_after_save")
    await sign_in(page, address)
    await add_book(page, address)
    await expect(page).to_have_url(address)
    await page.goto(f"{address}library/book/")
    await expect(page.get_by_role("row", name="Roadside Picnic")).to_have_count(1)


async def test_confirming_a_deletion_answers_500_and_deletes_nothing(
    django_admin: StartApplication, visit: Visit
) -> None:
    page, address = visit.page, django_admin(bug="error_on_delete")
    await sign_in(page, address)
    await page.goto(f"{address}library/book/1/delete/")
    async with page.expect_response(lambda answer: answer.request.method == "POST") as answered:
        await page.get_by_role("button", name="Yes").click()
    assert (await answered.value).status == 500
    await page.goto(f"{address}library/book/")
    await expect(page.get_by_role("row", name="The Dispossessed")).to_have_count(1)


@pytest.mark.parametrize("look", [Look.ORIGINAL, Look.REWORDED])
@pytest.mark.parametrize(
    ("bug", "missing", "left"),
    [
        ("element_missing", "a[href$='/delete/']", "[name=_save]"),
        ("button_removed", "[name=_save]", "[name=_continue]"),
    ],
)
async def test_what_is_missing_is_missing_in_each_look_and_its_like_is_still_there(
    django_admin: StartApplication, visit: Visit, look: Look, bug: str, missing: str, left: str
) -> None:
    page, address = visit.page, django_admin(bug=bug, look=look)
    await sign_in(page, address)
    await page.goto(f"{address}library/book/1/change/")
    await expect(page.locator(left)).to_be_visible()
    await expect(page.locator(missing)).to_have_count(0)
