"""Keeping suites: saved from runs, edited as plans, replayed by their identifier."""

from collections.abc import Sequence
from uuid import UUID

from argus.contracts.qa.events import SuiteDeleted, SuiteSaved
from argus.kernel.clock import Clock
from argus.kernel.db.unit_of_work import UnitOfWork
from argus.kernel.ids import format_id, new_id
from argus.services.qa.ir import Suite
from argus.services.qa.patterns.service import HealingService
from argus.services.qa.planning.text import parse_plan
from argus.services.qa.runs.models import Run
from argus.services.qa.runs.schemas import StartRun
from argus.services.qa.runs.service import Origin, RunService
from argus.services.qa.suites.errors import SuiteNotFound
from argus.services.qa.suites.models import SuiteRow, SuiteVersionRow
from argus.services.qa.suites.repository import SuiteRepository, SuiteVersionRepository
from argus.services.qa.suites.schemas import NewSuite, ReplaySuite, SuiteSource


class SuiteService:
    """Suites of the caller's organization. Never commits: the unit of work does."""

    def __init__(self, uow: UnitOfWork, clock: Clock, runs: RunService) -> None:
        self._uow, self._clock, self._runs = uow, clock, runs
        self._suites, self._versions = SuiteRepository(uow), SuiteVersionRepository(uow)

    async def create(self, wanted: NewSuite) -> SuiteRow:
        """A new suite, with what is wanted as its version 1.

        Raises:
            RunNotFound, RunNotEnded: the run has no suite to save.
            PlanInvalid: the plan cannot be read; the message names the line.
        """
        content = await self._content(wanted)
        suite = SuiteRow(
            id=new_id(),
            organization_id=self._uow.organization_id,
            name=wanted.name,
            app_url=content.app_url,
            latest=1,
            created_by=self._uow.principal.id,
            created_at=self._clock.now(),
        )
        await self._suites.add(suite)
        await self._add_version(suite, content, wanted.run_id)
        return suite

    async def add_version(self, suite_id: UUID, source: SuiteSource) -> SuiteRow:
        """The suite, whose latest version holds this from now on; the earlier ones stay.

        Raises:
            SuiteNotFound, RunNotFound, RunNotEnded, PlanInvalid
        """
        suite = await self._suites.get_for_update(suite_id)
        if suite is None:
            raise SuiteNotFound
        content = await self._content(source)
        suite.latest, suite.app_url = suite.latest + 1, content.app_url
        await self._add_version(suite, content, source.run_id)
        return suite

    async def get(self, suite_id: UUID) -> SuiteRow:
        """Raises SuiteNotFound."""
        suite = await self._suites.get(suite_id)
        if suite is None:
            raise SuiteNotFound
        return suite

    async def list_newest(self, before: UUID | None, limit: int) -> Sequence[SuiteRow]:
        return await self._suites.list_newest(before, limit)

    async def versions(
        self, suite_id: UUID, before: int | None, limit: int
    ) -> Sequence[SuiteVersionRow]:
        """The newest first, without what they hold. Raises SuiteNotFound."""
        await self.get(suite_id)
        return await self._versions.list_newest(suite_id, before, limit)

    async def content(self, suite_id: UUID, number: int | None) -> tuple[int, Suite]:
        """A version, the latest where none is named, and its number. Raises SuiteNotFound."""
        suite = await self.get(suite_id)
        version = await self._versions.get(suite_id, number or suite.latest)
        if version is None:
            raise SuiteNotFound
        return version.number, Suite.model_validate(version.content)

    async def replay(self, suite_id: UUID, wanted: ReplaySuite) -> Run:
        """Queue a run that replays the suite.

        Raises:
            SuiteNotFound, RunNotEntitled
            EnvironmentNotFound, TargetRefused, DatabaseRefused, ValueMissing
        """
        await self._runs.check_entitlement()
        number, content = await self.content(suite_id, wanted.version)
        app_url = wanted.app_url or ("" if wanted.environment else content.app_url)
        asked = {**dict(wanted), "app_url": app_url, "suite": content}
        del asked["version"]
        origin = Origin(suite_id=suite_id, suite_version=number)
        return await self._runs.queue(StartRun.parse(asked), origin)

    async def delete(self, suite_id: UUID) -> None:
        """The suite, its versions and its schedules; runs of it stay. Raises SuiteNotFound."""
        if not await self._suites.delete(suite_id):
            raise SuiteNotFound
        await self._uow.emit(SuiteDeleted(suite_id=format_id("suite", suite_id)))

    async def _content(self, source: SuiteSource) -> Suite:
        if source.plan is not None:
            return parse_plan(source.plan)
        if source.suite is not None:
            return source.suite
        assert source.run_id is not None  # one of the three is given
        run = await self._runs.get_ended(source.run_id)
        suite = Suite.model_validate(run.suite)
        return await HealingService(self._uow, self._clock).applied(run.app_url, suite)

    async def _add_version(self, suite: SuiteRow, content: Suite, run_id: UUID | None) -> None:
        await self._versions.add(
            SuiteVersionRow(
                suite_id=suite.id,
                organization_id=suite.organization_id,
                number=suite.latest,
                content=content.model_dump(mode="json"),
                tests=len(content.tests),
                run_id=run_id,
                created_by=self._uow.principal.id,
                created_at=self._clock.now(),
            )
        )
        await self._uow.emit(
            SuiteSaved(suite_id=format_id("suite", suite.id), version=suite.latest)
        )
