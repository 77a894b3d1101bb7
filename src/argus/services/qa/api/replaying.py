"""Performing a sequence of calls with values of its own."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from argus.services.qa.api.calling import SAFE_METHODS, Answer, Call, Caller
from argus.services.qa.api.own_record import is_own
from argus.services.qa.api.sequences import (
    CallSequence,
    ExpectedAnswer,
    SequenceStep,
    filled,
    filled_path,
)
from argus.services.qa.foreign_json import at

_GONE = frozenset({404, 410})
_RECORD = re.compile(r".*\$\{\w+\}[^/?]*")
"""Of a step's path: up to what names a record."""


@dataclass
class Replay:
    """What a sequence came to: all calls with their answers, and what was wrong with the last."""

    done: list[tuple[Call, Answer]] = field(default_factory=list[tuple[Call, Answer]])
    complaint: str = ""
    """A defect; empty if there is none."""
    refused: str = ""
    """Why the sequence ended early without one."""


def replay(caller: Caller, sequence: CallSequence, made_up: Sequence[str] = ()) -> Replay:
    """Perform the steps, to the first that is answered wrongly.

    A step that an earlier refusal makes meaningless is left out, and what the last DELETE did not
    delete need not be gone. Nothing is changed or deleted but what was read as what the sequence
    made (see `is_own`).

    Raises:
        NoAnswer, TimeSpent
    """
    replayed, values, deleted = Replay(), dict[str, object](), False
    made, own = list[object](), set[str]()
    for step in sequence.steps:
        if step.expected is ExpectedAnswer.GONE and not deleted:
            continue
        body = ... if step.body is None else filled(step.body, values)
        call = Call.of_json(step.method, filled_path(step.path, values), body)
        named = _RECORD.match(step.path)
        record = filled_path(named[0], values) if named else ""
        if _changes(step, record) and record not in own:
            read = caller.send(Call("GET", record)) if record else None
            if read is None or not (read.ok and _is_of(read.json, made_up, made)):
                said = f"{call.method} {call.path} would change"
                replayed.refused = f"what {said} is not seen to be of the test's own making"
                return replayed
            own.add(record)
        answer = caller.send(call)
        if step.method == "GET" and record == call.path and answer.ok:
            own |= {record} if _is_of(answer.json, made_up, made) else set()
        if step.method == "POST":
            made.append(body)
        replayed.done.append((call, answer))
        replayed.complaint = _complaint(call, answer, step.expected)
        if replayed.complaint:
            return replayed
        if step.method == "DELETE":
            deleted = answer.ok
        produced = {each.name: at(each.pointer, answer.json) for each in step.produces}
        if step.produces and (not answer.ok or ... in produced.values()):
            said = f"{call.method} {call.path} answers {answer.status}"
            replayed.refused = f"its values are not taken: {said}"
            return replayed
        values |= produced
    return replayed


def _changes(step: SequenceStep, record: str) -> bool:
    """Whether the step may change what is there; a POST only makes, but at a record's address."""
    return step.method not in SAFE_METHODS and (step.method != "POST" or bool(record))


def _is_of(read: object, made_up: Sequence[str], made: Sequence[object]) -> bool:
    return any(is_own(read, made_up, sent) for sent in made)


def _complaint(call: Call, answer: Answer, expected: ExpectedAnswer) -> str:
    said = f"{call.method} {call.path} answers {answer.status}"
    if answer.status >= 500:
        return said
    if expected is ExpectedAnswer.FOUND and answer.status in _GONE:
        return f"{said}: a created record cannot be read"
    if expected is ExpectedAnswer.GONE and answer.ok:
        return f"{said}: a deleted record is still there"
    return ""
