"""What the API takes and gives for runs."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, SecretStr

from argus.kernel import schema
from argus.kernel.ids import public_id
from argus.services.qa.code.surface import RankedSurface
from argus.services.qa.ir import Suite

MOST_SURFACES = 1_000

PublicRunId = Annotated[Any, public_id("run")]
PublicSuiteId = Annotated[Any, public_id("suite")]


class Goal(StrEnum):
    """How far a run is to go."""

    DISCOVER = "discover"
    PLAN = "plan"
    TEST = "test"


class RunState(StrEnum):
    """How far a run is; the last four are for good."""

    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        return self not in (RunState.QUEUED, RunState.RUNNING, RunState.PAUSED)


class TargetLogin(schema.Request):
    """A user of the application under test; the password is sealed, and erased after the run."""

    username: str = Field(min_length=1, max_length=320)
    password: SecretStr = Field(min_length=1, max_length=1024)
    login_url: str | None = Field(default=None, max_length=2000)
    """Where to sign in; absent: wherever the application redirects to."""


class StartRun(schema.Request):
    """A new run. With `suite` that suite is replayed and nothing is discovered."""

    app_url: str = Field(max_length=2000, examples=["http://127.0.0.1:8000"])
    login: TargetLogin | None = None
    max_pages: int = Field(default=50, ge=1, le=1000)
    time_budget_s: int = Field(default=600, ge=10, le=7200)
    read_only: bool = False
    seed: int = Field(default=0, ge=0, lt=2**53)
    suite: Suite | None = None
    surfaces: tuple[RankedSurface, ...] = Field(default=(), max_length=MOST_SURFACES)
    """What the application's code offers, as `argus qa surfaces` finds it: where to begin, what
    matters most, and which code answers a request.
    """
    goal: Goal = Goal.TEST
    """`discover`: nothing is planned; `plan`: a suite is planned, and none of its tests is run."""


class RunView(schema.Response):
    """A run. `error` says why when the status is `error`; times are UTC.

    `suite_id` and `suite_version` name the stored suite that it replays, if it does.
    """

    id: PublicRunId
    goal: Goal
    suite_id: PublicSuiteId | None
    suite_version: int | None
    app_url: str
    status: RunState
    seed: int
    error: str
    error_code: str
    created_by: str
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


class RunPage(schema.Response):
    """Newest first. `next_cursor` continues; null at the end."""

    runs: list[RunView]
    next_cursor: str | None
