"""What each test did when it passed the last time: one row a test, however many runs there are."""

from collections.abc import Collection, Mapping
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy.dialects.postgresql import insert

from argus.kernel.db.repository import TenantRepository
from argus.services.qa.triage.trail import Trail
from argus.services.qa.worker.models import PassingTrail

_TRAIL: TypeAdapter[Trail] = TypeAdapter(Trail)


class PassingTrailRepository(TenantRepository[PassingTrail]):
    """Trails of the unit's organization."""

    model = PassingTrail

    async def put(self, app: str, trails: Mapping[str, Trail], run_id: UUID) -> None:
        """Replace what is known of these tests."""
        if not trails:
            return
        rows = [
            {
                "organization_id": self.organization_id,
                "app": app,
                "test_id": test_id,
                "trail": _TRAIL.dump_python(trail, mode="json"),
                "run_id": run_id,
            }
            for test_id, trail in sorted(trails.items())
        ]
        written = insert(PassingTrail).values(rows)
        await self.session.execute(
            written.on_conflict_do_update(
                index_elements=["organization_id", "app", "test_id"],
                set_={"trail": written.excluded.trail, "run_id": written.excluded.run_id},
            )
        )

    async def of_tests(self, app: str, test_ids: Collection[str]) -> Mapping[str, Trail]:
        """By test id, those of them that have passed."""
        found = self.scoped().where(PassingTrail.app == app, PassingTrail.test_id.in_(test_ids))
        return {row.test_id: _TRAIL.validate_python(row.trail) for row in await self.all(found)}
