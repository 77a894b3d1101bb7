"""What the API takes and gives for suites."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from argus.kernel.schema import Request, Response
from argus.services.qa.ir import Suite
from argus.services.qa.runs.schemas import PublicRunId, PublicSuiteId
from argus.services.qa.target_access import SignedInRoles, TargetAccess, TargetRole

SuiteName = Annotated[
    str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")
]


class SuiteSource(Request):
    """Where a version comes from: exactly one of the three.

    `run_id`: the tests that a run planned or replayed, with the approved heals in them. `suite`: as
    `argus qa run --save-suite` writes it. `plan`: as Markdown, such as `argus qa plan` writes it.
    """

    run_id: PublicRunId | None = None
    suite: Suite | None = None
    plan: str | None = Field(default=None, max_length=16 << 20)

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(given is not None for given in (self.run_id, self.suite, self.plan)) != 1:
            raise ValueError("give one of run_id, suite and plan")
        return self


class NewSuite(SuiteSource):
    """A new suite and its first version."""

    name: SuiteName


class ReplaySuite(TargetAccess):
    """How to replay a suite; absent: its latest version, against the application it was made for.

    With `environment`, a name or an identifier, in place of `app_url`, the address is the
    environment's, and so is what is left out: the user, the roles, the database, and each secret
    and variable. A suite knows no passwords: `login` is needed where it signs in, and `roles` for
    its tests of what others must not get or change.
    """

    version: int | None = Field(default=None, ge=1, lt=2**31)
    app_url: str | None = Field(default=None, max_length=2000)
    environment: str | None = Field(default=None, min_length=1, max_length=60)
    roles: SignedInRoles = Field(default_factory=list[TargetRole])
    time_budget_s: int = Field(default=600, ge=10, le=7200)

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if self.app_url and self.environment is not None:
            raise ValueError("give one of app_url and environment, which has its address")
        return self


class SuiteView(Response):
    """A suite. `latest` is the number of its newest version."""

    id: PublicSuiteId
    name: str
    app_url: str
    latest: int
    created_by: str
    created_at: datetime


class SuitePage(Response):
    """Newest first. `next_cursor` continues; null at the end."""

    suites: list[SuiteView]
    next_cursor: str | None


class SuiteVersionView(Response):
    """A version of a suite, and the run that it was saved from, if any."""

    number: int
    tests: int
    run_id: PublicRunId | None
    created_by: str
    created_at: datetime


class SuiteVersions(Response):
    """Newest first; those past their retention are gone.

    `next_cursor` continues; null at the end.
    """

    versions: list[SuiteVersionView]
    next_cursor: int | None
