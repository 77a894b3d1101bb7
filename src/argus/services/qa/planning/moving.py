"""Learn which buttons of a record's page move it on: close it, approve it, mark it as paid.

A button is pressed only on a record made for it, and counts only if the press is sent, is accepted,
and shows on the page when that is opened again.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import cast

from argus.services.qa.browser.elements import Element
from argus.services.qa.execution.values import make_values
from argus.services.qa.expectation import ElementPresent, Expectation, TextPresent
from argus.services.qa.ir import Action
from argus.services.qa.planning.assembly import Steps
from argus.services.qa.planning.composition import Lifecycle, Move
from argus.services.qa.planning.controls import Purpose, is_button, label, purpose
from argus.services.qa.planning.passing import is_passing
from argus.services.qa.planning.recorder import NotLearned, Recorder, is_record_control, mutation
from argus.services.qa.planning.rows import appeared, same_form
from argus.services.qa.safety import is_destructive

MOVES_ON = "what a record was moved to shows when it is opened again"

_MOST_MOVES = 4
_MOST_TEXTS = 3
_MORE_LOOKS = 2
_LONGEST = 40
_NOT_PRESSED = frozenset({Purpose.DELETE, Purpose.BULK})
_TEXTS = """() => {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = new Set();
  while (texts.nextNode())
    if (texts.currentNode.parentElement.checkVisibility()) found.add(texts.currentNode.data.trim());
  return [...found];
}"""


async def learn_moves(hand: Recorder, life: Lifecycle, seed: int, nonce: str) -> Lifecycle:
    """`life` with the moves that its records were seen to make, one after the other.

    The record made for it is deleted, if the life knows how.
    """
    offered = [each for each in life.opened_offers if isinstance(each, ElementPresent)]
    if not (life.may_move and any(is_button(each.target.fingerprint) for each in offered)):
        return life
    hand.values.update(make_values(life.variables, seed, nonce))
    moves: list[Move] = []
    pressed: set[str] = set()
    hand.broken = ""
    try:
        with suppress(NotLearned):
            await hand.replay(life.create)
            while len(moves) < _MOST_MOVES and (move := await _next(hand, life, pressed)):
                moves.append(move)
    finally:
        hand.piece()
        await hand.clear_away(life.removal)
    return life.model_copy(update={"moves": tuple(moves)})


async def _next(hand: Recorder, life: Lifecycle, pressed: set[str]) -> Move | None:
    """The first button that moves the record on, of those not yet `pressed`; None: none does."""
    known = await _texts(hand, life) | await _texts(hand, life)
    before = await hand.elements()
    for name in [label(each.fingerprint) for each in pressable(before, hand.session.url)]:
        if name in pressed:
            continue
        pressed.add(name)
        await hand.go(_way(life))
        again = pressable(await hand.elements(), hand.session.url)
        buttons = [each for each in again if label(each.fingerprint) == name]
        if not buttons:
            continue
        outcome = await hand.do(Action.CLICK, await hand.target(buttons[0]))
        steps = hand.piece(*hand.saved(outcome))
        if hand.broken:
            break
        if mutation(outcome):
            texts = await _texts(hand, life) - known
            for _ in range(_MORE_LOOKS):
                texts &= await _texts(hand, life)
            new = pressable(appeared(await hand.elements(), before), hand.session.url)
            shows = (*_lasting(texts, hand), *await hand.offered(new, oracle=MOVES_ON))
            return Move(label=name, steps=steps, shows=shows) if shows else None
    return None


def _way(life: Lifecycle) -> Steps:
    return (*life.listing, *life.open[:1])


async def _texts(hand: Recorder, life: Lifecycle) -> set[str]:
    """What the record's page shows, opened anew; of `Status: open` it is `open`."""
    await hand.replay(_way(life))
    found = cast("list[str]", await hand.session.evaluate(_TEXTS))
    return {text.rpartition(": ")[2] for text in found}


def says_the_same(text: str, values: Iterable[str]) -> bool:
    """Whether the text may be expected of records with other `values`, and at other times."""
    return (
        text.isprintable()
        and any(each.isalpha() for each in text)
        and not any(each.isdigit() for each in text)
        and len(text) <= _LONGEST
        and not is_passing(text)
        and not any(value and value in text for value in values)
    )


def _lasting(texts: set[str], hand: Recorder) -> tuple[Expectation, ...]:
    """Those that may be expected of other records and at other times; the shortest first."""
    ordered = sorted(texts, key=lambda text: (len(text), text))
    kept = [text for text in ordered if says_the_same(text, hand.values.values())]
    return tuple(TextPresent(text=text, oracle=MOVES_ON) for text in kept[:_MOST_TEXTS])


def pressable(elements: Sequence[Element], url: str) -> list[Element]:
    """Buttons of the record's page that neither send a form that is to be filled in, nor delete."""
    return [
        each
        for each in elements
        if each.visible
        and each.enabled
        and is_button(each.fingerprint)
        and is_record_control(each, url)
        and purpose(each.fingerprint) not in _NOT_PRESSED
        and label(each.fingerprint)
        and not is_destructive(label(each.fingerprint), "")
        and not any(field.editable for field in same_form(each, elements))
    ]
