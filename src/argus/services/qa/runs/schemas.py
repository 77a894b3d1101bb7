"""What the API takes and gives for runs."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import Field, SecretStr, StringConstraints, model_validator

from argus.kernel import schema
from argus.kernel.ids import public_id
from argus.services.qa.api.sequences import MOST_SEQUENCES, CallSequence
from argus.services.qa.code.surface import RankedSurface
from argus.services.qa.ir import Suite
from argus.services.qa.target_access import TargetAccess

MOST_SURFACES = 1_000

ExcludedPaths = Annotated[
    list[Annotated[str, StringConstraints(pattern=r"^[/*]", max_length=500)]],
    Field(max_length=50, examples=[["/admin/*"]]),
]
"""Patterns of paths, in which `*` stands for anything."""

PublicRunId = Annotated[Any, public_id("run")]
PublicSuiteId = Annotated[Any, public_id("suite")]


class Goal(StrEnum):
    """How far a run is to go."""

    DISCOVER = "discover"
    PLAN = "plan"
    TEST = "test"
    API = "api"


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


class StartRun(TargetAccess):
    """A new run. With `suite` that suite is replayed and nothing is discovered.

    With `environment`, a name or an identifier, the address is the environment's, and so is what is
    left out: the user, the roles and, but for the goal `api`, the database, and each secret and
    variable.
    """

    app_url: str = Field(default="", max_length=2000, examples=["http://127.0.0.1:8000"])
    environment: str | None = Field(default=None, min_length=1, max_length=60)
    token: SecretStr | None = Field(default=None, min_length=1, max_length=8192)
    """The user's bearer token, where the goal is `api`."""
    max_pages: int = Field(default=50, ge=1, le=1000)
    time_budget_s: int = Field(default=600, ge=10, le=7200)
    read_only: bool = False
    exclude: ExcludedPaths = Field(default_factory=list[str])
    """What discovery and planning leave alone: nothing there is opened, asked for or tested."""
    seed: int = Field(default=0, ge=0, lt=2**53)
    suite: Suite | None = None
    wishes: list[Annotated[str, StringConstraints(min_length=1, max_length=2000)]] = Field(
        default_factory=list[str], max_length=20
    )
    """Tests in your own words, made beside those that are planned; see the guide to testing."""
    surfaces: tuple[RankedSurface, ...] = Field(default=(), max_length=MOST_SURFACES)
    """What the application's code offers, as `argus qa surfaces` finds it: where to begin, what
    matters most, and which code answers a request.
    """
    goal: Goal = Goal.TEST
    """`discover`: nothing is planned; `plan`: a suite is planned, and none of its tests is run;
    `api`: the API is tested, without a browser, of which `app_url` is the OpenAPI description, or
    which serves it at a usual place.
    """
    sequences: list[CallSequence] = Field(
        default_factory=list[CallSequence], max_length=MOST_SEQUENCES
    )
    """Calls learnt from recorded traffic, to be tried where the goal is `api`."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        placed = self.environment is not None
        if self.app_url if placed else "app_url" not in self.model_fields_set:
            raise ValueError("give one of app_url and environment, which has its address")
        if self.goal is Goal.API:
            if self.suite is not None:
                raise ValueError("the goal api replays no suite")
            if self.login is not None and self.token is not None:
                raise ValueError("give one of login and token")
            if self.database is not None or self.secrets or self.variables:
                raise ValueError("the goal api has no database, secrets and variables")
        elif self.token or self.sequences or any(role.token for role in self.roles):
            raise ValueError("token and sequences are for the goal api")
        plans = self.suite is None and self.goal in (Goal.PLAN, Goal.TEST)
        if self.exclude and (self.suite is not None or self.goal is Goal.API):
            raise ValueError("exclude is for runs that discover: without a suite, not the goal api")
        if self.wishes and not plans:
            raise ValueError("wishes are for runs that plan tests: without a suite")
        return self


class RunView(schema.Response):
    """A run. `error` says why when the status is `error`; times are UTC.

    `suite_id` and `suite_version` name the stored suite that it replays, if it does, and
    `environment` is the name of where.
    """

    id: PublicRunId
    goal: Goal
    environment: str | None
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
