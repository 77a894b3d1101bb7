"""The page in a browser, as a reader meets it."""

import re
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from playwright.async_api import Browser, expect

from argus.services.qa.outcome import Category, Cause, Difference, Evidence, Recording, RunReport
from argus.services.qa.reports.page import duration, link, ticks
from argus.services.qa.reports.timeline import Timeline
from argus.services.qa.reports.write import write_report
from services.qa.reports.samples import (
    APP_URL,
    FAILED,
    FAILING,
    FINDINGS,
    HEALED,
    draw_screenshot,
    passed,
    report_of,
    timeline_of,
)

CONTRAST = """() => {
    const luminance = ([r, g, b]) => [r, g, b]
        .map(c => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
        .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
    const parse = color => color.match(/[\\d.]+/g).map(Number);
    const background = element => {
        for (; element; element = element.parentElement) {
            const color = parse(getComputedStyle(element).backgroundColor);
            if (color.length === 3 || color[3] === 1) return color;
        }
    };
    const poor = [];
    for (const element of document.querySelectorAll('body *')) {
        const says = [...element.childNodes].some(n => n.nodeType === 3 && n.data.trim());
        if (!says || !element.checkVisibility({ opacityProperty: true })) continue;
        const pair = [parse(getComputedStyle(element).color), background(element)].map(luminance);
        const ratio = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
        if (ratio < 4.5) poor.push(`${element.className}: ${element.textContent} ${ratio}`);
    }
    return poor;
}"""


def write(report: RunReport, folder: Path, timeline: Timeline | None = None) -> str:
    draw_screenshot(folder / "create-book-s6.png")
    draw_screenshot(folder / "create-book.film.png")
    (folder / "create-book.trace.zip").touch()
    return write_report(report, timeline or timeline_of(report), folder).as_uri()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_text_has_enough_contrast(
    browser: Browser, tmp_path: Path, scheme: str
) -> None:
    page = await browser.new_page(color_scheme="dark" if scheme == "dark" else "light")
    await page.goto(write(FAILING, tmp_path))
    await page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert await page.evaluate(CONTRAST) == []


async def test_headings_are_in_order_and_every_picture_says_what_it_shows(
    browser: Browser, tmp_path: Path
) -> None:
    page = await browser.new_page()
    await page.goto(write(FAILING, tmp_path))
    levels = await page.eval_on_selector_all("h1, h2, h3, h4", "all => all.map(h => +h.tagName[1])")
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert await page.locator("img:not([alt]), img[alt='']").count() == 0
    assert await page.locator("html").get_attribute("lang") == "en"


async def test_every_link_and_picture_of_the_page_is_there_and_nothing_is_fetched_from_elsewhere(
    browser: Browser, tmp_path: Path
) -> None:
    page = await browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    address = write(FAILING, tmp_path)
    await page.goto(address)
    await expect(page.locator("img").first).to_be_visible()
    widths = await page.eval_on_selector_all(
        "details[open] img", "all => all.map(i => i.naturalWidth)"
    )
    assert set(widths) == {8}
    assert all(url.startswith(tmp_path.as_uri()) for url in asked)
    targets = await page.eval_on_selector_all(
        "[href]:not(use), [src]", "all => all.map(e => e.getAttribute('href') ?? e.src)"
    )
    assert "#test-1" in targets
    for target in targets:
        parts = urlsplit(target)
        if target.startswith("#"):
            assert await page.locator(target).count() == 1, target
        elif parts.scheme in ("", "file"):
            assert (tmp_path / unquote(Path(parts.path).name)).is_file(), target
        else:
            assert target.startswith(APP_URL.removesuffix("admin/")), target


async def test_a_failure_says_what_was_expected_how_to_see_it_and_what_it_looked_like(
    browser: Browser, tmp_path: Path
) -> None:
    report = report_of(FAILED).model_copy(update={"username": "ada"})
    timeline = timeline_of(report)
    [test] = timeline.tests
    opens = test.steps[0].model_copy(update={"path": "/admin/library/book/"})
    cleans = test.steps[0].model_copy(update={"label": "tidy up", "cleanup": True})
    changed = test.model_copy(update={"steps": (opens, *test.steps[1:], cleans)})
    page = await browser.new_page()
    await page.goto(write(report, tmp_path, timeline.model_copy(update={"tests": (changed,)})))

    card = page.locator("details.test")
    await expect(card.locator(".difference")).to_contain_text("a created record appears")
    await expect(card.locator(".difference .seen")).to_contain_text("no row shows")
    assert await card.get_by_text("step s6").count() == 1, "the screenshot's caption only"
    await expect(card).to_contain_text("signed in as ada")
    assert await card.locator(".steps li").count() == len(test.steps)
    await expect(card).to_contain_text("Then the test removed what it had made: tidy up.")
    links = await card.locator(".steps a").evaluate_all("all => all.map(a => a.href)")
    assert links == [f"{APP_URL}library/book/"]
    assert await card.locator(".film img").evaluate("img => img.naturalWidth") == 8
    await expect(card).to_contain_text("npx playwright show-trace create-book.trace.zip")


async def test_tests_are_filtered_by_status_without_scripts(
    browser: Browser, tmp_path: Path
) -> None:
    page = await browser.new_page(java_script_enabled=False)
    await page.goto(write(FAILING, tmp_path))
    shown = page.locator(".test").filter(visible=True)
    await expect(shown).to_have_count(7)
    await page.get_by_label("healed").check()
    await expect(shown).to_have_count(1)
    await expect(shown).to_contain_text("Edit a book")
    await page.get_by_label("all", exact=True).check()
    await expect(shown).to_have_count(7)


async def test_the_timeline_leads_to_a_test_and_opens_it(browser: Browser, tmp_path: Path) -> None:
    page = await browser.new_page(java_script_enabled=False)
    await page.goto(write(FAILING, tmp_path))
    healed = page.locator(".test", has_text="Edit a book")
    await expect(healed.locator(".body")).to_be_hidden()
    await page.locator("#timeline").get_by_role("link", name="Edit a book").click()
    await expect(healed.locator(".heal").first).to_be_in_viewport()


async def test_a_heal_is_explained_with_its_locators_measures_and_reasons(
    browser: Browser, tmp_path: Path
) -> None:
    page = await browser.new_page()
    await page.goto(write(report_of(HEALED), tmp_path))
    await page.get_by_text("Edit a book").first.click()
    heal = page.locator(".heal").first
    await expect(heal).to_contain_text('role=button "Save" ')
    await expect(heal).to_contain_text('role=button "Save changes"')
    await expect(heal).to_contain_text("0.87")
    await expect(heal).to_contain_text("proven")
    await expect(heal).to_contain_text("the words contain the old ones")


async def test_what_the_application_says_stays_text(browser: Browser, tmp_path: Path) -> None:
    bad = "<script>alert(1)</script><img src=x onerror=alert(2)>\"' onload=alert(3) {{ 7 * 7 }}"
    evidence = Evidence(kind=bad, message=bad, url="javascript:alert(4)", screenshot="../x.png")
    heal = HEALED.heals[0].model_copy(update={"step": bad, "before": bad, "after": bad})
    changes = {
        "id": bad,
        "name": bad,
        "evidence": (evidence,),
        "heals": (heal,),
        "differences": (Difference(expected=bad, seen=bad, url="javascript:alert(6)"),),
        "recording": Recording(trace=f"javascript:{bad}", film="../x.png"),
    }
    finding = FINDINGS[0].model_copy(
        update={"kind": bad, "message": bad, "url": "data:text/html,x", "evidence": (evidence,)}
    )
    report = report_of(FAILED.model_copy(update=changes), findings=(finding,))
    report = report.model_copy(update={"app_url": "javascript:alert(5)", "run_id": bad})
    page = await browser.new_page()
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    await page.goto(write(report, tmp_path, Timeline()))
    await expect(page.get_by_text("<script>alert(1)</script>").first).to_be_visible()
    assert await page.locator("script, img, [onload], [onerror]").count() == 0
    addresses = await page.eval_on_selector_all("a", "all => all.map(a => a.protocol)")
    assert set(addresses) <= {"file:", "http:", "https:"}
    assert dialogs == []


@pytest.mark.parametrize("report", [report_of(), report_of(*(passed(n) for n in range(200)))])
async def test_an_empty_and_a_long_run_fit_a_telephone(
    browser: Browser, tmp_path: Path, report: RunReport
) -> None:
    page = await browser.new_page(viewport={"width": 390, "height": 800})
    await page.goto(write(report, tmp_path, None if report.tests else Timeline()))
    await expect(page.locator(".test")).to_have_count(len(report.tests))
    overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert await page.evaluate(overflow) == 0
    assert not re.search(r"\b(None|Undefined)\b", await page.locator("body").inner_text())


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [
        (0, "0 ms"),
        (999, "999 ms"),
        (1000, "1 s"),
        (1249, "1.2 s"),
        (59_960, "1 min"),
        (125_000, "2 min 5 s"),
        (3_600_000, "60 min"),
    ],
)
def test_durations_are_readable(milliseconds: int, text: str) -> None:
    assert duration(milliseconds) == text


@pytest.mark.parametrize("end_ms", [0, 1, 99, 3000, 17_600, 60_000, 510_000, 7_200_000, 10**9])
def test_a_scale_has_few_round_ticks_that_start_at_zero(end_ms: int) -> None:
    times = ticks(end_ms)
    assert len(times) <= 8
    assert times[:1] == ((0,) if end_ms else ())
    assert all(time < end_ms for time in times)


def test_links_lead_to_web_pages_only() -> None:
    assert link(APP_URL, "/static/") == "http://127.0.0.1:8000/static/"
    assert link(APP_URL, "") == APP_URL
    for url in ("javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "http://[", " \0"):
        assert not link(APP_URL, url).startswith(("javascript", "data", "file"))


def page_with_cause(what: str, folder: Path) -> str:
    """The page of a report on a failing test with its cause."""
    cause = Cause(
        category=Category.PRODUCT_BUG,
        what=what,
        step="",
        url="",
        tests=(FAILED.id,),
        suspects=(),
    )
    report = FAILING.model_copy(update={"causes": (cause,)})
    return Path(urlsplit(write(report, folder)).path).read_text()


def test_what_is_broken_is_told_first_with_what_was_expected_and_leads_to_its_test(
    tmp_path: Path,
) -> None:
    page = page_with_cause("no row", tmp_path)
    assert page.index('id="causes"') < page.index('id="findings"')
    [told] = re.findall(r'no row \(expected: (.*?)\)\. Seen in 1 test: <a href="#(.*?)">', page)
    assert told[0] == "a created record appears in its list"
    assert f'id="{told[1]}"' in page


def test_a_cause_is_told_with_what_was_seen_not_with_the_names_of_made_up_values(
    tmp_path: Path,
) -> None:
    page = page_with_cause('no row shows "${title}"', tmp_path)
    assert "no row shows &#34;Roadside Picnic 7f3a&#34; (expected: " in page
    assert "(title)" not in page


async def test_on_paper_a_test_that_passed_is_one_line_and_every_other_one_is_open(
    browser: Browser, tmp_path: Path
) -> None:
    page = await browser.new_page()
    await page.goto(write(FAILING, tmp_path))
    await page.emulate_media(media="print")
    for status in ("failed", "healed", "flaky", "skipped"):
        await expect(page.locator(f".test.{status} .body").last).to_be_visible()
    await expect(page.locator(".test.passed summary").first).to_be_visible()
    await expect(page.locator(".test.passed .body").filter(visible=True)).to_have_count(0)


async def test_a_report_says_when_the_application_was_tested(
    browser: Browser, tmp_path: Path
) -> None:
    began = datetime(2026, 11, 3, 9, 5, tzinfo=UTC)
    timeline = timeline_of(FAILING).model_copy(update={"began": began})
    page = await browser.new_page()
    await page.goto(write(FAILING, tmp_path, timeline))
    await expect(page.locator(".facts")).to_contain_text("3 November 2026, 09:05 UTC")
    assert "of 3 November 2026, 09:05 UTC" in (tmp_path / "report.md").read_text()
