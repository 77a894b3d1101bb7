"""Runs that start by themselves: at their times, and after deploys."""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from pydantic import SecretStr

from argus.contracts.qa.events import ScheduleChanged, ScheduleCreated, ScheduleDeleted
from argus.kernel.clock import Clock
from argus.kernel.crypto import Keyring
from argus.kernel.db.unit_of_work import UnitOfWork
from argus.kernel.errors import ArgusError
from argus.kernel.ids import OrganizationId, format_id, new_id
from argus.kernel.rpc.client import Rpc
from argus.services.qa.addresses import target_url
from argus.services.qa.database.dsn import checked_dsn
from argus.services.qa.runs.schemas import StartRun
from argus.services.qa.runs.service import Origin, RunService
from argus.services.qa.schedules.errors import ScheduleNotFound
from argus.services.qa.schedules.models import ScheduleRow
from argus.services.qa.schedules.repository import ScheduleRepository
from argus.services.qa.schedules.schemas import NewSchedule
from argus.services.qa.schedules.times import check_times, times
from argus.services.qa.suites.service import SuiteService
from argus.services.qa.target_access import TargetLogin
from argus.services.qa.target_secrets import (
    EXCLUDED,
    open_secrets,
    seal_secrets,
    secrets_of,
    with_secrets,
)

START = "qa.schedules.start"
_BATCH = 100


class ScheduleService:
    """Schedules of the caller's organization. Never commits: the unit of work does."""

    def __init__(self, uow: UnitOfWork, clock: Clock, keyring: Keyring, rpc: Rpc) -> None:
        self._uow, self._clock, self._keyring = uow, clock, keyring
        self._runs = RunService(uow, clock, keyring, rpc)
        self._suites = SuiteService(uow, clock, self._runs)
        self._schedules = ScheduleRepository(uow)

    async def create(self, wanted: NewSchedule) -> tuple[ScheduleRow, str]:
        """A new schedule, and the secret that signs the announcements of deploys.

        Raises:
            CronInvalid, EnvironmentNotFound, TargetRefused, DatabaseRefused, SuiteNotFound
        """
        if wanted.cron:
            check_times(wanted.cron, wanted.timezone)
        target_url((await self._runs.placed(wanted.run)).app_url)
        if wanted.run.database is not None:
            checked_dsn(wanted.run.database.get_secret_value())
        if wanted.suite_id is not None:
            await self._suites.get(wanted.suite_id)
        schedule_id, secret = new_id(), secrets.token_urlsafe(32)
        login, of_run = wanted.run.login, secrets_of(wanted.run, wanted.run.token)
        schedule = ScheduleRow(
            id=schedule_id,
            organization_id=self._uow.organization_id,
            name=wanted.name,
            suite_id=wanted.suite_id,
            wanted=wanted.run.model_dump(mode="json", exclude=EXCLUDED),
            sealed_password=(
                self._keyring.seal(
                    login.password.get_secret_value().encode(), _password_context(schedule_id)
                )
                if login
                else None
            ),
            sealed_secrets=seal_secrets(of_run, self._keyring, _secrets_context(schedule_id)),
            cron=wanted.cron,
            timezone=wanted.timezone,
            paused=False,
            next_due=self._next(wanted.cron, wanted.timezone),
            sealed_secret=self._keyring.seal(secret.encode(), _secret_context(schedule_id)),
            last_due=None,
            last_run_id=None,
            last_error="",
            created_by=self._uow.principal.id,
            created_at=self._clock.now(),
        )
        await self._schedules.add(schedule)
        await self._uow.emit(
            ScheduleCreated(
                schedule_id=format_id("sched", schedule_id),
                cron=wanted.cron,
                app_url=wanted.run.app_url,
                environment=wanted.run.environment or "",
            )
        )
        return schedule, secret

    async def get(self, schedule_id: UUID) -> ScheduleRow:
        """Raises ScheduleNotFound."""
        schedule = await self._schedules.get(schedule_id)
        if schedule is None:
            raise ScheduleNotFound
        return schedule

    async def list_newest(self, before: UUID | None, limit: int) -> Sequence[ScheduleRow]:
        return await self._schedules.list_newest(before, limit)

    async def pause(self, schedule_id: UUID, *, paused: bool) -> ScheduleRow:
        """Start nothing until it goes on; then times that passed meanwhile are not made up for.

        Idempotent. Raises ScheduleNotFound.
        """
        schedule = await self._schedules.get_for_update(schedule_id)
        if schedule is None:
            raise ScheduleNotFound
        if schedule.paused is not paused:
            schedule.paused = paused
            schedule.next_due = None if paused else self._next(schedule.cron, schedule.timezone)
            await self._uow.emit(
                ScheduleChanged(schedule_id=format_id("sched", schedule_id), paused=paused)
            )
        return schedule

    async def delete(self, schedule_id: UUID) -> None:
        """Raises ScheduleNotFound."""
        if not await self._schedules.delete(schedule_id):
            raise ScheduleNotFound
        await self._tell_deleted(schedule_id)

    async def delete_all(self) -> None:
        """Delete all schedules of the organization."""
        for schedule_id in await self._schedules.delete_all():
            await self._tell_deleted(schedule_id)

    async def _tell_deleted(self, schedule_id: UUID) -> None:
        await self._uow.emit(ScheduleDeleted(schedule_id=format_id("sched", schedule_id)))

    async def announce(self, schedule_id: UUID, body: bytes, signature: str) -> ScheduleRow:
        """A deploy that whoever holds the secret says has happened: queue the schedule's run.

        Raises:
            ScheduleNotFound: unknown, or `signature` is not `sha256=` and the HMAC of `body`.
        """
        schedule = await self._schedules.find(schedule_id)
        if schedule is None:
            raise ScheduleNotFound
        secret = self._keyring.open(schedule.sealed_secret, _secret_context(schedule_id))
        expected = "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(expected.encode(), signature.encode()):
            raise ScheduleNotFound
        await self._uow.enter_tenant(OrganizationId(schedule.organization_id))
        if not schedule.paused:
            await self._enqueue(schedule, self._clock.now())
        return schedule

    async def enqueue_due(self) -> int:
        """Queue what is due in all organizations, each due time once; how many there were.

        Of times that were missed, since nothing of Argus ran, the first one counts for all.
        """
        due = await self._schedules.take_due(self._clock.now(), _BATCH)
        for schedule in due:
            at = schedule.next_due
            assert at is not None  # it is due
            schedule.next_due = self._next(schedule.cron, schedule.timezone)
            await self._uow.enter_tenant(OrganizationId(schedule.organization_id))
            await self._enqueue(schedule, at)
        return len(due)

    async def start(self, schedule_id: UUID, due_at: datetime) -> None:
        """Start the run of this due time, unless there is one, or the one before has not ended.

        Why there is none is written down in the schedule.
        """
        refused = ""
        try:
            await self._runs.check_entitlement()
        except ArgusError as error:
            refused = error.detail
        schedule = await self._schedules.get_for_update(schedule_id)
        if schedule is None or schedule.paused or schedule.last_due == due_at:
            return
        schedule.last_due, schedule.last_error = due_at, refused
        if refused:
            return
        if schedule.last_run_id is not None and not await self._runs.is_over(schedule.last_run_id):
            schedule.last_error = "the run before had not ended"
            return
        try:
            run = await self._runs.queue(*await self._wanted(schedule, due_at))
        except ArgusError as error:
            schedule.last_error = error.detail
            return
        schedule.last_run_id = run.id

    async def _wanted(self, schedule: ScheduleRow, due_at: datetime) -> tuple[StartRun, Origin]:
        context = _secrets_context(schedule.id)
        known = open_secrets(schedule.sealed_secrets, self._keyring, context)
        wanted = StartRun.parse({**with_secrets(schedule.wanted, known), "login": None})
        number = None
        if schedule.suite_id is not None:
            number, suite = await self._suites.content(schedule.suite_id, None)
            wanted = wanted.model_copy(update={"suite": suite})
        if schedule.sealed_password is not None:
            password = self._keyring.open(
                schedule.sealed_password, _password_context(schedule.id)
            ).decode()
            login = TargetLogin(**schedule.wanted["login"], password=SecretStr(password))
            wanted = wanted.model_copy(update={"login": login})
        return wanted, Origin(schedule.suite_id, number, schedule.id, due_at)

    async def _enqueue(self, schedule: ScheduleRow, due_at: datetime) -> None:
        await self._uow.enqueue(START, schedule_id=str(schedule.id), due_at=due_at.isoformat())

    def _next(self, cron: str, timezone: str) -> datetime | None:
        return next(iter(times(cron, timezone, self._clock.now(), 1)), None)


def _password_context(schedule_id: UUID) -> str:
    """What the sealed password is bound to."""
    return f"qa.schedule.sealed_password:{schedule_id}"


def _secrets_context(schedule_id: UUID) -> str:
    """What the sealed tokens and passwords of other roles are bound to."""
    return f"qa.schedule.sealed_secrets:{schedule_id}"


def _secret_context(schedule_id: UUID) -> str:
    """What the sealed secret is bound to."""
    return f"qa.schedule.sealed_secret:{schedule_id}"
