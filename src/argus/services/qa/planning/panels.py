"""Tests of what no address leads to: menus, dialogs, tabs and panels that a control opens.

Nothing is chosen or submitted there. A panel opens, shows what it showed before, and closes.
"""

import re
from collections.abc import Iterable, Sequence

from argus.services.qa.browser.elements import Element, looks_generated, observe
from argus.services.qa.browser.fence import signature
from argus.services.qa.browser.traffic import SAFE_METHODS
from argus.services.qa.discovery.site import State
from argus.services.qa.expectation import Expectation, TextAbsent, TextPresent
from argus.services.qa.ir import Action, Flow, Phase, Step, Test
from argus.services.qa.planning.assembly import Part, Steps, assemble
from argus.services.qa.planning.controls import Purpose, is_pressable, purpose
from argus.services.qa.planning.recorder import NotLearned, Recorder
from argus.services.qa.planning.rows import appeared
from argus.services.qa.planning.touring import main_heading
from argus.services.qa.target import Target

OPENS = "a control opens the same each time"
CLOSES = "what was opened can be closed again"

_LONGEST_WAY = 3
_MOST_CONTROLS = 4
_LEAVES = Purpose.CANCEL
_FUNCTION_KEY = re.compile(r"\bF\d\d?\b")
_LEADS_NOWHERE = re.compile(r"#?|javascript:.*")


def panels(states: Iterable[State], most: int) -> list[State]:
    """States that controls open without leaving the page, the nearest first, `most` of them.

    One that the same control of the same layout opens on several pages is there once.
    """
    kept: dict[tuple[tuple[str, str], ...], State] = {}
    nearest = sorted(states, key=lambda state: len(state.path))
    complaining = {each.url for each in nearest if len(each.path) == 1 and each.validation_error}
    for state in nearest:
        presses = state.path[1:]
        stays = bool(presses) and len(state.path) <= _LONGEST_WAY and _is_at(state)
        if not stays or (state.validation_error and state.url not in complaining):
            continue
        targets = [step.target for step in presses if step.target is not None]
        way = tuple((each.description, each.fingerprint.xpath) for each in targets)
        if all(is_lasting(label(each)) for each in targets):
            kept.setdefault(way, state)
    return list(kept.values())[:most]


def _is_at(state: State) -> bool:
    """Whether it is at the address that its way begins with, as far as that says where."""
    opened = state.path[0].value
    return opened == (state.url if "#" in str(opened) else state.url.partition("#")[0])


async def panel_test(hand: Recorder, state: State) -> Test:
    """The panel opens with the heading and controls that are not there before, and closes.

    Raises:
        NotLearned: nothing lasting comes up, something is sent, or it belongs to a record.
    """
    *way, last = state.path
    reads = {sent for step in way for sent in await _take(hand, step)}
    before = await hand.elements(with_text=True)
    if _is_of_record(last, before):
        raise NotLearned("it belongs to a record")
    if await _take(hand, last) - reads:
        raise NotLearned("opening it sends something")
    new = appeared(await hand.elements(with_text=True), before)
    heading, controls = main_heading(new), [each for each in new if _is_command(each)]
    shown: list[Expectation] = []
    if is_lasting(heading):
        shown.append(TextPresent(text=heading, oracle=OPENS))
    shown += (await hand.offered(controls, oracle=OPENS))[:_MOST_CONTROLS]
    if not shown:
        raise NotLearned("nothing lasting comes up")
    parts = [Part(name="open", phase=Phase.ACT, steps=hand.piece(*shown))]
    if closing := await _closing(hand, new, heading):
        parts.append(Part(name="close", phase=Phase.ACT, steps=closing))
    labels = way_to(state)
    what = _what(state, new)
    return assemble(f'{what} "{labels}"', Flow.NAVIGATE, state.url_template, parts, subject=labels)


def way_to(state: State) -> str:
    """What to press to open it: `File > New`."""
    return " > ".join(label(step.target) for step in state.path if step.target)


def is_lasting(text: str) -> bool:
    """Whether it may be expected to be the same next time: no number, date or count."""
    return bool(text) and not any(each.isdigit() for each in _FUNCTION_KEY.sub("", text))


def label(target: Target) -> str:
    """What a person calls a control; of one that shows an icon alone, what the application does."""
    f = target.fingerprint
    shown = re.sub(r"[\uE000-\uF8FF]", "", f.name or f.text).strip()  # icons of a font
    identity = f.attributes.get("id", "")
    return shown or f.attributes.get("title", "") or ("" if looks_generated(identity) else identity)


def _what(state: State, new: Iterable[Element]) -> str:
    opener = state.path[-1].target
    if state.dialog_open:
        return "Open the dialog"
    if opener is not None and opener.fingerprint.role == "tab":
        return "Show the tab"
    if any(each.fingerprint.role.startswith("menuitem") for each in new):
        return "Open the menu"
    return "Press"


def _is_of_record(step: Step, elements: Iterable[Element]) -> bool:
    """Whether the control stands in a row, with more than itself."""
    known = step.target and step.target.fingerprint
    same = [e for e in elements if known is not None and e.fingerprint.xpath == known.xpath]
    return any(not _stands_alone(each) for each in same)


def _is_command(element: Element) -> bool:
    """Whether it is a control of the panel, not one of a record that the panel shows."""
    f = element.fingerprint
    leads_on = f.tag == "a" and _LEADS_NOWHERE.fullmatch(f.attributes.get("href", "")) is None
    return is_lasting(f.name) and is_pressable(f) and _stands_alone(element) and not leads_on


def _stands_alone(element: Element) -> bool:
    return element.row_text in {"", element.fingerprint.name, element.fingerprint.text}


async def _take(hand: Recorder, step: Step) -> set[str]:
    """Take the step; the signatures of what it sends that may change something."""
    value = step.value if isinstance(step.value, str) else None
    outcome = await hand.do(step.action, step.target, value)
    sent = [each for each in outcome.requests if each.method not in SAFE_METHODS]
    return {signature(each.method, each.url) for each in sent}


async def _closing(hand: Recorder, new: Sequence[Element], heading: str) -> Steps:
    """Escape, or the panel's own control for it; empty where neither closes it."""
    session = hand.session
    names = [heading, *(each.fingerprint.name for each in new)]
    texts = [text for text in dict.fromkeys(names) if is_lasting(text)]
    shown = [text for text, there in (await observe(session, texts=texts)).texts.items() if there]
    leaving = [e for e in new if is_pressable(e.fingerprint) and purpose(e.fingerprint) is _LEAVES]
    try:
        await hand.do(Action.PRESS, value="Escape")
        for way in (*leaving[:1], None):
            left = (await observe(session, texts=shown)).texts
            if gone := next((text for text in shown if not left[text]), ""):
                return hand.piece(TextAbsent(text=gone, oracle=CLOSES))
            if way is not None:
                await hand.do(Action.CLICK, await hand.target(way))
    except NotLearned:  # it cannot be pressed
        pass
    return ()
