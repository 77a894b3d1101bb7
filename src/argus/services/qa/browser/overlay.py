"""What an application lays over its page when it is opened: a tour, news, a question of consent.

A person closes it and goes on. So does everybody here, as with the browser's own dialogs, so that
what is under it can be seen and pressed; nothing is agreed to. What asks for input stays.
"""

import re
from collections import Counter
from collections.abc import Container, Iterable
from importlib import resources

from playwright.async_api import Error as PlaywrightError

from argus.kernel.schema import Value
from argus.services.qa.browser.fence import sent_in
from argus.services.qa.browser.page_script import with_dom
from argus.services.qa.browser.session import Session
from argus.services.qa.safety import is_destructive, may_click, words
from argus.services.qa.urls import relative_url

_SCRIPT = with_dom(resources.files("argus.services.qa.browser").joinpath("overlay.js").read_text())
_LIMITS = {"soon": 300, "few": 3}
"""Milliseconds in which a page that starts may still lay something over itself; how many of its
controls are under it at the least."""
_MOST_ROUNDS = 8
_MOST_WAITS = 2
_WAYS = 2
"""To close something: Escape, and its own control."""
_CLICK_TIMEOUT_MS = 1_000

_CROSSES = "×✕✖✗"
_CLOSES = re.compile(
    rf"\b(close|dismiss|skip|hide|later|got it|understood)\b|^[{_CROSSES}x]$", re.IGNORECASE
)
_DECLINES = re.compile(
    r"^(i )?(no|not|never|don['’]?t|do not|decline|deny|disagree|refuse|reject)\b(?! miss)(?!.*\?)"
    r"|\bwithout (accept|agree|consent)",
    re.IGNORECASE,
)
"""Neither "Never miss an update" nor "No account? Sign up" do."""
_DOES_MORE = words("account agree agreed allow consent continue ok okay proceed sure yes")
"""Beside what no control may say that is clicked to see what happens."""
_CLOSING_ICON = re.compile(r"(?<![a-z])(close|dismiss|times|xmark|cross)(?![a-z])", re.IGNORECASE)


class Control(Value):
    """A control that can be pressed although something lies over the page."""

    path: str
    role: str
    name: str
    hint: str
    """Classes and titles of the control and of what is in it."""
    asks: bool
    """It takes input."""


class _Seen(Value):
    due: bool
    controls: tuple[Control, ...] | None


def closing(controls: Iterable[Control]) -> Control | None:
    """The control that closes what it stands in, without agreeing to anything; None: there is none.

    What only closes comes before what says no. What destroys, pays, sends or signs out as well is
    left alone, and what closes also where the rest of its name might change something.
    """
    pressable = [each for each in controls if each.role in {"button", "link", ""}]
    return next(filter(_only_closes, pressable), next(filter(_only_declines, pressable), None))


def _only_closes(control: Control) -> bool:
    if not control.name:
        is_icon = _CLOSING_ICON.search(control.hint) is not None
        return is_icon and not is_destructive("", control.hint)
    beside, closes = _CLOSES.subn("", control.name)
    beside = beside.strip(f"{_CROSSES} ")
    return closes > 0 and not words(beside) & _DOES_MORE and may_click(beside, "")


def _only_declines(control: Control) -> bool:
    declines = _DECLINES.search(control.name) is not None and "account" not in words(control.name)
    return declines and not is_destructive(control.name, "")


async def open_uncovered(session: Session, path_or_url: str) -> None:
    """Load a fresh document, and `uncover` it.

    Raises:
        PageFailed: the page cannot be opened, or does not stand it.
    """
    mark = session.mark()
    seen = await session.goto_and_look(path_or_url, _SCRIPT, _LIMITS)
    await uncover(session, sent_in(session.since(mark)), seen)


async def uncover(session: Session, reads: Container[str], seen: object = None) -> None:
    """Close what lies over the page that has just been opened, as far as it can be closed.

    By Escape, else by its own control; one after another. Nothing that may change something leaves
    the page meanwhile but `reads`, what the page sends whenever it is opened (see
    `Session.nothing_changes`). What takes the address with it is a page of its own: it is opened
    again. `seen` is what the page has answered just now, if it was asked.

    Raises:
        PageFailed: the page does not stand it.
    """
    waits = 0
    tried: Counter[str] = Counter()
    for _ in range(_MOST_ROUNDS):
        try:
            answer = seen or await session.evaluate(_SCRIPT, _LIMITS)
            seen, now = None, _Seen.model_validate(answer)
            if now.due and waits < _MOST_WAITS:
                waits += 1
                await session.settle()
                continue
            if not now.controls or any(each.asks for each in now.controls):
                return
            overlay = " ".join(each.path for each in now.controls)
            tried[overlay] += 1
            closer = closing(now.controls)
            if tried[overlay] > _WAYS or (tried[overlay] == _WAYS and closer is None):
                return
            address = session.url
            async with session.nothing_changes(reads):
                if tried[overlay] == 1 or closer is None:
                    await session.page.keyboard.press("Escape")
                else:
                    await session.page.locator(closer.path).click(timeout=_CLICK_TIMEOUT_MS)
                await session.settle()
        except PlaywrightError:  # the page moved on by itself, or what closes it does not stay put
            if not session.connected:
                raise
            if waits == _MOST_WAITS:
                return
            waits += 1
            await session.settle()
        else:
            if relative_url(session.url) != relative_url(address):
                await session.goto(address)
                return
