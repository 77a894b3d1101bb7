"""Each way of misbehaving is as bad as it says."""

from collections.abc import Callable

import httpx
import pytest
from playwright.async_api import Dialog, expect
from playwright.async_api import TimeoutError as PlaywrightTimeoutError

from subjects.conftest import Visit

Start = Callable[[str], str]
IMPATIENT_MS = 700


def test_every_address_answers_500(hostile: Start) -> None:
    address = hostile("errors")
    for path in ("", "about", "save"):
        assert httpx.get(address + path).status_code == 500
    assert httpx.post(f"{address}save", data={"name": "x"}).status_code == 500


def test_redirects_never_end(hostile: Start) -> None:
    with pytest.raises(httpx.TooManyRedirects):
        httpx.get(hostile("redirects"), follow_redirects=True)


@pytest.mark.parametrize(("way", "headers_come"), [("silent", False), ("endless", True)])
def test_the_answer_never_ends(hostile: Start, way: str, headers_come: bool) -> None:
    address, seen = hostile(way), False
    patience_s = 30 if headers_come else IMPATIENT_MS / 1000

    def read() -> None:
        nonlocal seen
        with httpx.stream("GET", address, timeout=patience_s) as answer:
            seen = True
            for number, _ in enumerate(answer.iter_raw()):
                assert number < 5

    with pytest.raises((httpx.ReadTimeout, AssertionError)):
        read()
    assert seen is headers_come


def test_the_answer_breaks_off(hostile: Start) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(hostile("cut_off"))


def test_each_page_takes_its_time(hostile: Start) -> None:
    address = hostile("slow")
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(address, timeout=IMPATIENT_MS / 1000)
    assert httpx.get(address, timeout=30).status_code == 200


def test_a_page_links_to_new_pages_for_ever(hostile: Start) -> None:
    address = hostile("infinite_links")
    assert "/item/8192'" in httpx.get(f"{address}item/4095").text


@pytest.mark.parametrize(
    ("way", "tag", "count"), [("many_links", "<li>", 10_000), ("huge", "<td>", 81_000)]
)
def test_a_page_is_out_of_all_proportion(hostile: Start, way: str, tag: str, count: int) -> None:
    assert httpx.get(hostile(way)).text.count(tag) >= count


async def test_a_page_moves_on_by_itself_again_and_again(hostile: Start, visit: Visit) -> None:
    address, seen = hostile("scripted_redirects"), set[str]()
    visit.page.on("framenavigated", lambda frame: seen.add(frame.url))
    await visit.page.goto(address, wait_until="commit")
    async with visit.page.expect_event("framenavigated", lambda _: len(seen) > 3):
        pass


@pytest.mark.parametrize("way", ["dialogs", "dialog_loop"])
async def test_dialogs_keep_coming_however_often_they_are_closed(
    hostile: Start, visit: Visit, way: str
) -> None:
    closed = 0

    async def close(dialog: Dialog) -> None:
        nonlocal closed
        closed += 1
        await dialog.dismiss()

    visit.page.on("dialog", close)
    async with visit.page.expect_event("dialog", lambda _: closed > 5):
        await visit.page.goto(hostile(way), wait_until="commit")


async def test_a_click_keeps_the_browser_busy_for_ever(hostile: Start, visit: Visit) -> None:
    await visit.page.goto(hostile("busy_loop"))
    with pytest.raises(PlaywrightTimeoutError):
        await visit.page.get_by_role("heading").click(timeout=IMPATIENT_MS)


async def test_a_click_opens_another_window(hostile: Start, visit: Visit) -> None:
    await visit.page.goto(hostile("popups"))
    async with visit.page.expect_popup():
        await visit.page.get_by_role("heading").click()


async def test_scripts_fail_in_every_way_there_is(hostile: Start, visit: Visit) -> None:
    await visit.page.goto(hostile("script_errors"), wait_until="networkidle")
    troubles = " ".join(visit.troubles)
    for trouble in ("nobody catches this", "nor this", "missing is not defined", "404"):
        assert trouble in troubles


async def test_bytes_that_are_no_page_show_as_one_without_any_element(
    hostile: Start, visit: Visit
) -> None:
    await visit.page.goto(hostile("not_html"))
    await expect(visit.page.get_by_role("button")).to_have_count(0)
