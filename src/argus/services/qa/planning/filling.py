"""Reach a form, fill it, submit it: the way into every flow."""

from collections.abc import Mapping, Sequence

from argus.services.qa.browser.locate import resolve
from argus.services.qa.discovery.site import Form, State
from argus.services.qa.execution.record import StepOutcome
from argus.services.qa.ir import Action
from argus.services.qa.planning.fields import DRAWN_KINDS, Entry
from argus.services.qa.planning.forms import submit_of
from argus.services.qa.planning.picking import pick
from argus.services.qa.planning.recorder import NotLearned, Recorder


async def reach(hand: Recorder, form: Form, states: Sequence[State]) -> None:
    """Go to the form by its address or, where that does not show it, as discovery got there.

    Raises:
        NotLearned: neither way leads to it.
    """
    await hand.do(Action.GOTO, value=form.url)
    if await _is_there(hand, form):
        return
    hand.piece()
    path = next((state.path for state in states if state.key == form.state), ())
    for step in path:
        value = step.value if isinstance(step.value, str) else None
        await hand.do(step.action, step.target, value)
    if not await _is_there(hand, form):
        raise NotLearned("its form is not found again")


async def fill(
    hand: Recorder, entries: Sequence[Entry], instead: Mapping[str, str] | None = None
) -> None:
    """Fill each field; `instead` holds other values for fields, by the name of their variable.

    Raises:
        NotLearned: a field cannot be filled.
    """
    for entry in entries:
        value = (instead or {}).get(entry.name, entry.value)
        if entry.field.kind not in DRAWN_KINDS:
            await hand.do(entry.action, entry.target, value)
        elif value:
            await pick(hand, entry)


async def submit(hand: Recorder, form: Form, entries: Sequence[Entry]) -> StepOutcome:
    """Press the button that saves; where there is none, Enter in the last field typed into.

    Raises:
        NotLearned: the button cannot be pressed.
    """
    index = submit_of(form)
    if index is not None:
        return await hand.do(Action.CLICK, form.submits[index].target)
    typed = [entry.target for entry in entries if entry.action is Action.FILL]
    return await hand.do(Action.PRESS, typed[-1], "Enter")


async def _is_there(hand: Recorder, form: Form) -> bool:
    _, located = await resolve(hand.session, form.fields[0].target, hand.values)
    return located is not None
