"""What was healed and proven: remembered, approved or rejected, and forgotten when it fails."""

from collections.abc import Sequence
from urllib.parse import urlsplit
from uuid import UUID

from argus.contracts.qa.events import (
    HealApproved,
    HealingPolicyChanged,
    HealRejected,
    HealUnlearnt,
)
from argus.kernel.clock import Clock
from argus.kernel.db.unit_of_work import UnitOfWork
from argus.kernel.ids import format_id, new_id
from argus.services.qa.ir import Suite
from argus.services.qa.learnt import (
    Pattern,
    Patterns,
    PatternState,
    element_of,
    with_replacements,
)
from argus.services.qa.outcome import Repair
from argus.services.qa.patterns import errors
from argus.services.qa.patterns.models import HealingPattern
from argus.services.qa.patterns.repository import (
    HealingPatternRepository,
    HealingPolicyRepository,
)
from argus.services.qa.patterns.schemas import (
    DEFAULT_LEAST_MARGIN,
    DEFAULT_LEAST_SCORE,
    ChangeHealingPolicy,
    HealingPolicyView,
)
from argus.services.qa.target import Target

BY_POLICY = "policy"
"""Who approved what reached the organization's thresholds."""


class HealingService:
    """Learnt heals of the caller's organization. Never commits: the unit of work does."""

    def __init__(self, uow: UnitOfWork, clock: Clock) -> None:
        self._uow, self._clock = uow, clock
        self._patterns = HealingPatternRepository(uow)

    async def learn(
        self, app_url: str, run_id: UUID, test_id: str, repair: Repair
    ) -> HealingPattern:
        """Remember a heal that was proven; it replaces what was known of the element.

        A heal that is remembered already keeps its state. A new one is approved if it reaches the
        organization's thresholds, and waits for a person otherwise.
        """
        app, element, now = _origin(app_url), element_of(repair.before), self._clock.now()
        after = repair.after.model_dump(mode="json")
        known = await self._patterns.get_in_use_for_update(app, element)
        if known is not None:
            if element_of(Target.model_validate(known.after)) == element_of(repair.after):
                known.uses, known.last_used_at = known.uses + 1, now
                return known
            await self._unlearn(known)
            await self._uow.session.flush()  # the new one takes its place in the index
        heal, policy = repair.heal, await self.policy()
        enough = heal.score >= policy.least_score and heal.margin >= policy.least_margin
        added = await self._patterns.add_unless_in_use(
            id=new_id(),
            app=app,
            element=element,
            before=repair.before.model_dump(mode="json"),
            after=after,
            was=heal.before,
            becomes=heal.after,
            score=heal.score,
            margin=heal.margin,
            reasons=list(heal.reasons),
            state=PatternState.APPROVED if enough else PatternState.PENDING,
            run_id=run_id,
            test_id=test_id,
            step=heal.step,
            uses=1,
            decided_by=BY_POLICY if enough else "",
            created_at=now,
            last_used_at=now,
            decided_at=now if enough else None,
        )
        pattern = await self._patterns.get_in_use_for_update(app, element)
        assert pattern is not None  # this one, or what another test has just learnt
        if not added:
            pattern.uses += 1
        return pattern

    async def unlearn(self, heal_id: UUID) -> None:
        """Use a heal no more: it was tried again, and failed. Idempotent."""
        pattern = await self._patterns.get_for_update(heal_id)
        if pattern is not None and pattern.state in (PatternState.PENDING, PatternState.APPROVED):
            await self._unlearn(pattern)

    async def patterns_of(self, app_url: str) -> Patterns:
        """What is remembered of an application."""
        return Patterns(
            Pattern(
                id=format_id("heal", row.id),
                state=row.state,
                before=Target.model_validate(row.before),
                after=Target.model_validate(row.after),
                score=row.score,
                margin=row.margin,
            )
            for row in await self._patterns.remembered(_origin(app_url))
        )

    async def applied(self, app_url: str, suite: Suite) -> Suite:
        """The suite with the approved heals of its application in it."""
        approved = {
            row.element: Target.model_validate(row.after)
            for row in await self._patterns.remembered(_origin(app_url))
            if row.state is PatternState.APPROVED
        }
        return with_replacements(suite, approved)

    async def get(self, heal_id: UUID) -> HealingPattern:
        """Raises HealNotFound."""
        pattern = await self._patterns.get(heal_id)
        if pattern is None:
            raise errors.HealNotFound
        return pattern

    async def page(
        self, before: UUID | None, limit: int, state: PatternState | None
    ) -> Sequence[HealingPattern]:
        return await self._patterns.page(before, limit, state)

    async def approve(self, heal_id: UUID) -> HealingPattern:
        """From now on suites of the application hold it. Idempotent.

        Raises:
            HealNotFound, HealUnlearnt
        """
        pattern, changed = await self._decide(heal_id, PatternState.APPROVED)
        if changed:
            await self._uow.emit(
                HealApproved(
                    heal_id=format_id("heal", pattern.id),
                    before=pattern.was,
                    after=pattern.becomes,
                )
            )
        return pattern

    async def reject(self, heal_id: UUID) -> HealingPattern:
        """It is never made again: the element counts as gone. Idempotent.

        Raises:
            HealNotFound, HealUnlearnt
        """
        pattern, changed = await self._decide(heal_id, PatternState.REJECTED)
        if changed:
            await self._uow.emit(
                HealRejected(
                    heal_id=format_id("heal", pattern.id),
                    before=pattern.was,
                    after=pattern.becomes,
                )
            )
        return pattern

    async def policy(self) -> HealingPolicyView:
        """The organization's thresholds, or the ones that hold until it sets its own."""
        policy = await HealingPolicyRepository(self._uow).get()
        if policy is not None:
            return HealingPolicyView.model_validate(policy)
        return HealingPolicyView(
            least_score=DEFAULT_LEAST_SCORE,
            least_margin=DEFAULT_LEAST_MARGIN,
            changed_by="",
            changed_at=None,
        )

    async def set_policy(self, wanted: ChangeHealingPolicy) -> HealingPolicyView:
        """Hold for heals that are proven from now on; those that wait go on waiting."""
        changed = await HealingPolicyRepository(self._uow).put(
            least_score=wanted.least_score,
            least_margin=wanted.least_margin,
            changed_by=self._uow.principal.id,
            changed_at=self._clock.now(),
        )
        if changed:
            await self._uow.emit(
                HealingPolicyChanged(
                    changed_by=self._uow.principal.id,
                    least_score=wanted.least_score,
                    least_margin=wanted.least_margin,
                )
            )
        return await self.policy()

    async def _decide(self, heal_id: UUID, state: PatternState) -> tuple[HealingPattern, bool]:
        """The pattern, in that state now, and whether it was not so before."""
        pattern = await self._patterns.get_for_update(heal_id)
        if pattern is None:
            raise errors.HealNotFound
        if pattern.state is PatternState.UNLEARNT:
            raise errors.HealUnlearnt(f"{pattern.becomes} failed when it was tried again")
        if pattern.state is state:
            return pattern, False
        if pattern.state is PatternState.REJECTED:
            newer = await self._patterns.get_in_use_for_update(pattern.app, pattern.element)
            if newer is not None:
                raise errors.HealUnlearnt(f"{newer.becomes} has taken its place")
        pattern.state = state
        pattern.decided_by, pattern.decided_at = self._uow.principal.id, self._clock.now()
        return pattern, True

    async def _unlearn(self, pattern: HealingPattern) -> None:
        pattern.state = PatternState.UNLEARNT
        await self._uow.emit(
            HealUnlearnt(
                heal_id=format_id("heal", pattern.id),
                before=pattern.was,
                after=pattern.becomes,
            )
        )


def _origin(app_url: str) -> str:
    parts = urlsplit(app_url)
    return f"{parts.scheme}://{parts.netloc}".lower()
