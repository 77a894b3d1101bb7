"""From a test to its result: execute, triage, heal where that is allowed, prove.

All parts take and return plain values, so that the graph can put a checkpoint between them.
"""

import asyncio
from typing import ClassVar

from argus.kernel.schema import Value
from argus.services.qa.agent import Agent
from argus.services.qa.execution.execute import Bench, is_unresolved
from argus.services.qa.execution.record import TestRun
from argus.services.qa.healing.repair import Healing, attempt_test, heal_test, prove, refresh
from argus.services.qa.ir import Test
from argus.services.qa.outcome import (
    Category,
    Difference,
    Evidence,
    Heal,
    Repair,
    Symptom,
    TestResult,
    TestStatus,
)
from argus.services.qa.templates import fill_in, templated
from argus.services.qa.triage.classify import Context, Verdict, classify, is_unreachable
from argus.services.qa.triage.trail import Trail, failing_request, step_label, trail_of


class Judged(Value):
    """A test's result and, where locators were healed and proven, the test with the new ones."""

    result: TestResult
    healed: Test | None = None
    repairs: tuple[Repair, ...] = ()
    """The proven heals, in the order of `result.heals`."""
    refuted: tuple[str, ...] = ()
    """Earlier heals that failed when they were tried again."""
    trail: Trail = ()
    """What the judged execution did, to compare others with."""
    unreachable: bool = False
    """Nothing answered at the application's address."""


class Tally(Value):
    """What the tests of a run that ended so far say about the environment."""

    executed: int = 0
    unreachable: int = 0

    def counting(self, *, unreachable: bool) -> "Tally":
        """This tally with one more test."""
        return Tally(executed=self.executed + 1, unreachable=self.unreachable + int(unreachable))


async def judge_pass(bench: Bench, test: Test, run: TestRun, nonce: str, left_s: float) -> Judged:
    """A passing run; where locators went stale under it, the test with new ones, if proven.

    Nothing is healed that is not proven in the time that is left.
    """
    passed = Judged(result=_result(test, run, TestStatus.PASSED, None), trail=trail_of(test, run))
    lost_in_cleanup = any(is_unresolved(outcome) or outcome.tidied for outcome in run.outcomes)
    try:
        async with asyncio.timeout(left_s):
            if lost_in_cleanup:
                healing = await heal_test(bench, test, f"{nonce}-heal")
            else:
                healing = refresh(test, run)
            if healing is None or not healing.run.ok or not healing.repairs:
                return passed
            proofs = await prove(bench, healing.test, f"{nonce}-proof")
    except TimeoutError:
        return passed
    return _healed(healing, run) if proofs[-1].ok else passed


async def judge_failure(
    bench: Bench, test: Test, run: TestRun, nonce: str, tally: Tally, left_s: float
) -> Verdict:
    """The verdict on a failing run, after a rerun where one can tell more and time is left for it.

    A rerun signs in anew first if the session was lost. Healing is a rerun of its own.
    """
    context = Context(
        app_url=bench.app_url,
        executed=tally.executed,
        unreachable=tally.unreachable,
        login_url=_login_url(bench),
    )
    verdict = classify(test, run, context)
    if not verdict.tentative:
        return verdict
    try:
        async with asyncio.timeout(left_s):
            if verdict.category is Category.DATA and bench.login is not None:
                await bench.sign_in()
            rerun = await attempt_test(bench, test, f"{nonce}-rerun", recorded=True)
    except TimeoutError:
        return verdict
    return classify(test, run, context.model_copy(update={"rerun": rerun}))


class Trial(Value):
    """A test that is to be performed; `nonce` is a text that no other execution has."""

    test: Test
    nonce: str


class UITester(Agent[Trial, TestRun | None]):
    """Performs a test in the browser as a person would, in a context of its own."""

    name: ClassVar[str] = "UITester"

    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    async def work(self, given: Trial, budget_s: float) -> TestRun | None:
        """What happened, step by step; None where the time was over before the test ended."""
        try:
            async with asyncio.timeout(budget_s):
                return await attempt_test(self._bench, given.test, given.nonce)
        except TimeoutError:
            return None


class Lost(Value):
    """A test that lost its way, and may only have lost an element."""

    test: Test
    run: TestRun
    verdict: Verdict
    nonce: str


class SelfHealer(Agent[Lost, Judged]):
    """Finds lost elements again, where reruns with unchanged expectations prove it."""

    name: ClassVar[str] = "SelfHealer"
    asks: ClassVar[frozenset[str]] = frozenset({"pick_element"})

    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    async def work(self, given: Lost, budget_s: float) -> Judged:
        """The test healed, or its failure: what cannot be healed and proven is a defect.

        Where the time that is left is too short to tell, the failure keeps its verdict.
        """
        try:
            async with asyncio.timeout(budget_s):
                return await _heal_and_prove(
                    self._bench, given.test, given.run, given.verdict, given.nonce
                )
        except TimeoutError:
            return judged_failed(given.test, given.run, given.verdict)


async def _heal_and_prove(
    bench: Bench, test: Test, run: TestRun, verdict: Verdict, nonce: str
) -> Judged:
    healing = await heal_test(bench, test, f"{nonce}-heal")
    if healing.abstention is not None and not healing.run.ok:
        lost = healing.abstention
        what = fill_in(lost.target, run.values)
        guess = await heal_test(bench, test, f"{nonce}-guess", guessing=True)
        if guess.run.ok and guess.repairs:
            names = ", ".join(each.after.description for each in guess.repairs)
            told = f"{what} is not found, and all else holds with {names}: was it given that name?"
            renamed = verdict.model_copy(update={"reasons": (told,)})
            return judged_failed(test, run, renamed, refuted=healing.refuted)
        gone = f"{what} is gone: {lost.reason}"
        return judged_failed(test, run, _defect(gone), refuted=healing.refuted)
    if not healing.repairs:
        if healing.run.ok:
            again = Context(rerun=healing.run)
            return judged_failed(test, run, classify(test, run, again))
        known = Context(app_url=bench.app_url, login_url=_login_url(bench))
        other = classify(test, healing.run, known)
        return judged_failed(
            test, healing.run, _defect(*other.reasons) if other.healable else other
        )
    last = (await prove(bench, healing.test, f"{nonce}-proof"))[-1]
    if not last.ok:
        reused = tuple(each.heal.learnt for each in healing.repairs if each.heal.learnt)
        refuted = (*healing.refuted, *reused)
        return judged_failed(test, last, _defect(_complaint(last)), refuted=refuted)
    return _healed(healing, last, verdict)


def _healed(healing: Healing, run: TestRun, verdict: Verdict | None = None) -> Judged:
    heals = tuple(each.heal.model_copy(update={"proven": True}) for each in healing.repairs)
    category = verdict.category if verdict else Category.LOCATOR_BREAK
    result = _result(healing.test, run, TestStatus.PASSED_HEALED, category, heals=heals)
    told = tuple(
        Evidence(
            kind="heal",
            message=f"step {heal.step}: {heal.before} is now {heal.after}: "
            + "; ".join(heal.reasons),
        )
        for heal in heals
    )
    result = result.model_copy(update={"evidence": (*told, *result.evidence)})
    return Judged(
        result=result,
        healed=healing.test,
        repairs=healing.repairs,
        refuted=healing.refuted,
        trail=trail_of(healing.test, run),
    )


def judged_failed(
    test: Test, run: TestRun, verdict: Verdict, refuted: tuple[str, ...] = ()
) -> Judged:
    """The result of a failing run that must not be healed, or could not be."""
    flaky = verdict.category is Category.FLAKE
    status = TestStatus.FLAKY if flaky else TestStatus.FAILED
    result = _result(test, run, status, verdict.category, reasons=verdict.reasons)
    category = verdict.category.replace("_", " ")
    told = Evidence(
        kind="triage", message=f"{category} with a probability of {verdict.probability:.0%}"
    )
    changes = {
        "probability": verdict.probability,
        "symptom": _symptom(test, run),
        "evidence": (*result.evidence, told),
    }
    return Judged(
        result=result.model_copy(update=changes),
        refuted=refuted,
        trail=trail_of(test, run),
        unreachable=is_unreachable(run),
    )


def _symptom(test: Test, run: TestRun) -> Symptom | None:
    outcome = run.failed
    if outcome is None:
        return None
    step = next(step for step in test.steps if step.id == outcome.step)
    errors = outcome.script_errors
    return Symptom(
        step=step_label(step),
        url=outcome.url_template,
        message=templated(outcome.failures[0].message, run.values),
        request=failing_request(outcome),
        script_error=templated(errors[0], run.values) if errors else "",
    )


def _result(
    test: Test,
    run: TestRun,
    status: TestStatus,
    category: Category | None,
    *,
    heals: tuple[Heal, ...] = (),
    reasons: tuple[str, ...] = (),
) -> TestResult:
    return TestResult(
        id=test.id,
        name=test.name,
        flow=test.flow,
        status=status,
        category=category,
        steps=len(run.outcomes),
        duration_ms=run.duration_ms,
        heals=heals,
        evidence=_evidence(run, reasons),
        differences=_differences(run),
    )


def _differences(run: TestRun) -> tuple[Difference, ...]:
    failed = run.failed
    if failed is None:
        return ()
    return tuple(
        Difference(expected=failure.oracle, seen=failure.message, url=failed.url)
        for failure in failed.failures
    )


def _evidence(run: TestRun, reasons: tuple[str, ...]) -> tuple[Evidence, ...]:
    found: list[Evidence] = []
    failed = run.failed
    where = failed.url if failed else ""
    picture = failed.screenshot if failed else ""
    known: set[str] = set()
    if failed is not None:
        for failure in failed.failures:
            message = f"step {failed.step}: {failure.message}"
            if failure.oracle:
                message += f" (expected: {failure.oracle})"
            known.add(failure.message)
            found.append(
                Evidence(kind=failure.kind, message=message, url=where, screenshot=picture)
            )
    found += [
        Evidence(kind="reason", message=reason, url=where)
        for reason in reasons
        if reason not in known
    ]
    return tuple(found)


def _defect(*reasons: str) -> Verdict:
    return Verdict(category=Category.PRODUCT_BUG, probability=0.8, reasons=reasons)


def _complaint(run: TestRun) -> str:
    failed = run.failed
    message = failed.failures[0].message if failed else ""
    return f"another element was tried instead, and the test still failed: {message}"


def _login_url(bench: Bench) -> str:
    if bench.login is None:
        return ""
    first = bench.login.steps[0]
    return first.value if isinstance(first.value, str) else first.post_url


OUT_OF_TIME = Evidence(kind="budget", message="the time budget was used up before the test ended")


def judged_skipped(test: Test | TestResult, why: Evidence = OUT_OF_TIME) -> Judged:
    """The result of a test that tells nothing, and why; a skip never counts as a pass."""
    return Judged(
        result=TestResult(
            id=test.id,
            name=test.name,
            flow=test.flow,
            status=TestStatus.SKIPPED,
            category=None,
            steps=0,
            duration_ms=0,
            heals=(),
            evidence=(why,),
        )
    )
