"""Learn which input a form refuses: fields left empty, values of the wrong kind.

What a page calls required is left empty, and of the other fields some: the server may require them.
What the page itself does not let pass is sent past its checks as well: the server has to refuse it.
"""

from collections.abc import Iterator, Sequence

from argus.services.qa.browser.elements import observe
from argus.services.qa.browser.traffic import SAFE_METHODS
from argus.services.qa.discovery.site import Form, State
from argus.services.qa.execution.record import Request, StepOutcome
from argus.services.qa.execution.values import make_values
from argus.services.qa.expectation import (
    AtUrl,
    Expectation,
    Mutation,
    NoMutation,
    RowCount,
    ValidationError,
)
from argus.services.qa.ir import Action, Step
from argus.services.qa.naming import a, singular
from argus.services.qa.planning.assembly import Steps
from argus.services.qa.planning.composition import REFUSED_IS_UNLISTED, Lifecycle, Refusal
from argus.services.qa.planning.fields import DRAWN_KINDS, Entry, entries, invalid_values
from argus.services.qa.planning.filling import fill, reach, submit
from argus.services.qa.planning.recorder import NotLearned, Recorder, mutation

STAYS = "refused input leaves the form open"
SAYS_SO = "refused input is reported to the person"
SENDS_NOTHING = "refused input changes nothing on the server"

_MAX_EACH = 2
_MAX_WORDS = 3


async def learn_refusals(
    hand: Recorder, form: Form, states: Sequence[State], life: Lifecycle, seed: int, nonce: str
) -> Lifecycle:
    """`life` with what the form was seen to refuse, in a session that has made no record yet.

    A record that the form made all the same is deleted, if it can be told from others.
    """
    hand.values.update(make_values(life.variables, seed, nonce))
    learned: list[Refusal] = []
    filled = entries(form)
    for entry, what, value in bad_inputs(form, filled, life.identity):
        try:
            await reach(hand, form, states)
            before = await _row_count(hand)
            await fill(hand, filled, {entry.name: value})
            outcome = await submit(hand, form, filled)
            sends = any(_sends(step) for step in life.create)
            private = form.implicit and not sends
            more = await _row_count(hand) > before
            if await _is_refused(hand, form, outcome) and not (form.implicit and more):
                said = await hand.marks_complaint()
                steps = hand.piece(*_refused(outcome, said=said))
                if not form.implicit and not _sent(outcome):
                    steps = (*steps, *await _past_the_page(hand, form, filled, entry, life))
                nothing = _created_nothing(life, entry, before if private else None)
                if said or sends or nothing:
                    learned.append(Refusal(what=what, steps=steps, created_nothing=nothing))
            else:
                await _remove(hand, entry, life)
        except NotLearned:
            pass
        hand.piece()
    return life.model_copy(update={"refusals": tuple(learned)})


def bad_inputs(
    form: Form, filled: Sequence[Entry], identity: str
) -> Iterator[tuple[Entry, str, str]]:
    """Fields with a bad value and its words: left empty, required ones first, then wrong kinds.

    Of fields that the page does not call required, the one that names the record comes first.
    """
    typed = [e for e in filled if e.variable is not None or e.field.kind in DRAWN_KINDS]
    required = [e for e in typed if e.field.required or (form.implicit and len(typed) == 1)]
    optional = [e for e in typed if e not in required and not form.implicit]
    optional.sort(key=lambda entry: entry.name != identity)
    for entry in (*required[:_MAX_EACH], *optional[:_MAX_EACH]):
        label = short_label(entry)
        article = a(label) if singular(label) == label else label
        yield entry, f"without {article if label else 'text'}", ""
    wrong = [
        (number, entry, value)
        for entry in typed
        for number, value in enumerate(invalid_values(entry))
    ]
    for number, entry, value in sorted(wrong, key=lambda each: each[0])[:_MAX_EACH]:
        label = short_label(entry)
        which = "another" if number else "an"
        yield entry, f"with {which} invalid value{f' for {label}' if label else ''}", value


def short_label(entry: Entry) -> str:
    """The field's label where it reads as a noun, else empty."""
    label = entry.field.label.strip().lower()
    is_noun = label and len(label.split()) <= _MAX_WORDS and label[-1].isalnum()
    return label if is_noun else ""


async def _past_the_page(
    hand: Recorder, form: Form, filled: Sequence[Entry], entry: Entry, life: Lifecycle
) -> Steps:
    """The steps that send what the page has just refused; empty if its server does not refuse it.

    What the server accepts is deleted, if it can be told from others.
    """
    hand.broken = ""
    try:
        await hand.do(Action.LIFT_LIMITS)
        outcome = await submit(hand, form, filled)
        sent = _sent(outcome)
        complaint = await hand.complaint()
        if sent and all(_turns_down(each, complaint) for each in sent):
            said = bool(complaint) and await hand.marks_complaint()
            return hand.piece(*_refused(outcome, said=said))
        if any(0 < each.status < 400 for each in sent):
            await _remove(hand, entry, life)
    except NotLearned:
        pass
    hand.piece()
    return ()


def _turns_down(request: Request, complaint: str) -> bool:
    return 400 <= request.status < 500 or (
        request.status == 200 and request.document and bool(complaint)
    )


def _sent(outcome: StepOutcome) -> list[Request]:
    return [request for request in outcome.requests if request.method not in SAFE_METHODS]


async def _remove(hand: Recorder, entry: Entry, life: Lifecycle) -> None:
    """Delete the record that a bad value of the entry's made, unless its own text is the value."""
    if entry.name != life.identity:
        await hand.replay(life.removal)


async def _is_refused(hand: Recorder, form: Form, outcome: StepOutcome) -> bool:
    if form.implicit:
        return mutation(outcome) is None
    accepted = [r for r in outcome.requests if _accepted(r)]
    return not accepted and bool(await hand.complaint())


def _accepted(request: Request) -> bool:
    answered = 300 <= request.status < 400 or request.status in {201, 204}
    return request.method not in SAFE_METHODS and answered


def _refused(outcome: StepOutcome, *, said: bool) -> tuple[Expectation, ...]:
    stays = AtUrl(template=outcome.url_template, oracle=STAYS)
    expect = (stays, NoMutation(oracle=SENDS_NOTHING))
    return (*expect, ValidationError(oracle=SAYS_SO)) if said else expect


def _created_nothing(
    life: Lifecycle, entry: Entry, private_rows: int | None
) -> tuple[Expectation, ...]:
    """That the list has no such record. Rows are counted only where no other test adds any."""
    if entry.name != life.identity:
        text = f"${{{life.identity}}}"
        return (RowCount(text=text, count=0, oracle=REFUSED_IS_UNLISTED),)
    if private_rows is not None:
        return (RowCount(text="", count=private_rows, oracle=REFUSED_IS_UNLISTED),)
    return ()


def _sends(step: Step) -> bool:
    return any(isinstance(expectation, Mutation) for expectation in step.expect)


async def _row_count(hand: Recorder) -> int:
    return (await observe(hand.session, rows=[""])).rows[""]
