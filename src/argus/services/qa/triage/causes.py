"""Which failures have one cause: what failed behind them is the same, or where and how they did."""

from collections import Counter
from collections.abc import Iterable, Mapping

from argus.services.qa.outcome import Category, Cause, Evidence, Symptom, TestResult, TestStatus
from argus.services.qa.triage.drain import Drain

MOST_SUSPECTS = 3

_Signature = tuple[object, ...]


def causes(tests: Iterable[TestResult], differences: Mapping[str, str]) -> tuple[Cause, ...]:
    """The causes of all tests that failed, those of most tests first.

    `differences` says, by test, where it first went otherwise than when it passed the last time.
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
    every = [_cause(members, differences) for members in found.values()]
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


def _cause(members: list[TestResult], differences: Mapping[str, str]) -> Cause:
    first = members[0]
    symptom, category = first.symptom, first.category
    assert symptom is not None
    assert category is not None
    suspects: list[str] = []
    if symptom.request:
        suspects.append(f"the handler of {symptom.request.rsplit(' ', 1)[0]}")
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
