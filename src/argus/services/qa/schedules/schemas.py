"""What the API takes and gives for schedules."""

from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from argus.kernel.ids import public_id
from argus.kernel.schema import Request, Response
from argus.services.qa.runs.schemas import Goal, PublicRunId, PublicSuiteId, StartRun
from argus.services.qa.suites.schemas import SuiteName

PublicScheduleId = Annotated[Any, public_id("sched")]


class NewSchedule(Request):
    """When to run what.

    `cron`: minute, hour, day of month, month, day of week, in `timezone`; empty: only after
    deploys. `suite_id`: replay the latest version of that suite against `run.app_url`. With
    `run.environment` users, database and secrets are the environment's, wherever it is by then.
    """

    name: SuiteName
    cron: str = Field(default="", max_length=200, examples=["30 6 * * 1-5"])
    timezone: str = Field(default="UTC", max_length=100, examples=["Europe/Berlin"])
    suite_id: PublicSuiteId | None = None
    run: StartRun

    @model_validator(mode="after")
    def _fits(self) -> Self:
        run = self.run
        if self.suite_id and (run.suite or run.wishes or run.goal is not Goal.TEST):
            raise ValueError("with suite_id, run has no suite, no wishes and the goal test")
        own = (run.login, run.token, run.roles, run.database, run.secrets)
        if run.environment and any(own):
            raise ValueError("with an environment, users, database and secrets are its own")
        return self


class ScheduleView(Response):
    """A schedule; times are UTC. `last_error` says why the last due time had no run.

    `app_url` is empty where the address is that of `environment`.
    """

    id: PublicScheduleId
    name: str
    cron: str
    timezone: str
    suite_id: PublicSuiteId | None
    app_url: str
    environment: str | None
    paused: bool
    next_times: list[datetime]
    last_due: datetime | None
    last_run_id: PublicRunId | None
    last_error: str
    created_by: str
    created_at: datetime


class CreatedSchedule(ScheduleView):
    """A new schedule with the secret that signs the announcements of deploys; shown once."""

    deploy_secret: str


class SchedulePage(Response):
    """Newest first. `next_cursor` continues; null at the end."""

    schedules: list[ScheduleView]
    next_cursor: str | None


class Deployment(Response):
    """An announced deploy: its run is on the way, unless the schedule is paused."""

    schedule_id: PublicScheduleId
    due_at: datetime
    paused: bool
