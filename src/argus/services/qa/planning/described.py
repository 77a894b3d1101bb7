"""Tests of an API that describes itself: what can be read, and the life of each kind of record.

Learned as the pages are: a record is made, read, changed, deleted and asked for again, inside
others of the test's own where it needs them; what was seen to work becomes steps that send the same
requests with new values. Only records of its own making are changed and deleted.
"""

import asyncio
import json
import re
from contextlib import suppress
from typing import cast

from argus.services.qa.api.own_record import is_own, texts
from argus.services.qa.api.resources import (
    Node,
    Resource,
    body_of,
    operations,
    parameters,
    resources,
    told,
)
from argus.services.qa.api.samples import Sampler, Unknown, unique_texts
from argus.services.qa.api.sequences import identifier_of
from argus.services.qa.browser.errors import ApplicationUnreachable
from argus.services.qa.browser.session import Session
from argus.services.qa.execution.requests import Answer, send
from argus.services.qa.execution.values import make_values
from argus.services.qa.expectation import AnswerStatus, AnswerValue, Expectation
from argus.services.qa.foreign_json import parsed
from argus.services.qa.ir import (
    Action,
    Flow,
    HttpRequest,
    Phase,
    Step,
    Test,
    Variable,
    VariableKind,
)
from argus.services.qa.naming import a
from argus.services.qa.planning.assembly import Part, Steps, assemble
from argus.services.qa.planning.calls import COMES_BACK, IS_GONE, IS_READ
from argus.services.qa.planning.recorder import BudgetSpent, NotLearned
from argus.services.qa.safety import may_send
from argus.services.qa.templates import templated
from argus.services.qa.urls import url_template

ANSWERS = "what an API describes can be read each time"
TAKES = "an API takes what fits its description"
REFUSES = "what is no JSON is refused, and breaks nothing"
NOT_FOUND = "a record that was never made is not found"

_MOST_READS = 10
_MOST_VALUES = 10
_OK = frozenset({200, 201, 202, 203, 204})
_LATER = 202
"""What was asked for may be done at any time, or never (RFC 9110, 15.3.3)."""
_WORD = re.compile(r"\w{6,}")
"""Of what was sent: a key that holds one is made of it."""
_GONE = frozenset({404, 410})
_NO_JSON = '{"'
_UNKNOWN = {"unknown": Variable(kind=VariableKind.TEXT, unique=True, pattern="[a-z]{12}")}

Learned = tuple[Test, str]
"""A test, and how the application was seen to violate it; empty where it holds."""


async def learn_readings(session: Session, description: Node, deadline: float) -> list[Learned]:
    """Tests of what is described to be read as it stands, if it is given, or fails.

    What does not answer, or never ends, is left out, and so is what there is no time for before
    `deadline`, a time of the running loop.
    """
    learned: list[Learned] = []
    for path in readable(description)[:_MOST_READS]:
        if asyncio.get_running_loop().time() > deadline:
            break
        try:
            answer = await send(session, _request("GET", path), "", {}, {})
        except ApplicationUnreachable:
            continue
        status, fails = answer.request.status, _fails(answer)
        if status in _OK or fails:
            expect = AnswerStatus(status=200 if fails else status, oracle=ANSWERS)
            part = Part(name="read", phase=Phase.ACT, steps=(_step("GET", path, expect),))
            name, template = f"Ask for {path}", url_template(path)
            test = assemble(name, Flow.READ, template, [part], subject=path)
            learned.append((test, str(answer) if fails else ""))
    return learned


def readable(description: Node) -> list[str]:
    """The addresses that are described to be read as they stand, and whose words are harmless."""
    return sorted(
        {
            path
            for path, _, methods in operations(description)
            if "GET" in methods and "{}" not in path and may_send("GET", path)
            if not any(each.get("required") for each in parameters(description, methods["GET"]))
        }
    )


def kinds_of_records(description: Node) -> list[Resource]:
    """Those that can be made with nothing but a body, by what in no word moves money or writes to
    people.
    """

    def is_plain(resource: Resource) -> bool:
        post = resource.listing["POST"]
        asked = parameters(description, post)
        beside = [each for each in asked if each.get("in") in ("query", "header")]
        return may_send("POST", resource.path, *told(post)) and not any(
            each.get("required") for each in beside
        )

    return [each for each in resources(description) if all(map(is_plain, each.chain))]


async def learn_records(
    session: Session,
    description: Node,
    resource: Resource,
    seed: int,
    nonce: str,
    deadline: float,
) -> list[Learned]:
    """Tests of one kind of record. What is made meanwhile is deleted, as far as that is described.

    Nothing is changed or deleted but what holds, where it is read, a text made up for this.

    Raises:
        NotLearned: no such record can be made, or it is not seen to be there.
        ApplicationUnreachable: nothing answers.
        BudgetSpent: `deadline`, a time of the running loop, is over.
    """
    learner = _Learner(session, description, resource, seed, nonce, deadline)
    try:
        return await learner.learn()
    finally:
        await learner.tidy()


class _Learner:
    def __init__(
        self,
        session: Session,
        description: Node,
        resource: Resource,
        seed: int,
        nonce: str,
        deadline: float,
    ) -> None:
        self._session, self._description, self._resource = session, description, resource
        self._seed, self._nonce, self._deadline = seed, nonce, deadline
        self._variables: dict[str, Variable] = {**_UNKNOWN}
        self._values = make_values(_UNKNOWN, seed, nonce)
        self._listing = _place(resource.path)
        self._item = _place(resource.item_path)
        self._around: Steps = ()
        """Makes what the record is inside of."""
        self._there: list[Resource] = []
        """What there is of the test's own, the outermost first."""

    async def learn(self) -> list[Learned]:
        resource = self._resource
        for outer in resource.chain[:-1]:
            self._around += (self._made(outer, *await self._offer(outer)),)
            _, lost = await self._seen(outer)
            if lost:
                raise NotLearned(lost)
        learned = [each for each in (await self._refused(), await self._not_found()) if each]
        step, answer = await self._offer(resource)
        if _fails(answer):
            return [*learned, self._test("Create", Flow.CREATE, [], [step], [], str(answer))]
        create = self._made(resource, step, answer)
        read, found = await self._seen(resource)
        learned.append(self._test("Create", Flow.CREATE, [], [create], [read], found))
        if found:
            return learned
        made = create.model_copy(update={"expect": ()})
        with suppress(NotLearned):
            learned += await self._changed(made)
        return [*learned, *await self._deleted(made)]

    async def tidy(self) -> None:
        """Delete what is left; what cannot be deleted goes with what it is inside of, or stays."""
        while self._there:
            resource = self._there.pop()
            if "DELETE" in resource.item:
                with suppress(ApplicationUnreachable):
                    request = _request("DELETE", _place(resource.item_path))
                    await send(self._session, request, "", self._values, {})

    async def _offer(self, resource: Resource) -> tuple[Step, Answer]:
        operation = resource.listing["POST"]
        sampler = Sampler(self._description, resource.thing, resource.parameter)
        return await self._send_body("POST", _place(resource.path), operation, sampler)

    async def _send_body(
        self, method: str, path: str, operation: Node, sampler: Sampler
    ) -> tuple[Step, Answer]:
        """What is sent, with all that the description knows or else what it demands; the answer."""
        schema = body_of(self._description, operation)
        for whole in (True, False):
            sampler.variables.clear()
            try:
                body = None if schema is None else sampler.sample(schema, whole=whole)
            except Unknown as error:
                raise NotLearned(f"nothing is known that fits {error}") from error
            self._variables |= sampler.variables
            self._values |= make_values(sampler.variables, self._seed, self._nonce)
            step = _step(method, path, body="" if schema is None else json.dumps(body))
            answer = await self._answer(step)
            if answer.request.status in _OK or _fails(answer):
                break
        expect = AnswerStatus(status=answer.request.status, oracle=TAKES)
        return step.model_copy(update={"expect": (expect, *self._brought_back(answer))}), answer

    def _made(self, resource: Resource, step: Step, answer: Answer) -> Step:
        """The step that makes a record, and keeps what names it for later steps."""
        pointer = identifier_of(parsed(answer.body), resource.parameter)
        is_made = answer.request.status in _OK - {_LATER}
        if not is_made or pointer is None or step.request is None:
            raise NotLearned(f"no {resource.thing} can be made: {answer}")
        name = f"v{len(resource.chain)}"
        self._values[name] = cast("str", answer.at(pointer))
        request = step.request.model_copy(update={"keep": {name: pointer}})
        return step.model_copy(update={"request": request})

    async def _read(self, resource: Resource) -> tuple[Step, str, object]:
        """The record is asked for; how the application breaks its word, if it does; the record."""
        answer = await self._answer(step := _step("GET", _place(resource.item_path)))
        status = answer.request.status
        if status in _GONE or _fails(answer):
            expect = (AnswerStatus(status=200, oracle=IS_READ),)
            return step.model_copy(update={"expect": expect}), str(answer), ...
        if status not in _OK:
            raise NotLearned(str(answer))
        is_read = AnswerStatus(status=status, oracle=IS_READ)
        expect = (is_read, *self._brought_back(answer))
        return step.model_copy(update={"expect": expect}), "", parsed(answer.body)

    async def _seen(self, resource: Resource) -> tuple[Step, str]:
        """What was just made is read, and is from now on the test's own to change and delete.

        Raises:
            NotLearned: it may be somebody else's.
        """
        read, lost, record = await self._read(resource)
        if not lost and not is_own(record, unique_texts(self._variables, self._values)):
            raise NotLearned("what is read there is not seen to be what was made")
        if not lost:
            self._there.append(resource)
        return read, lost

    async def _changed(self, made: Step) -> list[Learned]:
        resource = self._resource
        if self._is_named_by_what_was_sent():
            return []  # a change may give it another name
        for method in ("PUT", "PATCH"):
            if method in resource.item:
                prefix, operation = f"changed {resource.thing}", resource.item[method]
                sampler = Sampler(self._description, prefix, resource.parameter)
                change, answer = await self._send_body(method, self._item, operation, sampler)
                status = answer.request.status
                if _fails(answer):
                    return [self._test("Change", Flow.UPDATE, [made], [change], [], str(answer))]
                if status == _LATER:
                    return []
                if status in _OK:
                    read, lost, _ = await self._read(resource)
                    return [self._test("Change", Flow.UPDATE, [made], [change], [read], lost)]
        return []

    async def _deleted(self, made: Step) -> list[Learned]:
        resource = self._resource
        if "DELETE" not in resource.item:
            return []
        answer = await self._answer(delete := _step("DELETE", self._item))
        status, problem = answer.request.status, ""
        if _fails(answer):
            return [self._test("Delete", Flow.DELETE, [made], [delete], [], str(answer))]
        if status not in _OK - {_LATER}:
            return []
        self._there.remove(resource)
        again = await self._answer(step := _step("GET", self._item))
        gone = again.request.status
        if gone in _OK and status in (200, 204):
            gone, problem = 404, f"a deleted {resource.thing} is still there: {again}"
        elif gone in _OK or gone >= 500:
            return []
        ask = step.model_copy(update={"expect": (AnswerStatus(status=gone, oracle=IS_GONE),)})
        return [self._test("Delete", Flow.DELETE, [made], [delete], [ask], problem)]

    async def _refused(self) -> Learned | None:
        step = _step("POST", self._listing, body=_NO_JSON)
        takes_json = body_of(self._description, self._resource.listing["POST"]) is not None
        answer = await self._answer(step) if takes_json else None
        return self._told("Refuse what is no JSON for", Flow.VALIDATE, step, answer, REFUSES)

    async def _not_found(self) -> Learned | None:
        step = _step("GET", self._item.replace(f"${{v{len(self._resource.chain)}}}", "${unknown}"))
        answer = await self._answer(step)
        return self._told("Ask in vain for", Flow.READ, step, answer, NOT_FOUND)

    def _told(
        self, what: str, flow: Flow, step: Step, answer: Answer | None, oracle: str
    ) -> Learned | None:
        """A test that expects this refusal, or any where the application fails instead."""
        if answer is None:
            return None
        status, fails = answer.request.status, _fails(answer)
        if not fails and (not 400 <= status < 500 or status in (401, 403)):
            return None
        expect = AnswerStatus(status=400 if fails else status, oracle=oracle)
        refused = step.model_copy(update={"expect": (expect,)})
        return self._test(what, flow, [], [refused], [], str(answer) if fails else "")

    def _test(
        self,
        what: str,
        flow: Flow,
        before: list[Step],
        act: list[Step],
        then: list[Step],
        violated: str,
    ) -> Learned:
        resource = self._resource
        around = tuple(step.model_copy(update={"expect": ()}) for step in self._around)
        made = [*resource.chain[:-1], *([resource] if flow in (Flow.CREATE, Flow.UPDATE) else [])]
        clean = [
            _step("DELETE", _place(each.item_path))
            for each in reversed(made)
            if "DELETE" in each.item
        ]
        phases = (
            ("around", Phase.SETUP, around),
            ("made", Phase.SETUP, before),
            ("send", Phase.ACT, act),
            ("ask", Phase.ASSERT, then),
            ("cleanup", Phase.CLEANUP, clean),
        )
        parts = [Part(name=name, phase=phase, steps=tuple(steps)) for name, phase, steps in phases]
        entity = url_template(resource.path.replace("{}", "0"))
        name, subject = f"{what} {a(resource.thing)} by the API", resource.thing
        return assemble(name, flow, entity, parts, self._variables, subject=subject), violated

    def _brought_back(self, answer: Answer) -> tuple[AnswerValue, ...]:
        """Where the answer holds what was sent, and what names the record."""
        found = texts(parsed(answer.body))
        values = ((pointer, templated(text, self._values), text) for pointer, text in found)
        return tuple(
            AnswerValue(pointer=pointer, value=template, oracle=COMES_BACK)
            for pointer, template, text in values
            if template != text
        )[:_MOST_VALUES]

    def _is_named_by_what_was_sent(self) -> bool:
        """Whether the record's key is, or is made of, a text of its own: a name, a slug."""
        key = self._values[f"v{len(self._resource.chain)}"].lower()
        sent = [self._values[name].lower() for name, each in self._variables.items() if each.unique]
        return key in sent or any(word in key for text in sent for word in _WORD.findall(text))

    async def _answer(self, step: Step) -> Answer:
        if asyncio.get_running_loop().time() > self._deadline:
            raise BudgetSpent
        return await send(self._session, cast("HttpRequest", step.request), "", self._values, {})


def _place(path: str) -> str:
    """The path with the records' names, which `v1` and so on stand for, the outermost first."""
    for number in range(1, path.count("{}") + 1):
        path = path.replace("{}", f"${{v{number}}}", 1)
    return path


def _fails(answer: Answer) -> bool:
    """Whether the application breaks: not where it says that it cannot, or not now."""
    status = answer.request.status
    return status >= 500 and status not in (501, 503)


def _request(method: str, path: str, body: str = "") -> HttpRequest:
    return HttpRequest(method=method, path=path, body=body)


def _step(method: str, path: str, *expect: Expectation, body: str = "") -> Step:
    request = _request(method, path, body)
    return Step(id="", action=Action.REQUEST, request=request, expect=expect)
