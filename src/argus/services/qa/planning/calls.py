"""Tests of the API behind the pages: the calls of a record's life, sent without the pages.

They are learnt from what the pages sent while a record was lived (`api.sequences`). Those that
delete the record in the end become tests; what was sent and came back must come back each time.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Response

from argus.services.qa.api.sequences import (
    CallSequence,
    Exchange,
    ExpectedAnswer,
    SequenceStep,
    learn,
)
from argus.services.qa.browser.session import Session
from argus.services.qa.expectation import AnswerStatus, AnswerValue, Expectation
from argus.services.qa.foreign_json import at, parsed
from argus.services.qa.ir import Action, Flow, HttpRequest, Phase, Step, Test
from argus.services.qa.planning.assembly import Part, assemble
from argus.services.qa.planning.composition import Lifecycle, changed
from argus.services.qa.templates import REFERENCE, templated
from argus.services.qa.urls import relative_url, same_application

COMES_BACK = "an answer holds what was sent"
IS_READ = "a record that was made can be read"
IS_GONE = "a record that was deleted cannot be read"
_CALLS = {"fetch", "xhr"}


class Overheard:
    """The calls of a session's pages that carry JSON, in the order in which they were answered."""

    def __init__(self, session: Session) -> None:
        self._app_url = session.app_url
        self._calls: list[Exchange | None] = []
        session.context.on("response", self._on_response)

    @property
    def calls(self) -> list[Exchange]:
        return [call for call in self._calls if call is not None]

    async def _on_response(self, response: Response) -> None:
        request, place = response.request, len(self._calls)
        if request.resource_type not in _CALLS or not same_application(request.url, self._app_url):
            return
        self._calls.append(None)
        sent = parsed(request.post_data)
        if request.post_data and sent is ...:
            return
        try:
            answered = parsed(await response.text())
        except (PlaywrightError, UnicodeDecodeError):  # its page is gone, and the answer with it
            answered = ...
        self._calls[place] = Exchange(
            method=request.method,
            path=relative_url(request.url).partition("#")[0],
            sent=None if sent is ... else sent,
            status=response.status,
            answered=None if answered is ... else answered,
        )


def call_tests(
    calls: Sequence[Exchange], life: Lifecycle, values: Mapping[str, str]
) -> Iterator[Test]:
    """A test for each sequence of calls that ends the life of the record that it begins.

    `values` are those that were typed meanwhile, by the names of the life's variables.
    """
    variables = life.variables | {changed(name): each for name, each in life.variables.items()}
    for sequence in learn(calls):
        if sequence.steps[-1].method == "DELETE" or sequence.steps[-1].expected is (
            ExpectedAnswer.GONE
        ):
            steps = tuple(_step(each, sequence, calls, values) for each in sequence.steps)
            part = Part(name="call", phase=Phase.ACT, steps=steps)
            name = f"As its pages call it: {sequence.name}"
            yield assemble(name, Flow.UPDATE, life.entity, [part], variables, subject=life.noun)


def _step(
    step: SequenceStep,
    sequence: CallSequence,
    calls: Sequence[Exchange],
    values: Mapping[str, str],
) -> Step:
    recorded = next(each for each in calls if _is(each, step))
    body = "" if step.body is None else templated(json.dumps(step.body), values)
    for name in _numbers(sequence, calls):
        body = body.replace(f'"${{{name}}}"', f"${{{name}}}")
    request = HttpRequest(
        method=step.method,
        path=templated(step.path, values),
        body=body,
        keep={each.name: each.pointer for each in step.produces},
    )
    expect: list[Expectation] = [
        AnswerValue(pointer=pointer, value=template, oracle=COMES_BACK)
        for pointer, template in _brought_back(recorded.answered, values)
    ]
    if step.expected is ExpectedAnswer.FOUND:
        expect.insert(0, AnswerStatus(status=recorded.status, oracle=IS_READ))
    elif step.expected is ExpectedAnswer.GONE:
        expect = [AnswerStatus(status=recorded.status, oracle=IS_GONE)]
    return Step(id="", action=Action.REQUEST, request=request, expect=tuple(expect))


def _is(call: Exchange, step: SequenceStep) -> bool:
    """Whether the call may be the one that the step was learnt from."""
    parts = REFERENCE.split(step.path)
    pattern = "[^/?&]+".join(re.escape(part) for part in parts[::2])
    gone = step.expected is ExpectedAnswer.GONE
    fits = call.method == step.method and re.fullmatch(pattern, call.path) is not None
    return fits and (call.status in (404, 410) if gone else call.status < 300)


def _numbers(sequence: CallSequence, calls: Sequence[Exchange]) -> list[str]:
    """The values that an answer brings as numbers: they stand in a body without quotes."""
    return [
        made.name
        for step in sequence.steps
        for made in step.produces
        if any(
            _is(each, step) and isinstance(at(made.pointer, each.answered), int) for each in calls
        )
    ]


def _brought_back(answered: object, values: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Where an answer, being one record, holds what was typed."""
    if isinstance(answered, dict):
        for key, value in cast("dict[str, object]", answered).items():
            if isinstance(value, str) and (template := templated(value, values)) != value:
                yield f"/{key.replace('~', '~0').replace('/', '~1')}", template
