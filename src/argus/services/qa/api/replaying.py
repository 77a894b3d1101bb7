"""Performing a sequence of calls with values of its own."""

from dataclasses import dataclass, field

from argus.services.qa.api.calling import Answer, Call, Caller
from argus.services.qa.api.sequences import CallSequence, ExpectedAnswer, filled, filled_path
from argus.services.qa.foreign_json import at

_GONE = frozenset({404, 410})


@dataclass
class Replay:
    """What a sequence came to: all calls with their answers, and what was wrong with the last."""

    done: list[tuple[Call, Answer]] = field(default_factory=list[tuple[Call, Answer]])
    complaint: str = ""
    """A defect; empty if there is none."""
    refused: str = ""
    """Why the sequence ended early without one: its values were not taken."""


def replay(caller: Caller, sequence: CallSequence) -> Replay:
    """Perform the steps, to the first that is answered wrongly.

    A step that an earlier refusal makes meaningless is left out, and what the last DELETE did not
    delete need not be gone.

    Raises:
        NoAnswer, TimeSpent
    """
    replayed, values, deleted = Replay(), dict[str, object](), False
    for step in sequence.steps:
        if step.expected is ExpectedAnswer.GONE and not deleted:
            continue
        body = ... if step.body is None else filled(step.body, values)
        call = Call.of_json(step.method, filled_path(step.path, values), body)
        answer = caller.send(call)
        replayed.done.append((call, answer))
        replayed.complaint = _complaint(call, answer, step.expected)
        if replayed.complaint:
            return replayed
        if step.method == "DELETE":
            deleted = answer.ok
        produced = {each.name: at(each.pointer, answer.json) for each in step.produces}
        if step.produces and (not answer.ok or ... in produced.values()):
            replayed.refused = f"{call.method} {call.path} answers {answer.status}"
            return replayed
        values |= produced
    return replayed


def _complaint(call: Call, answer: Answer, expected: ExpectedAnswer) -> str:
    said = f"{call.method} {call.path} answers {answer.status}"
    if answer.status >= 500:
        return said
    if expected is ExpectedAnswer.FOUND and answer.status in _GONE:
        return f"{said}: a created record cannot be read"
    if expected is ExpectedAnswer.GONE and answer.ok:
        return f"{said}: a deleted record is still there"
    return ""
