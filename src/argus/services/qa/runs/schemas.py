"""What the API takes and gives for runs."""

import re
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, SecretStr, StringConstraints, model_validator

from argus.kernel import schema
from argus.kernel.ids import public_id
from argus.services.qa.api.sequences import MOST_SEQUENCES, CallSequence
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


class TargetLogin(schema.Request):
    """A user of the application under test; the password is sealed, and erased after the run."""

    username: str = Field(min_length=1, max_length=320)
    password: SecretStr = Field(min_length=1, max_length=1024)
    login_url: str | None = Field(default=None, max_length=2000)
    """Where to sign in; absent: wherever the application redirects to."""


class TargetRole(schema.Request):
    """Somebody else who uses the application; what they get is compared with what the user gets.

    Either a `login`, or, for an API, the bearer `token` that it gave them. Both are kept as a
    `TargetLogin` is.
    """

    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,39}$")]
    login: TargetLogin | None = None
    token: SecretStr | None = Field(default=None, min_length=1, max_length=8192)

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.login is None) == (self.token is None):
            raise ValueError("give one of login and token")
        return self


def _named_apart(roles: list[TargetRole]) -> list[TargetRole]:
    if len({role.name for role in roles}) < len(roles):
        raise ValueError("each role has a name of its own")
    return roles


def _signing_in(roles: list[TargetRole]) -> list[TargetRole]:
    if any(role.login is None for role in roles):
        raise ValueError("a role has a login: tokens are for the goal api")
    return roles


TargetRoles = Annotated[list[TargetRole], Field(max_length=5), AfterValidator(_named_apart)]
"""Who else there is, beside whoever is not signed in."""
SignedInRoles = Annotated[TargetRoles, AfterValidator(_signing_in)]
"""The same, where a browser signs them in."""


RESERVED_SECRETS = re.compile(r"token|database|.*\.(token|password)")
"""Names of secrets that have a place of their own."""


def _not_reserved(name: str) -> str:
    if RESERVED_SECRETS.fullmatch(name):
        raise ValueError("this name of a secret is taken")
    return name


SecretName = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_.-]{0,59}$"),
    AfterValidator(_not_reserved),
]
SecretValue = Annotated[SecretStr, Field(min_length=1, max_length=8192)]


class StartRun(schema.Request):
    """A new run. With `suite` that suite is replayed and nothing is discovered."""

    app_url: str = Field(max_length=2000, examples=["http://127.0.0.1:8000"])
    login: TargetLogin | None = None
    token: SecretStr | None = Field(default=None, min_length=1, max_length=8192)
    """The user's bearer token, where the goal is `api`."""
    roles: TargetRoles = Field(default_factory=list[TargetRole])
    """Who else there is, beside whoever is not signed in: what they get is compared with what the
    user gets, and what is the user's alone they must neither get, change nor delete.
    """
    database: SecretStr | None = Field(default=None, min_length=1, max_length=4096)
    """Address of the application's own database (`postgresql://…`, `sqlite:////…`), which is only
    read: tests then also ask it what the pages did. Kept as a password is.
    """
    secrets: dict[SecretName, SecretValue] = Field(
        default_factory=dict[SecretName, SecretValue], max_length=20
    )
    """What the suite's steps name as secrets, beside the user's password; kept as that is."""
    max_pages: int = Field(default=50, ge=1, le=1000)
    time_budget_s: int = Field(default=600, ge=10, le=7200)
    read_only: bool = False
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
        if self.goal is Goal.API:
            if self.suite is not None:
                raise ValueError("the goal api replays no suite")
            if self.login is not None and self.token is not None:
                raise ValueError("give one of login and token")
            if self.database is not None or self.secrets:
                raise ValueError("the goal api asks no database, and uses no secrets of a suite")
        elif self.token or self.sequences or any(role.token for role in self.roles):
            raise ValueError("token and sequences are for the goal api")
        plans = self.suite is None and self.goal in (Goal.PLAN, Goal.TEST)
        if self.wishes and not plans:
            raise ValueError("wishes are for runs that plan tests: without a suite")
        return self


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
