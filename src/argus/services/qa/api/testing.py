"""Tests of an API without a browser: its operations, lives of records, who gets at them.

What belongs to others is left alone: only records that the run itself made are changed and
deleted, and what is left of them is deleted at the end.
"""

import hashlib
import re
import time
from collections import Counter
from collections.abc import Callable, Generator, Mapping
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from argus.services.qa.api.agent import ApiTest
from argus.services.qa.api.calling import (
    NOBODY,
    SAFE_METHODS,
    Answer,
    Call,
    Caller,
    Identity,
    NoAnswer,
    TimeSpent,
)
from argus.services.qa.api.description import (
    ApiNotDescribed,
    Collection,
    collections,
    find,
    is_protected,
)
from argus.services.qa.api.fuzzing import Described, DescriptionInvalid, Fault, described
from argus.services.qa.api.ownership import reached
from argus.services.qa.api.records import OwnRecords
from argus.services.qa.api.replaying import replay
from argus.services.qa.api.results import Subject, brief, flow_of, shown
from argus.services.qa.api.sequences import (
    CallSequence,
    ExpectedAnswer,
    ProducedValue,
    SequenceStep,
)
from argus.services.qa.browser.errors import ApplicationUnreachable
from argus.services.qa.discovery.api import ApiCatalogue
from argus.services.qa.discovery.description import base_path
from argus.services.qa.discovery.matrix import suspicious
from argus.services.qa.discovery.site import Access, Site
from argus.services.qa.ir import Flow
from argus.services.qa.outcome import (
    Category,
    DiscoverySummary,
    Evidence,
    Finding,
    Severity,
    TestResult,
)
from argus.services.qa.urls import absolute_url, path_template, relative_url

_MOST_CASES = 30
_MOST_SHOWN = 5
_NOT_MADE = "no made-up record was taken and seen to be the run's own"
_MOST_ADDRESSES = 100
_TIDYING_S = 10.0
_MINOR = {"invalid_input_accepted": Severity.MEDIUM}


@dataclass(frozen=True)
class ApiTarget:
    """What to test, as whom, and who else there is."""

    app_url: str
    """Of the OpenAPI description, or of the application that serves it at a usual place."""
    user: Identity = NOBODY
    others: tuple[Identity, ...] = ()
    sequences: tuple[CallSequence, ...] = ()
    """Learnt from traffic."""
    read_only: bool = False
    seed: int = 0
    nonce: str = ""
    """Names the run: what is made up differs with it."""
    most_cases: int = _MOST_CASES
    """For each operation."""


class ApiSession:
    """The tests of one execution. All methods block: for a worker's thread.

    Close it at the end: that deletes the records it knows to have made.
    """

    def __init__(self, target: ApiTarget, deadline: float) -> None:
        """`deadline` is a time of `time.monotonic`."""
        self._target, self._stack, self._calls, self._begun = target, ExitStack(), 0, False
        self._catalogue = ApiCatalogue(target.app_url)
        self._start = relative_url(target.app_url)
        nobody = () if target.user is NOBODY else (NOBODY,)
        self._user = self._caller(target.user, deadline)
        self._others = [self._caller(each, deadline) for each in (*nobody, *target.others)]
        self._tidying = self._caller(target.user, deadline + _TIDYING_S)
        self._records = OwnRecords(
            self._user, target.seed, target.nonce, read_only=target.read_only
        )
        self._description: Mapping[str, Any] = {}
        self._given: dict[str, Call] = {}
        """What the user could read, by template."""
        self._findings: dict[tuple[str, str], Finding] = {}

    def close(self) -> None:
        """Delete what is left of the run's records, and end the connections."""
        with self._stack:
            self._records.tidy(self._tidying)

    def stop(self) -> None:
        """Send nothing more but to tidy up; from any thread."""
        for caller in (self._user, *self._others):
            caller.stop()

    def begin(self) -> list[ApiTest]:
        """Read the description, and say what there is to test, in the order to do it.

        Raises:
            ApplicationUnreachable: nothing answers.
            ApiNotDescribed: there is neither a description nor traffic to learn from.
        """
        try:
            description = find(self._user, self._target.app_url)
        except (NoAnswer, TimeSpent) as error:
            raise ApplicationUnreachable(str(error)) from error
        operations: list[Described] = []
        if description is not None:
            self._description = description
            self._catalogue.document(description)
            base_url = absolute_url(base_path(description) or "/", self._target.app_url)
            try:
                for each in described(description, base_url.rstrip("/")):
                    if isinstance(each, Described):
                        operations.append(each)
                    else:
                        self._find("description_invalid", Severity.LOW, "", str(each), ())
            except DescriptionInvalid as error:
                raise ApiNotDescribed(str(error)) from error
            self._records.describe(description, collections(operations))
        elif not self._target.sequences:
            raise ApiNotDescribed
        self._begun = True
        return [*self._tests(operations)]

    def site(self) -> Site:
        """What the run saw of the API: its operations, who gets what, findings.

        What is left of the run's records is deleted; what cannot be is a finding.
        """
        access = self._access()
        if left := self._records.tidy(self._tidying):
            shown_ = ", ".join(left[:_MOST_SHOWN])
            message = f"{len(left)} records of the run may be left: {shown_}"
            self._find("records_left", Severity.LOW, left[0], message, ())
        for defect in suspicious(access, self._target.user.name):
            self._find(defect.kind, defect.severity, defect.url, defect.message, defect.evidence)
        return Site(
            app_url=self._target.app_url,
            login=None,
            pages=(),
            states=(),
            transitions=(),
            forms=(),
            collections=(),
            api=self._catalogue.operations,
            access=access,
            findings=tuple(self._findings.values()),
            summary=DiscoverySummary(pages=0, states=0, actions=self._calls, forms=0, duration_s=0),
            stopped_by="exhausted" if self._user.left_s else "time_budget",
        )

    def _tests(self, operations: list[Described]) -> Generator[ApiTest]:
        read_only = self._target.read_only
        last = [each for each in operations if each.method == "DELETE"]
        for operation in (*(each for each in operations if each not in last), *last):
            if read_only and operation.method not in SAFE_METHODS:
                continue
            name = f"{operation.method} {operation.path}"
            yield self._test(name, flow_of(operation.method), partial(self._operation, operation))
        if read_only:
            return
        for collection in self._records.collections:
            name = f"Life of a record of {collection.create.path}"
            yield self._test(name, Flow.UPDATE, partial(self._life, collection))
        for sequence in self._target.sequences:
            name = f"As recorded: {sequence.name}"
            yield self._test(name, Flow.UPDATE, partial(self._sequence, sequence))
        for collection in self._records.collections:
            for other in self._others if collection.listed and "GET" in collection.item else ():
                name = f"{other.identity.name} cannot touch a record of {collection.create.path}"
                yield self._test(name, Flow.READ, partial(self._ownership, collection, other))

    def _operation(self, operation: Described, subject: Subject) -> TestResult:
        if not self._records.may_send(operation):
            return subject.skipped("its words say that it deletes, pays, sends or signs out")
        safe = operation.method in SAFE_METHODS
        own = self._records.of(operation)
        makes = operation.method == "POST" and "{" not in operation.path
        if own is None and not safe and not makes:
            return subject.skipped("it changes records, and the run made none that it could change")
        most = 1 if operation.method == "DELETE" else self._target.most_cases
        statuses: Counter[int] = Counter()

        def send(call: Call) -> Answer:
            answer = self._user.send(call)
            statuses[answer.status] += 1
            return answer

        faults: list[Fault] = []
        if own and safe:
            faults += operation.fuzz(send, self._target.seed, most // 2, own)
            own, most = None, most // 2
        faults += operation.fuzz(send, self._target.seed, most, own)
        for fault in faults:
            if not fault.serious:
                severity = _MINOR.get(fault.kind, Severity.LOW)
                message = brief(self._user.told(f"{subject.name}: {fault.message}"))
                evidence = shown(self._user, fault.call, fault.answer)
                self._find(fault.kind, severity, operation.path, message, evidence)
        if serious := next((fault for fault in faults if fault.serious), None):
            return self._faulty(serious, subject)
        if statuses and {*statuses} == {401}:
            reason = "every call is answered with 401: give --token-env, or --username"
            return subject.failed(Category.DATA, reason)
        return self._given_to_nobody(operation, subject) or subject.passed()

    def _faulty(self, fault: Fault, subject: Subject) -> TestResult:
        evidence = shown(self._user, fault.call, fault.answer)
        message = brief(self._user.told(f"{subject.name}: {fault.message}"))
        if self._user.send(fault.call).status != fault.answer.status:
            return subject.flaky(message, evidence)
        status = fault.answer.status
        return subject.failed(
            Category.PRODUCT_BUG, message, evidence, call=fault.call, status=status
        )

    def _given_to_nobody(self, operation: Described, subject: Subject) -> TestResult | None:
        """The failure of an operation that needs a credential, and answers without one."""
        nobody = next((each for each in self._others if each.identity is NOBODY), None)
        if nobody is None or operation.method != "GET":
            return None
        call = self._given.get(path_template(operation.place(self._records.of(operation) or {})))
        if call is None or not is_protected(self._description, operation):
            return None
        answer = nobody.send(call)
        if not answer.ok:
            return None
        message = f"{subject.name} is given to whoever asks, though its description asks who it is"
        evidence = shown(nobody, call, answer)
        return subject.failed(Category.PRODUCT_BUG, message, evidence, call=call)

    def _life(self, collection: Collection, subject: Subject) -> TestResult:
        made = self._records.post(collection)
        if made is None:
            return subject.skipped(_NOT_MADE)
        item, place = collection.item, f"{collection.create.place({})}/${{id}}"
        read = SequenceStep(method="GET", path=place, expected=ExpectedAnswer.FOUND)
        gone = SequenceStep(method="GET", path=place, expected=ExpectedAnswer.GONE)
        produced = ProducedValue(name="id", pointer=made.pointer)
        steps = [
            SequenceStep(
                method="POST", path=made.call.path, body=made.call.json, produces=(produced,)
            )
        ]
        steps += [read] if "GET" in item else []
        for method in ("PUT", "PATCH"):
            if change := self._records.change(collection, made, method):
                steps.append(SequenceStep(method=method, path=place, body=change.json))
                steps += [read] if "GET" in item else []
        if "DELETE" in item:
            steps.append(SequenceStep(method="DELETE", path=place))
            steps += [gone] if "GET" in item else []
        sequence = CallSequence(name=subject.name, steps=tuple(steps))
        return self._sequence(sequence, subject, made.made_up)

    def _sequence(
        self, sequence: CallSequence, subject: Subject, made_up: tuple[str, ...] = ()
    ) -> TestResult:
        replayed = replay(self._user, sequence, made_up)
        if replayed.refused:
            return subject.skipped(replayed.refused)
        if not replayed.complaint:
            return subject.passed()
        call, answer = replayed.done[-1]
        evidence = tuple(
            each for done in replayed.done for each in shown(self._user, done[0], done[1])
        )
        if not replay(self._user, sequence, made_up).complaint:
            return subject.flaky(replayed.complaint, evidence)
        return subject.failed(
            Category.PRODUCT_BUG, replayed.complaint, evidence, call=call, status=answer.status
        )

    def _ownership(self, collection: Collection, other: Caller, subject: Subject) -> TestResult:
        made = self._records.make(collection)
        if made is None or collection.listed is None:
            return subject.skipped(_NOT_MADE)
        own = {collection.parameter: made.value}
        changes = (self._records.change(collection, made, method) for method in ("PUT", "PATCH"))
        change = next((each for each in changes if each is not None), None)
        record = collection.item["GET"].place(own)
        listing = collection.listed.place({})
        breach = reached(self._user, other, made.value, listing, record, change)
        if breach is None:
            return subject.passed()
        message = (
            f"{other.identity.name} {breach.what}: {record}, which {self._user.identity.name} made "
            f"and {listing} does not show to {other.identity.name}"
        )
        evidence = (Evidence(kind="curl", message=self._user.curl(made.call)),)
        for caller, call, answer in breach.calls:
            evidence += shown(caller, call, answer)
        call = breach.calls[1][1]
        return subject.failed(Category.PRODUCT_BUG, message, evidence, call=call)

    def _access(self) -> tuple[Access, ...]:
        """How what the user could read is answered to each role."""
        if not self._others:
            return ()
        rows: list[Access] = []
        callers = (self._user, *self._others)
        with suppress(NoAnswer, TimeSpent):
            for call in [*self._given.values()][:_MOST_ADDRESSES]:
                answers = {each.identity.name: each.send(call).status for each in callers}
                rows.append(Access(url=call.path, answers=answers))
        return tuple(rows)

    def _caller(self, identity: Identity, deadline: float) -> Caller:
        caller = Caller(
            self._target.app_url,
            identity,
            deadline,
            read_only=self._target.read_only,
            on_call=partial(self._called, by_user=identity is self._target.user),
            secrets=[
                secret
                for each in (self._target.user, *self._target.others)
                for secret in each.secrets
            ],
        )
        return self._stack.enter_context(closing(caller))

    def _called(self, call: Call, answer: Answer, *, by_user: bool) -> None:
        self._calls += 1
        if not (by_user and self._begun):
            return
        path = urlsplit(call.path).path
        answered = answer.json if answer.ok else ...
        sent = call.json if answer.ok else ...
        self._catalogue.add(call.method, call.path, answer.status, sent, answered)
        if not answer.ok:
            return
        if call.method == "GET" and answered is not ...:
            self._given.setdefault(path_template(path), call)
        self._records.note(call, answer)

    def _find(
        self,
        kind: str,
        severity: Severity,
        url: str,
        message: str,
        evidence: tuple[Evidence, ...],
    ) -> None:
        message = self._user.told(message)
        finding = Finding(kind=kind, severity=severity, url=url, message=message, evidence=evidence)
        self._findings.setdefault((kind, url), finding)

    def _test(self, name: str, flow: Flow, act: Callable[[Subject], TestResult]) -> ApiTest:
        slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40]
        digest = hashlib.sha256(name.encode()).hexdigest()[:8]
        subject = Subject(f"api-{slug}-{digest}", name, flow)

        def run() -> TestResult:
            began, calls = time.monotonic(), self._calls
            try:
                result = act(subject)
            except TimeSpent:
                result = subject.skipped("the time budget was used up before the test ended")
            except NoAnswer as error:
                result = self._unanswered(error, subject)
            except DescriptionInvalid as error:
                result = subject.skipped(f"nothing can be made from its description: {error}")
            took_ms = round((time.monotonic() - began) * 1000)
            return result.model_copy(update={"steps": self._calls - calls, "duration_ms": took_ms})

        return ApiTest(subject.id, name, run)

    def _unanswered(self, error: NoAnswer, subject: Subject) -> TestResult:
        """A defect if the application answers other calls, else a matter of the environment."""
        evidence = shown(self._user, error.call, None)
        try:
            self._user.send(Call("GET", self._start))
        except (NoAnswer, TimeSpent):
            return subject.failed(Category.ENVIRONMENT, str(error), evidence)
        try:
            self._user.send(error.call)
        except NoAnswer:
            return subject.failed(Category.PRODUCT_BUG, str(error), evidence, call=error.call)
        except TimeSpent:
            pass
        return subject.flaky(str(error), evidence)
