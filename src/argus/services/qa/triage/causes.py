"""Which failures have one cause: what failed behind them is the same, or where and how they did."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import ClassVar

from pydantic import Field

from argus.kernel.schema import Value
from argus.services.qa.agent import Agent
from argus.services.qa.language_models.advice import explained
from argus.services.qa.language_models.advisor import Advisor
from argus.services.qa.leads import NO_LEADS, Leads
from argus.services.qa.outcome import Category, Cause, Evidence, Symptom, TestResult, TestStatus
from argus.services.qa.triage.drain import Drain

MOST_SUSPECTS = 3

_Signature = tuple[object, ...]


class Failures(Value):
    """The results of a run, and what is known beside them.

    `differences` says, by test, where it first went otherwise than when it passed the last time.
    """

    tests: tuple[TestResult, ...]
    differences: dict[str, str] = Field(default_factory=dict[str, str])
    leads: Leads = NO_LEADS


class Explained(Value):
    """The results with what is behind their failures among the evidence, and the causes."""

    tests: tuple[TestResult, ...]
    causes: tuple[Cause, ...]


class RootCause(Agent[Failures, Explained]):
    """Says which failures are one, and where to look first; no verdict changes."""

    name: ClassVar[str] = "RootCause"
    asks: ClassVar[frozenset[str]] = frozenset({"explain_failure"})

    def __init__(self, advisor: Advisor | None = None) -> None:
        """The advisor may be asked for an explanation of each cause that is a product bug."""
        self._advisor = advisor

    async def work(self, given: Failures, budget_s: float) -> Explained:
        """All results, in their order; those that failed with their cause among the evidence."""
        found = causes(given.tests, given.differences, given.leads)
        tests = with_causes(given.tests, found)
        if self._advisor is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(budget_s):
                    for cause in found:
                        tests = await _with_opinion(cause, tests, self._advisor)
        return Explained(tests=tests, causes=found)


async def _with_opinion(
    cause: Cause, tests: tuple[TestResult, ...], advisor: Advisor
) -> tuple[TestResult, ...]:
    """The results, those of the cause with what a language model makes of their evidence."""
    if cause.category is not Category.PRODUCT_BUG:
        return tests
    first = next(test for test in tests if test.id == cause.tests[0])
    text = await explained(first, advisor)
    if not text:
        return tests
    opinion = Evidence(kind="model_opinion", message=text)
    return tuple(
        test.model_copy(update={"evidence": (*test.evidence, opinion)})
        if test.id in cause.tests
        else test
        for test in tests
    )


def causes(
    tests: Iterable[TestResult], differences: Mapping[str, str], leads: Leads = NO_LEADS
) -> tuple[Cause, ...]:
    """The causes of all tests that failed, those of most tests first; see `Failures`.

    Failures have one cause if the same request got no good answer, if the same script error came
    up, or if the same step failed on the same page with the same kind of message. What the
    environment did is one cause by its message alone.
    """
    drain = Drain()
    found: dict[_Signature, list[TestResult]] = {}
    for test in tests:
        if test.status is TestStatus.FAILED and test.category and test.symptom:
            key = _signature(test.category, test.symptom, drain)
            found.setdefault(key, []).append(test)
    every = [_cause(members, differences, leads) for members in found.values()]
    return tuple(sorted(every, key=lambda cause: -len(cause.tests)))


def with_causes(tests: Iterable[TestResult], found: Iterable[Cause]) -> tuple[TestResult, ...]:
    """The results, those that failed with their cause and its suspects among the evidence."""
    told: dict[str, tuple[Evidence, ...]] = {}
    for cause in found:
        suspects = [Evidence(kind="suspect", message=suspect) for suspect in cause.suspects]
        if len(cause.tests) > 1:
            message = f"one cause, {len(cause.tests)} tests: {cause.what}"
            suspects.insert(0, Evidence(kind="cause", message=message))
        told.update(dict.fromkeys(cause.tests, tuple(suspects)))
    return tuple(
        test.model_copy(update={"evidence": (*test.evidence, *told.get(test.id, ()))})
        for test in tests
    )


def _signature(category: Category, symptom: Symptom, drain: Drain) -> _Signature:
    if category is Category.ENVIRONMENT:
        return category, drain.template_of(symptom.message)
    if symptom.request:
        return category, "request", symptom.request
    if symptom.script_error:
        return category, "script", drain.template_of(symptom.script_error)
    return category, symptom.step, symptom.url, drain.template_of(symptom.message)


def _cause(members: list[TestResult], differences: Mapping[str, str], leads: Leads) -> Cause:
    first = members[0]
    symptom, category = first.symptom, first.category
    assert symptom is not None
    assert category is not None
    suspects: list[str] = []
    if symptom.request:
        request = symptom.request.rsplit(" ", 1)[0]
        code = leads.handler(*request.split(" ", 1))
        suspects.append(f"the handler of {request}" + (f", {code}" if code else ""))
    if symptom.script_error:
        suspects.append(f"the script behind: {symptom.script_error}")
    seen = Counter(differences[test.id] for test in members if differences.get(test.id))
    suspects += [f"first difference: {difference}" for difference, _ in seen.most_common()]
    return Cause(
        category=category,
        what=symptom.request or symptom.script_error or symptom.message,
        step=symptom.step,
        url=symptom.url,
        tests=tuple(test.id for test in members),
        suspects=tuple(suspects[:MOST_SUSPECTS]),
    )
