"""Calls that depend on each other: what one is answered with names the record of the next.

Learnt from recorded traffic by following values: an identifier that an answer brought into the
world, and that later requests mention. Pure functions.
"""

import re
from collections.abc import Generator, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Any, cast
from urllib.parse import quote, unquote

from pydantic import Field

from argus.kernel.schema import Value
from argus.services.qa.urls import path_template

MOST_STEPS = 10
MOST_SEQUENCES = 30
_NAMES_IDENTIFIER = re.compile(
    r"(^|_|-)(id|uuid|key|slug|code|number)$|[a-z](Id|Uuid|Key)$", re.IGNORECASE
)
_SECRET = re.compile(r"passw|secret|token|credential|authorization|otp|cvc|card", re.IGNORECASE)
_MUTATING = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class Exchange(Value):
    """A recorded call. `sent` and `answered` are parsed JSON, null where there was none."""

    method: str
    path: str
    """With its query, without the host."""
    sent: Any = None
    status: int
    answered: Any = None


class ExpectedAnswer(StrEnum):
    """How a step must be answered."""

    ACCEPTED = "accepted"
    """2xx. A refusal (4xx) tells that the values do not suit, which is no defect."""
    FOUND = "found"
    """2xx: the record is there."""
    GONE = "gone"
    """404 or 410: it was deleted."""


class ProducedValue(Value):
    """A value that an answer brings: at a JSON pointer (RFC 6901) of it."""

    name: str
    pointer: str


class SequenceStep(Value):
    """A call. `path` and the texts in `body` may hold `${name}` of what earlier steps produced."""

    method: str
    path: Annotated[str, Field(pattern=r"^/($|[^/])")]
    body: Any = None
    expected: ExpectedAnswer = ExpectedAnswer.ACCEPTED
    produces: tuple[ProducedValue, ...] = ()


class CallSequence(Value):
    """Steps in order; the first makes the record that the others are about."""

    name: str
    steps: tuple[SequenceStep, ...]


def learn(traffic: Sequence[Exchange]) -> tuple[CallSequence, ...]:
    """The sequences in the traffic, each kind once, in the order in which they begin.

    Those that send something that looks like a secret are left out.
    """
    found: dict[str, CallSequence] = {}
    for index, exchange in enumerate(traffic):
        if exchange.method == "POST" and _ok(exchange) and len(found) < MOST_SEQUENCES:
            sequence = _from(traffic, index)
            if len(sequence.steps) > 1 and not any(_is_secret(s.body) for s in sequence.steps):
                found.setdefault(sequence.name, sequence)
    return tuple(found.values())


def filled(template: Any, values: Mapping[str, Any]) -> Any:
    """`template` with `${name}` replaced; a text that is nothing else takes the value's type."""
    if isinstance(template, str):
        if (whole := re.fullmatch(r"\$\{(\w+)\}", template)) and whole[1] in values:
            return values[whole[1]]
        return template
    if isinstance(template, list):
        return [filled(each, values) for each in cast("list[Any]", template)]
    if isinstance(template, dict):
        entries = cast("dict[str, Any]", template).items()
        return {name: filled(each, values) for name, each in entries}
    return template


def filled_path(template: str, values: Mapping[str, Any]) -> str:
    """The path with `${name}` replaced by the percent-encoded value."""
    return re.sub(
        r"\$\{(\w+)\}", lambda found: quote(str(values.get(found[1], "")), safe=""), template
    )


def identifier_of(answered: Any, parameter: str) -> str | None:
    """The pointer at what names the created record, best guess first: None if nothing does.

    What the record says of itself comes before what is said of records inside of it.
    `parameter` is the name of the path parameter that takes it.
    """
    pointers = [pointer for pointer, _ in _scalars(answered)]
    own_first = sorted(pointers, key=lambda pointer: pointer.count("/"))
    last = {pointer.rpartition("/")[2].lower(): pointer for pointer in reversed(own_first)}
    for name in (parameter.lower(), "id", "uuid", "_id", "key", "slug", "name"):
        if name in last:
            return last[name]
    return None


def _from(traffic: Sequence[Exchange], begin: int) -> CallSequence:
    bound: dict[str, str] = {}
    known = {text for each in traffic[:begin] for text in _mentioned(each)}
    known |= {*_mentioned(traffic[begin])}
    steps: list[SequenceStep] = []
    kinds: set[tuple[str, str]] = set()
    deleted: set[str] = set()
    for exchange in traffic[begin:]:
        names = {bound[text] for text in _mentioned(exchange) if text in bound}
        gone = exchange.status in (404, 410) and bool(names & deleted)
        if (steps and not names) or not (_ok(exchange) or gone) or len(steps) == MOST_STEPS:
            continue
        step = _step(exchange, bound, gone=gone)
        kind = (f"{step.method} {step.expected}", step.path)
        if kind in kinds:
            continue
        kinds.add(kind)
        deleted |= names if exchange.method == "DELETE" else set()
        if exchange.method == "POST":
            step = step.model_copy(update={"produces": _bind(exchange, bound, known)})
        steps.append(step)
    return CallSequence(name=", ".join(_named(step) for step in steps), steps=_needed(steps))


def _bind(exchange: Exchange, bound: dict[str, str], known: set[str]) -> tuple[ProducedValue, ...]:
    """What the answer brings that nobody knew before and that can name a record."""
    produced: list[ProducedValue] = []
    for pointer, value in _scalars(exchange.answered):
        text, name = str(value), pointer.rpartition("/")[2]
        if text and text not in known and text not in bound and _NAMES_IDENTIFIER.search(name):
            bound[text] = f"v{len(bound) + 1}"
            produced.append(ProducedValue(name=bound[text], pointer=pointer))
    return tuple(produced)


def _step(exchange: Exchange, bound: Mapping[str, str], *, gone: bool) -> SequenceStep:
    path, mark, query = exchange.path.partition("?")
    segments = [_placed(unquote(each), each, bound) for each in path.split("/")]
    pairs = [each.partition("=") for each in query.split("&")]
    query = "&".join(f"{name}{eq}{_placed(unquote(v), v, bound)}" for name, eq, v in pairs)
    expected = ExpectedAnswer.ACCEPTED if exchange.method in _MUTATING else ExpectedAnswer.FOUND
    return SequenceStep(
        method=exchange.method,
        path="/".join(segments) + mark + query,
        body=_replaced(exchange.sent, bound),
        expected=ExpectedAnswer.GONE if gone else expected,
    )


def _needed(steps: Sequence[SequenceStep]) -> tuple[SequenceStep, ...]:
    """The steps, without what they produce and nothing uses."""
    used = {*re.findall(r"\$\{(\w+)\}", "".join(f"{step.path} {step.body}" for step in steps))}
    return tuple(
        step.model_copy(
            update={"produces": tuple(each for each in step.produces if each.name in used)}
        )
        for step in steps
    )


def _named(step: SequenceStep) -> str:
    place = path_template(re.sub(r"\$\{\w+\}", "0", step.path.partition("?")[0]))
    return f"{step.method} {place}" + (" (gone)" if step.expected is ExpectedAnswer.GONE else "")


def _placed(text: str, otherwise: str, bound: Mapping[str, str]) -> str:
    return f"${{{bound[text]}}}" if text in bound else otherwise


def _replaced(document: Any, bound: Mapping[str, str]) -> Any:
    if isinstance(document, list):
        return [_replaced(each, bound) for each in cast("list[Any]", document)]
    if isinstance(document, dict):
        entries = cast("dict[str, Any]", document).items()
        return {name: _replaced(each, bound) for name, each in entries}
    if document is None or isinstance(document, bool) or str(document) not in bound:
        return document
    return f"${{{bound[str(document)]}}}"


def _mentioned(exchange: Exchange) -> Generator[str]:
    """All values that the request holds, as texts."""
    path, _, query = exchange.path.partition("?")
    yield from (unquote(each) for each in path.split("/"))
    yield from (unquote(each.partition("=")[2]) for each in query.split("&"))
    yield from (str(value) for _, value in _scalars(exchange.sent))


def _scalars(document: Any, pointer: str = "") -> Generator[tuple[str, str | int]]:
    """Texts and whole numbers with their pointers; of a list only the first item's."""
    if isinstance(document, dict):
        for name, each in cast("dict[str, Any]", document).items():
            escaped = name.replace("~", "~0").replace("/", "~1")
            yield from _scalars(each, f"{pointer}/{escaped}")
    elif isinstance(document, list):
        for each in cast("list[Any]", document)[:1]:
            yield from _scalars(each, f"{pointer}/0")
    elif isinstance(document, str) or (
        isinstance(document, int) and not isinstance(document, bool)
    ):
        yield pointer, document


def _is_secret(body: Any) -> bool:
    return any(_SECRET.search(pointer) for pointer in _pointers(body))


def _pointers(body: Any) -> Iterable[str]:
    return (pointer for pointer, _ in _scalars(body))


def _ok(exchange: Exchange) -> bool:
    return 200 <= exchange.status < 300
