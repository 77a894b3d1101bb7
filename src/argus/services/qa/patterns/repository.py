"""All SQL of learnt heals."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import or_
from sqlalchemy.dialects.postgresql import insert

from argus.kernel.db.repository import TenantRepository
from argus.services.qa.learnt import PatternState
from argus.services.qa.patterns.models import HealingPattern, HealingPolicy

_IN_USE = (PatternState.PENDING, PatternState.APPROVED)
MOST_REMEMBERED = 5_000


class HealingPatternRepository(TenantRepository[HealingPattern]):
    """Heals of the unit's organization."""

    model = HealingPattern

    async def get(self, heal_id: UUID) -> HealingPattern | None:
        return await self.one_or_none(self.scoped().where(HealingPattern.id == heal_id))

    async def get_for_update(self, heal_id: UUID) -> HealingPattern | None:
        """Lock the row until the unit of work ends."""
        found = self.scoped().where(HealingPattern.id == heal_id)
        return await self.one_or_none(found.with_for_update())

    async def get_in_use_for_update(self, app: str, element: str) -> HealingPattern | None:
        found = self.scoped().where(
            HealingPattern.app == app,
            HealingPattern.element == element,
            HealingPattern.state.in_(_IN_USE),
        )
        return await self.one_or_none(found.with_for_update())

    async def add_unless_in_use(self, **values: Any) -> bool:
        """Insert a pattern; False if another one for the same element is in use."""
        # A conflict with one partial index would have to be named with its predicate, which the
        # generic plan of a prepared statement does not recognize by its parameters.
        added = await self.session.scalar(
            insert(HealingPattern)
            .values(organization_id=self.organization_id, **values)
            .on_conflict_do_nothing()
            .returning(HealingPattern.id)
        )
        return added is not None

    async def remembered(self, app: str) -> Sequence[HealingPattern]:
        """What is in use for an application, or was rejected; the latest, if they are very many."""
        found = self.scoped().where(
            HealingPattern.app == app, HealingPattern.state != PatternState.UNLEARNT
        )
        newest = found.order_by(HealingPattern.last_used_at.desc())
        return await self.all(newest.limit(MOST_REMEMBERED))

    async def page(
        self, before: UUID | None, limit: int, state: PatternState | None
    ) -> Sequence[HealingPattern]:
        """Newest first."""
        found = self.scoped().order_by(HealingPattern.id.desc()).limit(limit)
        if before is not None:
            found = found.where(HealingPattern.id < before)
        return await self.all(found.where(HealingPattern.state == state) if state else found)


class HealingPolicyRepository(TenantRepository[HealingPolicy]):
    """The policy of the unit's organization."""

    model = HealingPolicy

    async def get(self) -> HealingPolicy | None:
        return await self.one_or_none(self.scoped())

    async def put(self, **values: Any) -> bool:
        """Set the policy; False if it is so already."""
        written = insert(HealingPolicy).values(organization_id=self.organization_id, **values)
        changed = or_(
            HealingPolicy.least_score != written.excluded.least_score,
            HealingPolicy.least_margin != written.excluded.least_margin,
        )
        return (
            await self.session.scalar(
                written.on_conflict_do_update(
                    index_elements=["organization_id"], set_=values, where=changed
                ).returning(HealingPolicy.organization_id)
            )
            is not None
        )
