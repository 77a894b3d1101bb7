"""Learn what changes a record in its row: a choice of its stage, a "Done", a value that is pressed.

As on a record's own page (`moving`), they are used on a record made for it, and count only if that
is sent, is accepted, and shows in the row when the list is loaded anew.
"""

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from decimal import Decimal

from argus.services.qa.browser.elements import Element
from argus.services.qa.execution.arithmetic import number, same_value, words
from argus.services.qa.execution.values import make_values
from argus.services.qa.expectation import ElementPresent, Expectation, FieldValue
from argus.services.qa.ir import Action
from argus.services.qa.planning.composition import Lifecycle, Move, changed
from argus.services.qa.planning.controls import Purpose, is_button, is_pressable, label, purpose
from argus.services.qa.planning.moving import MOVES_ON, says_the_same
from argus.services.qa.planning.recorder import NotLearned, Recorder, mutation
from argus.services.qa.planning.rows import in_row
from argus.services.qa.safety import is_destructive
from argus.services.qa.target import Fingerprint

_MOST_MOVES = 4
_MOST_TEXTS = 2
_NOT_USED = frozenset({Purpose.DELETE, Purpose.BULK, Purpose.EDIT, Purpose.CANCEL})
_NO_MOVE = re.compile(
    r"\b(archiv|hid(e|den)\b|snooz|trash|add|book|buy|cart|copy|create|download|duplicate|export"
    r"|import|new\b|order\b|print|repl(y|ies)|report|share|upload)",
    re.IGNORECASE,
)
"""Takes the record out of the list, or makes something else of it."""


async def learn_row_moves(hand: Recorder, life: Lifecycle, seed: int, nonce: str) -> Lifecycle:
    """`life` with the moves that a control of the row was seen to make, one after the other.

    The record made for it is deleted, if the life knows how.
    """
    if not life.may_move_in_row:
        return life
    new = {changed(name): variable for name, variable in life.variables.items()}
    hand.values.update(make_values(life.variables | new, seed, nonce))
    learner = _RowMoves(hand, life)
    hand.broken = ""
    try:
        with suppress(NotLearned):
            await hand.replay(life.create)
            await learner.retype()
            await learner.choose()
            await learner.press()
            await learner.switch()
    finally:
        hand.piece()
        await hand.clear_away(life.removal)
    return life.model_copy(update={"row_moves": tuple(learner.moves)})


def may_move_in_row(row: Iterable[Element], typed: Iterable[str]) -> bool:
    """Whether a row has a control that may change its record, or shows a typed value on one."""
    usable = [each for each in row if each.fingerprint.tag != "a"]
    pressable = [each for each in usable if each.pointer or is_button(each.fingerprint)]
    return any(_may_move(each.fingerprint) for each in usable) or any(
        _showing(pressable, value) for value in typed
    )


class _RowMoves:
    def __init__(self, hand: Recorder, life: Lifecycle) -> None:
        self._hand, self._life = hand, life
        self.moves: list[Move] = []

    async def choose(self) -> None:
        """Choose each other option of the row's first select that keeps what is chosen."""
        for select in [each for each in await self._row() if _is_choice(each.fingerprint)]:
            for option in select.options:
                if len(self.moves) == _MOST_MOVES or self._hand.broken:
                    return
                if (
                    option != select.value
                    and _is_harmless(option)
                    and not await self._chose(select.fingerprint, option)
                ):
                    break
            if self.moves:
                return

    async def _chose(self, select: Fingerprint, option: str) -> bool:
        hand, identity = self._hand, self._life.identity
        now = _same(await self._row(), select)
        if now is None:
            return False
        target = await hand.target(now, identity)
        outcome = await hand.do(Action.SELECT, target, option)
        steps = hand.piece(*hand.saved(outcome))
        if hand.broken or not mutation(outcome):
            return False
        kept = _same(await self._row(), select)
        if kept is None or kept.value != option:
            return False
        shows = (FieldValue(target=target, value=option, oracle=MOVES_ON),)
        self.moves.append(Move(label=option, steps=steps, shows=shows))
        return True

    async def switch(self) -> None:
        """Press the row's first check box that is saved at once."""
        hand, identity = self._hand, self._life.identity
        if len(self.moves) == _MOST_MOVES or hand.broken:
            return
        switches = [each for each in await self._row() if _is_switch(each.fingerprint)]
        if not switches:
            return
        target = await hand.target(switches[0], identity)
        action = Action.UNCHECK if switches[0].checked else Action.CHECK
        outcome = await hand.do(action, target)
        steps = hand.piece(*hand.saved(outcome))
        value = "true" if action is Action.CHECK else "false"
        shows = (FieldValue(target=target, value=value, oracle=MOVES_ON),)
        if mutation(outcome) and not hand.broken:
            await hand.go(self._life.listing)
            if await hand.holding(shows):
                self.moves.append(Move(label=action.value, steps=steps, shows=shows))

    async def retype(self) -> None:
        """Type another value where pressing one makes a field of it."""
        hand, identity = self._hand, self._life.identity
        for name in self._life.variables:
            if name == identity or len(self.moves) == _MOST_MOVES or hand.broken:
                continue
            row = [e for e in await self._row() if e.fingerprint.tag != "a"]
            pressable = [e for e in row if e.pointer or is_button(e.fingerprint)]
            if pressed := _showing(pressable, hand.values[name]):
                await hand.do(Action.CLICK, await hand.target(pressed[0], identity))
                await self._typed(name)
                hand.piece()

    async def _typed(self, name: str) -> None:
        hand, identity = self._hand, self._life.identity
        row = in_row(await hand.elements(), hand.values[identity])
        fields = [e for e in row if e.editable and same_value(e.value, hand.values[name])]
        if len(fields) != 1:
            return
        field = await hand.target(fields[0], identity)
        await hand.do(Action.FILL, field, f"${{{changed(name)}}}")
        outcome = await hand.do(Action.PRESS, field, "Enter")
        steps = hand.piece(*hand.saved(outcome))
        shown = _showing(await self._row(), hand.values[changed(name)])
        if mutation(outcome) and shown:
            target = await hand.target(shown[0], identity)
            shows = (ElementPresent(target=target, oracle=MOVES_ON),)
            self.moves.append(Move(label=name.replace("_", " "), steps=steps, shows=shows))

    async def press(self) -> None:
        """Press the row's buttons, those included that come up when others were pressed."""
        hand, pressed = self._hand, set[str]()
        while len(self.moves) < _MOST_MOVES and not hand.broken:
            row = await self._row()
            buttons = [e for e in row if is_button(e.fingerprint) and _may_move(e.fingerprint)]
            button = next((e for e in buttons if label(e.fingerprint) not in pressed), None)
            if button is None:
                return
            name = label(button.fingerprint)
            pressed.add(name)
            target = await hand.target(button, self._life.identity)
            outcome = await hand.do(Action.CLICK, target)
            steps = hand.piece(*hand.saved(outcome))
            if mutation(outcome) and (shows := await self._new_since(row)):
                self.moves.append(Move(label=name, steps=steps, shows=shows))

    async def _new_since(self, before: Sequence[Element]) -> tuple[Expectation, ...]:
        """What the row shows, loaded anew, that it did not, and that other records may show too."""
        hand, known = self._hand, {_words(each) for each in before}
        came = [each for each in await self._row() if _words(each) not in known]
        texts = [e for e in came if not is_pressable(e.fingerprint) and not e.editable]
        lasting = [each for each in texts if says_the_same(_words(each), hand.values.values())]
        shown: list[Expectation] = []
        for element in lasting[:_MOST_TEXTS]:
            with suppress(NotLearned):
                target = await hand.target(element, self._life.identity)
                shown.append(ElementPresent(target=target, oracle=MOVES_ON))
        return (*shown, *await hand.offered(came, self._life.identity, oracle=MOVES_ON))

    async def _row(self) -> list[Element]:
        """What is usable or reads in the record's row, the list loaded since it was changed."""
        await self._hand.go(self._life.listing)
        text = self._hand.values[self._life.identity]
        return in_row(await self._hand.elements(with_text=True), text)


def _showing(elements: Sequence[Element], value: str) -> list[Element]:
    """Those that show the value and nothing else; a number may be written otherwise."""
    texts = [(each, each.fingerprint.text) for each in elements if not each.editable]
    return [e for e, text in texts if text and (text == value or _is_number(text, number(value)))]


def _is_number(text: str, wanted: Decimal | None) -> bool:
    return wanted is not None and number(text) == wanted and not words(text)


def _may_move(element: Fingerprint) -> bool:
    if _is_choice(element) or _is_switch(element):
        return True
    return is_button(element) and purpose(element) not in _NOT_USED and _is_harmless(label(element))


def _is_choice(element: Fingerprint) -> bool:
    return element.tag == "select" and element.type == "select-one"


def _is_switch(element: Fingerprint) -> bool:
    return element.role in {"checkbox", "switch"}


def _is_harmless(words: str) -> bool:
    lasting = bool(words) and not any(each.isdigit() for each in words)
    return lasting and not is_destructive(words, "") and _NO_MOVE.search(words) is None


def _same(row: Sequence[Element], known: Fingerprint) -> Element | None:
    selects = [each for each in row if _is_choice(each.fingerprint)]
    same = [
        each
        for each in selects
        if each.fingerprint.name == known.name
        and each.fingerprint.attributes.get("name") == known.attributes.get("name")
    ]
    return same[0] if len(same) == 1 else None


def _words(element: Element) -> str:
    return element.fingerprint.name or element.fingerprint.text
