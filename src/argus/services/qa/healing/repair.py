"""Replace what no longer finds its element, and prove that the test still tests the same.

Only locators change; actions, values and expectations stay as they are. A repaired test counts
only after two whole executions in which every expectation held. What was learnt from an earlier
heal is tried first, and proven like any other. Cleanup is repaired without proof, for it expects
nothing, and only where it can reach no record but the test's own.
"""

from collections.abc import Mapping, Sequence

from argus.kernel.schema import Value
from argus.services.qa.browser.elements import (
    candidate_locators,
    filled_fingerprint,
    receives_events,
    snapshot,
    target_of,
    templated_fingerprint,
)
from argus.services.qa.browser.locate import Found, resolve
from argus.services.qa.browser.session import Session
from argus.services.qa.execution.execute import Bench, Mend, execute_test
from argus.services.qa.execution.record import StepOutcome, TestRun
from argus.services.qa.expectation import ElementPresent, Expectation, FieldValue
from argus.services.qa.healing.advised import advised_choice
from argus.services.qa.healing.gate import choose, role_class
from argus.services.qa.healing.own_record import is_harmless, under_another_name
from argus.services.qa.healing.renamed import maybe_renamed
from argus.services.qa.healing.similarity import similarity
from argus.services.qa.ir import Phase, Step, Test
from argus.services.qa.language_models.advisor import Advisor
from argus.services.qa.learnt import Pattern
from argus.services.qa.outcome import Heal, Repair
from argus.services.qa.target import Fingerprint, Locator, LocatorKind, Target
from argus.services.qa.templates import fill_in

MAX_HEALS = 12
"""More changes than this in one test are another test, for people to look at."""

PROOFS = 2


class Abstention(Value):
    """A target that could not be healed."""

    step: str
    target: str
    reason: str


class Healing(Value):
    """A test with other locators, and how it did in the execution in which they were found."""

    test: Test
    repairs: tuple[Repair, ...]
    """Not proven yet."""
    abstention: Abstention | None
    run: TestRun
    refuted: tuple[str, ...] = ()
    """What was learnt earlier and does not find its element any more."""


async def attempt_test(bench: Bench, test: Test, nonce: str, *, recorded: bool = False) -> TestRun:
    """Execute the test as it is written; only its cleanup may find elements in another way."""
    return await execute_test(bench, test, nonce, tidy=_tidier(bench, test), recorded=recorded)


async def heal_test(bench: Bench, test: Test, nonce: str, *, guessing: bool = False) -> Healing:
    """Execute the test and replace, as it goes, the targets that are not found.

    When `guessing`, what may be the lost element under another name replaces it as well: that is
    no heal, and tells only whether the rest of the test holds with it.

    The result may be without heals: then either nothing was missing any more, or the first missing
    target could not be healed, which `abstention` says.
    """
    mender = _Mender(bench, test, guessing=guessing)
    run = await execute_test(
        bench, test, nonce, mend=mender.mend, tidy=_tidier(bench, test), recorded=True
    )
    steps = tuple(mender.steps.get(step.id, step) for step in test.steps)
    return Healing(
        test=test.model_copy(update={"steps": steps}),
        repairs=tuple(mender.repairs),
        abstention=mender.abstention,
        run=run,
        refuted=tuple(dict.fromkeys(mender.refuted)),
    )


async def prove(bench: Bench, test: Test, nonce: str) -> list[TestRun]:
    """Execute a repaired test until it fails, at most twice; it is proven if it never did."""
    runs: list[TestRun] = []
    for attempt in range(PROOFS):
        runs.append(await attempt_test(bench, test, f"{nonce}{attempt}"))
        if not runs[-1].ok:
            break
    return runs


def refresh(test: Test, run: TestRun) -> Healing | None:
    """Replace locators that no longer lead to an element which another locator still found.

    Only what identifies for good is compared: ids, names and test ids without digits. None if the
    passing `run` shows nothing of the kind.
    """
    outcomes = {outcome.step: outcome for outcome in run.outcomes}
    steps: list[Step] = []
    repairs: list[Repair] = []
    for step in test.steps:
        outcome = outcomes.get(step.id)
        repair = outcome and _refreshed(step, outcome, run.values)
        if repair is None:
            steps.append(step)
            continue
        steps.append(step.model_copy(update={"target": repair.after}))
        repairs.append(repair)
    if not repairs:
        return None
    changed = test.model_copy(update={"steps": tuple(steps)})
    return Healing(test=changed, repairs=tuple(repairs), abstention=None, run=run)


class _Mender:
    def __init__(self, bench: Bench, test: Test, *, guessing: bool = False) -> None:
        self.steps: dict[str, Step] = {}
        self.repairs: list[Repair] = []
        self.abstention: Abstention | None = None
        self.refuted: list[str] = []
        self._test, self._patterns, self._advisor = test, bench.patterns, bench.advisor
        self._guessing = guessing
        self._healed: set[tuple[str, int]] = set()

    async def mend(
        self, session: Session, step: Step, outcome: StepOutcome, values: Mapping[str, str]
    ) -> Step | None:
        current = self.steps.get(step.id, step)
        at = outcome.failures[0].expectation
        holder = current if at < 0 else current.expect[at]
        if not isinstance(holder, Step | FieldValue | ElementPresent) or holder.target is None:
            return None
        if (why := self._why_not(step, at, holder, outcome)) is not None:
            return self._abstain(current, holder.target, why)
        others = self._others(holder.target, values) if self._guessing else None
        found = await self._remembered(session, holder.target, values) or await _relocate(
            session, holder.target, values, self._advisor, others
        )
        if isinstance(found, str):
            return self._abstain(current, holder.target, found)
        if self._patterns.rejects(holder.target, found.after):
            why = f"{found.after.description} was rejected as its replacement"
            return self._abstain(current, holder.target, why)
        if step.phase is Phase.CLEANUP and not await is_harmless(
            session, self._test, current, found.after, values
        ):
            why = f"nothing shows that {found.after.description} belongs to the test's own record"
            return self._abstain(current, holder.target, why)
        self._healed.add((step.id, at))
        heal = found.heal.model_copy(update={"step": step.id})
        self.repairs.append(found.model_copy(update={"heal": heal}))
        self.steps[step.id] = _with_target(current, at, found.after)
        return self.steps[step.id]

    async def _remembered(
        self, session: Session, lost: Target, values: Mapping[str, str]
    ) -> Repair | None:
        """What replaced the target in an earlier run, if it is there; else what it replaced."""
        if (pattern := self._patterns.replacing(lost)) is not None:
            if await _is_there(session, pattern.after, values):
                why = "it replaced the lost one in an earlier run, and was proven"
                return _again(pattern, lost, pattern.after, why, pattern.id)
            self.refuted.append(pattern.id)
        if (pattern := self._patterns.behind(lost)) is not None:
            self.refuted.append(pattern.id)
            if await _is_there(session, pattern.before, values):
                return _again(pattern, lost, pattern.before, "what it had replaced is back")
        return None

    def _why_not(
        self, step: Step, at: int, holder: Step | Expectation, outcome: StepOutcome
    ) -> str | None:
        """Why nothing may replace the target, whatever there is."""
        if isinstance(holder, ElementPresent) and not self._guessing:
            return "that it is there is what is tested"
        if (step.id, at) in self._healed:
            return "its replacement is not found either"
        if len(self.repairs) == MAX_HEALS:
            return "too many elements have changed"
        if outcome.resolution is not None and outcome.resolution.row_count != 1:
            return outcome.resolution.reason
        return None

    def _others(self, lost: Target, values: Mapping[str, str]) -> list[Fingerprint]:
        """The further elements that the test knows."""
        holders = [each for step in self._test.steps for each in (step, *step.expect)]
        targets = [getattr(each, "target", None) for each in holders]
        return [
            filled_fingerprint(target.fingerprint, values)
            for target in targets
            if isinstance(target, Target) and target.description != lost.description
        ]

    def _abstain(self, step: Step, target: Target, reason: str) -> None:
        self.abstention = Abstention(step=step.id, target=target.description, reason=reason)


def _tidier(bench: Bench, test: Test) -> Mend:
    """What helps the cleanup of an execution whose other steps are not mended."""
    mender, renamed = _Mender(bench, test), dict[str, Step]()

    async def tidy(
        session: Session, step: Step, outcome: StepOutcome, values: Mapping[str, str]
    ) -> Step | None:
        resolution = outcome.resolution
        if resolution is None or resolution.row_count:
            return await mender.mend(session, renamed.get(step.id, step), outcome, values)
        another = None
        if step.id not in renamed:
            another = await under_another_name(session, test, step, values)
        if another is not None:
            renamed[step.id] = another
        return another

    return tidy


async def _is_there(session: Session, target: Target, values: Mapping[str, str]) -> bool:
    return (await resolve(session, target, values))[1] is not None


def _again(pattern: Pattern, lost: Target, found: Target, why: str, learnt: str = "") -> Repair:
    heal = Heal(
        step="",
        before=_shown(lost),
        after=_shown(found),
        score=pattern.score,
        margin=pattern.margin,
        proven=False,
        reasons=(why,),
        learnt=learnt,
    )
    return Repair(heal=heal, before=lost, after=found)


async def _relocate(
    session: Session,
    lost: Target,
    values: Mapping[str, str],
    advisor: Advisor | None,
    others: Sequence[Fingerprint] | None,
) -> Repair | str:
    """The target's element as it is now, or why there is none.

    With `others`, the rest of what the test knows, it may be one that is only called otherwise: the
    likeliest of those that can be pressed.
    """
    known = filled_fingerprint(lost.fingerprint, values)
    elements = await snapshot(session, with_text=role_class(known) == "text")
    if lost.row is not None:
        row_text = fill_in(lost.row.text, values)
        elements = [element for element in elements if row_text in element.row_text]
    candidates = [element.fingerprint for element in elements]
    choice = choose(known, candidates)
    if not choice.accepted and advisor is not None:
        choice = await advised_choice(known, candidates, advisor) or choice
    chosen = [choice.index] if choice.accepted else []
    if not chosen and others is not None:
        chosen = maybe_renamed(known, candidates, others)
    if not chosen:
        return choice.reasons[0]
    for element in (elements[index] for index in chosen):
        if element.visible and await receives_events(session, element):
            break
    else:
        return f"{elements[chosen[0]].description} is covered by something else"
    target = await target_of(session.page, element, values, lost.row)
    if not target.locators:
        return f"nothing tells {element.description} from its like"
    heal = Heal(
        step="",
        before=_shown(lost),
        after=_shown(target),
        score=choice.score,
        margin=choice.margin,
        proven=False,
        reasons=choice.reasons,
    )
    return Repair(heal=heal, before=lost, after=target)


def _with_target(step: Step, at: int, target: Target) -> Step:
    if at < 0:
        return step.model_copy(update={"target": target})
    changed = step.expect[at].model_copy(update={"target": target})
    return step.model_copy(update={"expect": (*step.expect[:at], changed, *step.expect[at + 1 :])})


def _refreshed(step: Step, outcome: StepOutcome, values: Mapping[str, str]) -> Repair | None:
    target, resolution = step.target, outcome.resolution
    if target is None or resolution is None or resolution.found is not Found.ONE:
        return None
    if resolution.fingerprint is None:
        return None
    now = templated_fingerprint(resolution.fingerprint, values)
    offered = candidate_locators(now)
    stale = [
        locator
        for index, locator in enumerate(target.locators)
        if locator not in offered and (index < resolution.used or _lasting(locator))
    ]
    if not stale:
        return None
    kept = [locator for locator in target.locators if locator not in stale]
    fresh = [locator for locator in offered if locator not in kept and _lasting(locator)]
    locators = (*kept, *fresh[: len(stale)])
    known = filled_fingerprint(target.fingerprint, values)
    heal = Heal(
        step=step.id,
        before=locator_text(stale[0]),
        after=locator_text(fresh[0] if fresh else kept[0]),
        score=round(similarity(known, resolution.fingerprint), 3),
        margin=1,
        proven=False,
        reasons=(
            f"{locator_text(target.locators[resolution.used])} still finds it alone",
            *(f"{locator_text(locator)} no longer leads to it" for locator in stale),
        ),
    )
    changed = target.model_copy(update={"locators": locators, "fingerprint": now})
    return Repair(heal=heal, before=target, after=changed)


def _shown(target: Target) -> str:
    return locator_text(target.locators[0]) if target.locators else target.description


def _lasting(locator: Locator) -> bool:
    """Whether the locator is an identity that only a redesign changes."""
    by_attribute = locator.kind is LocatorKind.CSS and "[" in locator.value
    stable = not any(c.isdigit() or c == "$" for c in locator.value)
    return stable and (by_attribute or locator.kind is LocatorKind.TEST_ID)


def locator_text(locator: Locator) -> str:
    """For people: `role=button "Save"`, `css=[id="save"]`."""
    if locator.kind is LocatorKind.ROLE:
        return f'role={locator.role} "{locator.value}"' if locator.value else f"role={locator.role}"
    return f"{locator.kind}={locator.value}"
