"""From a target to the one visible element it means."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from typing import Any, cast

from playwright.async_api import Locator as PageLocator
from playwright.async_api import Page

from argus.kernel.schema import Value
from argus.services.qa.browser.errors import PageFailed
from argus.services.qa.browser.page_script import on_nodes, on_page, with_dom
from argus.services.qa.browser.session import Session
from argus.services.qa.target import Fingerprint, Locator, LocatorKind, Row, Target
from argus.services.qa.templates import fill_in

_ENTER = with_dom(files("argus.services.qa.browser").joinpath("enter.js").read_text("utf-8"))
_NAMELESS = {LocatorKind.CSS, LocatorKind.XPATH}


class Found(StrEnum):
    """How many visible elements a target means at the moment."""

    ONE = "one"
    NONE = "none"
    MANY = "many"


class Resolution(Value):
    """What became of a target on the page as it is now. Safe to store: it holds no page object."""

    found: Found
    used: int = -1
    """Index of the locator that matched exactly one visible element; -1 unless `found` is ONE."""
    counts: tuple[int, ...] = ()
    """Visible matches of each locator tried, in order."""
    row_count: int = 1
    """How many rows show the row's text; 1 when the target has no row."""
    refused: str = ""
    """Why a lower locator's only match was not taken."""
    fingerprint: Fingerprint | None = None
    """The element as it is now, when ONE."""

    @property
    def reason(self) -> str:
        """For people: why the target was not found, or how it was."""
        if self.found is Found.ONE:
            return f"found by locator {self.used + 1}"
        if self.row_count != 1:
            return f"{self.row_count} rows show the row's text"
        if self.refused:
            return self.refused
        matches = max(self.counts, default=0)
        return f"{matches} elements match" if matches else "no visible element matches"


class Match(Value):
    """Visible matches of one locator. `index` is the only one's place among all matches."""

    count: int
    hidden: int
    index: int
    same: bool
    fingerprint: Fingerprint | None = None


async def resolve(
    session: Session, target: Target, values: Mapping[str, str]
) -> tuple[Resolution, PageLocator | None]:
    """Find the target's element now, without waiting.

    The first locator that matches exactly one visible element wins. A lower locator, and one that
    does not itself look at names (CSS, XPath), counts only if its match still has the recorded role
    and accessible name: an id that survived on a button that now says something else is for the
    healer to judge, not for a silent fallback.

    Raises:
        PageFailed: the page does not stand it.
        playwright.async_api.Error: the page navigated meanwhile.
    """
    page = session.page
    if (sure := sure_locator(page, target, values)) is not None:
        now, visible = await asyncio.gather(
            sure.read(session), sure.located.is_visible(), return_exceptions=True
        )
        if isinstance(now, PageFailed):
            raise now
        if isinstance(now, Fingerprint) and visible is True:
            return found_at_once(now), sure.located
    scope: Page | PageLocator = page
    if target.row is not None:
        paths = await row_paths(page, fill_in(target.row.text, values))
        if len(paths) != 1:
            found = Found.MANY if paths else Found.NONE
            return Resolution(found=found, row_count=len(paths)), None
        scope = page.locator(paths[0])
    counts: list[int] = []
    refused = ""
    for index, locator in enumerate(target.locators):
        located = playwright_locator(scope, locator, values)
        match = await match_of(located)
        counts.append(match.count)
        if match.fingerprint is None:
            continue
        checked = index > 0 or locator.kind in _NAMELESS or not locator.value
        if checked and (refusal := _another(target.fingerprint, match.fingerprint, values)):
            refused = refused or refusal
            continue
        resolution = Resolution(
            found=Found.ONE, used=index, counts=tuple(counts), fingerprint=match.fingerprint
        )
        return resolution, located.nth(match.index) if match.hidden else located
    found = Found.MANY if any(count > 1 for count in counts) else Found.NONE
    return Resolution(found=found, counts=tuple(counts), refused=refused), None


@dataclass(frozen=True)
class SureLocator:
    """A target's first locator, where `resolve` would take its only match without a second look."""

    located: PageLocator
    _wanted: Mapping[str, str]

    async def read(self, session: Session) -> Fingerprint | None:
        """What its only visible match is; None where there is none, or more.

        Cheaper than `match_of`: Playwright looks for elements in a world apart from the page's
        scripts, and to look in the page's world as well it has to install itself there, too.
        """
        answer = await session.evaluate(on_page("only(arg)"), self._wanted)
        return None if answer is None else Fingerprint.model_validate(answer)

    async def fill(self, session: Session, text: str) -> Fingerprint | None:
        """Type over what its only visible match holds, and say what that is.

        As Playwright does it, but for what that installs in each document: the field is as ready,
        and its scripts see the same. Nothing is waited for: None, and nothing typed, where the
        field is not there, not ready, or of a kind that is not typed into.

        Raises:
            PageUnresponsive: the page's scripts do not yield, or its renderer crashed.
            playwright.async_api.Error: the page navigated meanwhile.
        """
        if not text:
            return None
        given = {"wanted": self._wanted, "text": text, "option": None}
        answer = await session.evaluate(_ENTER, given)
        if answer is None:
            return None
        await session.page.keyboard.insert_text(text)
        return Fingerprint.model_validate(answer)

    async def choose_and_look(
        self, session: Session, option: str, look: str, asked: object
    ) -> tuple[Fingerprint | None, tuple[Any] | None]:
        """Choose an option of its only visible match, and look at the page, in one message.

        The first is None, and nothing chosen, as with `fill`; the second as of
        `Session.act_and_look`, which says what is raised.
        """
        given = {"wanted": self._wanted, "text": "", "option": option}
        chosen, seen = await session.act_and_look(_ENTER, given, look, asked)
        return None if chosen is None else Fingerprint.model_validate(chosen), seen


def sure_locator(page: Page, target: Target, values: Mapping[str, str]) -> SureLocator | None:
    """The target's first locator if it is a test id, or a role with the whole name."""
    if target.row is not None or not target.locators:
        return None
    first = target.locators[0]
    value = fill_in(first.value, values)
    if first.kind is LocatorKind.TEST_ID and value:
        wanted = {"testId": value}
    elif first.kind is LocatorKind.ROLE and first.exact and value:
        wanted = {"role": first.role, "name": value}
    else:
        return None
    return SureLocator(playwright_locator(page, first, values), wanted)


def found_at_once(fingerprint: Fingerprint) -> Resolution:
    """The resolution of a target whose first locator led to the element."""
    return Resolution(found=Found.ONE, used=0, counts=(1,), fingerprint=fingerprint)


async def match_of(located: PageLocator, ref: int | None = None) -> Match:
    """How many visible elements a Playwright locator matches, and the only one's fingerprint."""
    answer = await located.evaluate_all(
        on_nodes("match(nodes, arg)"), {"ref": ref, "whole": ref is None}
    )
    return Match.model_validate(answer)


async def is_only(
    page: Page, locator: Locator, ref: int, values: Mapping[str, str], row: Row | None
) -> bool:
    """Whether, inside `row` if given, the locator's only visible match is the snapshot's `ref`."""
    scope: Page | PageLocator = page
    if row is not None:
        paths = await row_paths(page, fill_in(row.text, values))
        if len(paths) != 1:
            return False
        scope = page.locator(paths[0])
    return (await match_of(playwright_locator(scope, locator, values), ref)).same


async def row_paths(page: Page, text: str) -> list[str]:
    """Selectors of the innermost visible rows, list items or cards that show `text`."""
    return cast("list[str]", await page.evaluate(on_page("rowPaths(arg)"), text))


def playwright_locator(  # noqa: PLR0911 - one return for each kind
    scope: Page | PageLocator, locator: Locator, values: Mapping[str, str]
) -> PageLocator:
    """The Playwright form of a locator with the values filled in."""
    value, exact = fill_in(locator.value, values), locator.exact
    match locator.kind:
        case LocatorKind.TEST_ID:
            return scope.get_by_test_id(value)
        case LocatorKind.ROLE:
            role = cast("Any", locator.role)  # data here; Playwright types it as literals
            return scope.get_by_role(role, name=value or None, exact=exact)
        case LocatorKind.LABEL:
            return scope.get_by_label(value, exact=exact)
        case LocatorKind.PLACEHOLDER:
            return scope.get_by_placeholder(value, exact=exact)
        case LocatorKind.ALT:
            return scope.get_by_alt_text(value, exact=exact)
        case LocatorKind.TITLE:
            return scope.get_by_title(value, exact=exact)
        case LocatorKind.TEXT:
            return scope.get_by_text(value, exact=exact)
        case LocatorKind.CSS:
            return scope.locator(f"css={value}")
        case LocatorKind.XPATH:
            return scope.locator(f"xpath={value}")


def _another(known: Fingerprint, now: Fingerprint, values: Mapping[str, str]) -> str:
    name = fill_in(known.name, values)
    if now.role != known.role:
        return f"a locator leads to a {now.role or now.tag}, not a {known.role or known.tag}"
    if now.name != name:
        return f'a locator leads to "{now.name}", not "{name}"'
    return ""
