"""Fill in what scripts draw: a list of options, a calendar, which a press of the field opens."""

from collections.abc import Iterable

from argus.services.qa.browser.elements import Element
from argus.services.qa.ir import Action, Step
from argus.services.qa.planning.fields import Entry
from argus.services.qa.planning.recorder import NotLearned, Recorder
from argus.services.qa.planning.rows import appeared
from argus.services.qa.target import LocatorKind, Target

_DAYS = frozenset(map(str, range(1, 29)))
_FIRST, _MIDDLE, _LAST = "1", "15", "28"


async def pick(hand: Recorder, entry: Entry) -> None:
    """Choose the option that is chosen already, else the first; of a calendar, a day.

    What the field then holds is kept by the entry's name, if the field is still called the same.

    Raises:
        NotLearned: pressing the field opens neither.
    """
    before = await hand.elements()
    await hand.do(Action.CLICK, entry.target)
    came = appeared(await hand.elements(), before)
    options = [e for e in came if e.fingerprint.role == "option" and e.fingerprint.name]
    if options:
        chosen = next(filter(_is_chosen, options), options[0])
        await hand.do(Action.CLICK, await hand.target(chosen))
    elif day := day_of(came):
        await hand.do(Action.CLICK, _of_any_month(await hand.target(day)))
    else:
        raise NotLearned(f"{entry.target.description} opens neither options nor a calendar")
    known = entry.target.fingerprint
    now = [e for e in await hand.elements() if e.fingerprint.xpath == known.xpath]
    if any(e.value and e.fingerprint.name == known.name for e in now):
        step = Step(id="learn", action=Action.VERIFY, target=entry.target, keep=entry.name)
        await hand.attempt(step)


def day_of(elements: Iterable[Element]) -> Element | None:
    """A day that a calendar among the elements offers in any month, as far as one can tell.

    It is the first where days to come are not offered, and a late one where days gone by are not.
    """
    days = {e.fingerprint.text: e for e in elements if e.fingerprint.text in _DAYS}
    if _MIDDLE not in days or not days.keys() & {_FIRST, _LAST}:
        return None
    order = [_MIDDLE]
    if _FIRST not in days:
        order = [_LAST]
    elif _LAST not in days:
        order = [_FIRST]
    return next((days[each] for each in order if each in days), None)


def _is_chosen(option: Element) -> bool:
    return option.fingerprint.attributes.get("aria-selected") == "true"


def _of_any_month(day: Target) -> Target:
    """The day by its number alone, where that tells it; its name may tell the month as well."""
    by_number = [each for each in day.locators if each.kind is LocatorKind.TEXT]
    if not by_number:
        return day
    number = day.fingerprint.text
    return day.model_copy(
        update={
            "description": number,
            "locators": tuple(by_number),
            "fingerprint": day.fingerprint.model_copy(update={"name": number}),
        }
    )
