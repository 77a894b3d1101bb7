"""Tests that put a list in order and narrow it down, with the controls that its page has for it.

They need no record of their own: what they expect holds whatever the list shows.
"""

import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial

from argus.services.qa.browser.elements import Element, observe
from argus.services.qa.discovery.site import Collection, Form
from argus.services.qa.execution.arithmetic import counts, words
from argus.services.qa.execution.order import column, out_of_order, sortable
from argus.services.qa.expectation import ColumnInOrder, CountIsRight, Expectation, RowCount
from argus.services.qa.ir import Action, Flow, Phase, Test
from argus.services.qa.naming import noun
from argus.services.qa.planning.assembly import Part, Steps, assemble
from argus.services.qa.planning.controls import is_pressable
from argus.services.qa.planning.recorder import NotLearned, Recorder, mutation
from argus.services.qa.planning.rows import appeared, same_form
from argus.services.qa.safety import may_click
from argus.services.qa.target import Target
from argus.services.qa.urls import path_template

SORTS = "a list that is sorted by a column is in its order"
NARROWS = "a list that is narrowed down to one kind shows no other"

COUNTS = "a kind has as many records as its choice says"

_MOST_COLUMNS = 4
_MOST_CHOICES = 2
_MOST_OTHERS = 4
_COUNT = re.compile(r"[\s(\[]*\d+[)\]]?$")
_INDEX = re.compile(r"\[\d+\]")

_Choice = dict[str, Callable[[], Awaitable[None]]]
"""Kinds of records, and how to choose each."""


async def sorting_test(
    hand: Recorder, collection: Collection, forms: Sequence[Form]
) -> Test | None:
    """The list is in the order of each column that it can be sorted by; None if by none."""
    parts: list[Part] = []
    await hand.open(collection.url)
    for head in sortable(await hand.figures()):
        if len(parts) == _MOST_COLUMNS:
            break
        hand.piece()
        await hand.open(collection.url)
        before = column(await hand.figures(), head)
        with suppress(NotLearned):
            await _sort_by(hand, head, forms)
        after = await hand.figures()
        order = ColumnInOrder(head=head, oracle=SORTS)
        sorts = column(after, head) != before and not out_of_order(after, head)
        if sorts and head in sortable(after):
            parts.append(_part("sort", parts, hand.piece(order)))
    return _test("Sort", collection, parts)


async def narrowing_test(
    hand: Recorder, collection: Collection, forms: Sequence[Form]
) -> Test | None:
    """After a kind of records is chosen, no row shows another; None if none can be chosen.

    It is chosen of a select, or by one of several tabs or buttons. Where those say how many there
    are of each kind, there are so many.
    """
    parts: list[Part] = []
    session = hand.session
    await hand.open(collection.url)
    elements = await hand.elements()
    choices = [*await _selects(hand, elements, forms), *await _tabs(hand, elements)]
    for choice in (*choices, *await _drawn(hand, elements)):
        await hand.open(collection.url)
        listed = (await observe(session, rows=choice)).rows
        kinds = [kind for kind in choice if kind and listed[kind]]
        for kind in kinds[:_MOST_CHOICES]:
            others = [other for other in kinds if other not in kind and kind not in other]
            hand.piece()
            await hand.open(collection.url)
            with suppress(NotLearned):
                await choice[kind]()
            left = (await observe(session, rows=kinds)).rows
            if others and left[kind] and not any(left[other] for other in others):
                expect: list[Expectation] = [
                    RowCount(text=other, count=0, oracle=NARROWS) for other in others[:_MOST_OTHERS]
                ]
                if counts(await hand.figures()).get(words(kind)) == left[kind]:
                    expect.append(CountIsRight(label=words(kind), oracle=COUNTS))
                parts.append(_part("narrow", parts, hand.piece(*expect)))
    return _test("Narrow down", collection, parts)


async def _selects(
    hand: Recorder, elements: Sequence[Element], forms: Sequence[Form]
) -> list[_Choice]:
    return [
        {each: partial(_choose, hand, select, target, each) for each in select.options}
        for select in _choices(elements, forms)
        for target in [await hand.target(select)]
    ]


async def _drawn(hand: Recorder, elements: Sequence[Element]) -> list[_Choice]:
    """Lists of options that scripts draw, which stand in no row and in no form."""
    found: list[_Choice] = []
    for each in elements:
        f = each.fingerprint
        opens = f.attributes.get("aria-haspopup") == "listbox" or f.role == "combobox"
        if not opens or f.tag in {"input", "select"} or each.row_text or "/form[" in f.xpath:
            continue
        with suppress(NotLearned):
            target, here = await hand.target(each), hand.path
            await _harmless(hand, Action.CLICK, target)
            options = appeared(await hand.elements(), elements)
            kinds = [e.fingerprint.name for e in options if e.fingerprint.role == "option"]
            found.append({kind: partial(_choose_drawn, hand, target, kind) for kind in kinds})
            await hand.open(here)
    return found


async def _choose_drawn(hand: Recorder, opener: Target, kind: str) -> None:
    await _harmless(hand, Action.CLICK, opener)
    for each in await hand.elements():
        if each.fingerprint.role == "option" and each.fingerprint.name == kind:
            await _harmless(hand, Action.CLICK, await hand.target(each))
            return
    raise NotLearned(f"{kind} is not among the options")


async def _tabs(hand: Recorder, elements: Iterable[Element]) -> list[_Choice]:
    """Tabs, and buttons, that stand side by side in no row and are called like kinds of records."""
    groups: dict[str, _Choice] = {}
    for each in elements:
        f = each.fingerprint
        kind = _COUNT.sub("", f.name).strip()
        outside = each.row_text in {"", f.name, f.text}
        usable = each.visible and each.enabled and outside and f.tag != "a"
        if not (usable and kind and (f.role == "tab" or is_pressable(f)) and may_click(kind, "")):
            continue
        with suppress(NotLearned):
            target = await hand.target(each)
            group = groups.setdefault(_INDEX.sub("", f.xpath), {})
            group[kind] = partial(_harmless, hand, Action.CLICK, target)
    return [group for group in groups.values() if len(group) > 1]


async def _sort_by(hand: Recorder, head: str, forms: Sequence[Form]) -> None:
    elements = await hand.elements()
    for element in elements:
        f = element.fingerprint
        if "/th[" in f.xpath and is_pressable(f) and words(f.text) == head:
            await _harmless(hand, Action.CLICK, await hand.target(element))
            return
    for select in _choices(elements, forms):
        for option in select.options:
            if head in words(option):
                await _choose(hand, select, await hand.target(select), option)
                return
    raise NotLearned("nothing sorts by it")


def _choices(elements: Iterable[Element], forms: Sequence[Form]) -> list[Element]:
    """The page's selects that send nothing, or only look something up."""
    looking_up = {
        field.target.fingerprint.xpath
        for form in forms
        if form.method == "GET"
        for field in form.fields
    }
    return [
        each
        for each in elements
        if each.fingerprint.tag == "select"
        and not each.row_text
        and ("/form[" not in each.fingerprint.xpath or each.fingerprint.xpath in looking_up)
    ]


async def _choose(hand: Recorder, select: Element, target: Target, option: str) -> None:
    """Choose the option, and send the form around it where that does not happen by itself."""
    now_at = hand.path
    await _harmless(hand, Action.SELECT, target, option)
    around = same_form(select, await hand.elements())
    sending = [each for each in around if each.fingerprint.type == "submit"]
    if sending and hand.path == now_at:
        await _harmless(hand, Action.CLICK, await hand.target(sending[0]))


async def _harmless(
    hand: Recorder, action: Action, target: Target, value: str | None = None
) -> None:
    if mutation(await hand.do(action, target, value)):
        raise NotLearned("it changes something")


def _part(name: str, earlier: Sequence[Part], steps: Steps) -> Part:
    return Part(name=f"{name}-{len(earlier) + 1}", phase=Phase.ACT, steps=steps)


def _test(what: str, collection: Collection, parts: Sequence[Part]) -> Test | None:
    if not parts:
        return None
    entity = path_template(collection.url)
    thing = noun("", entity, collection.name)
    return assemble(f"{what} the list of {thing}", Flow.SEARCH, entity, parts, subject=thing)
