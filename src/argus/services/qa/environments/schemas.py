"""What the API takes and gives for environments."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, Field, SecretStr, StringConstraints

from argus.kernel.ids import public_id
from argus.kernel.schema import Request, Response
from argus.services.qa.target_access import (
    MOST_VALUES,
    SecretName,
    SecretValue,
    SignedInRoles,
    TargetAccess,
    TargetLogin,
    TargetRole,
    VariableName,
    VariableValue,
)

PublicEnvironmentId = Annotated[Any, public_id("env")]


def _no_identifier(name: str) -> str:
    if name.startswith("env_"):
        raise ValueError("identifiers begin with env_, names do not")
    return name


EnvironmentName = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$"),
    AfterValidator(_no_identifier),
]


class NewEnvironment(TargetAccess):
    """A place where an application runs, such as staging, and what its tests need there.

    Passwords, secrets and the database's address are sealed, and no answer holds them.
    """

    name: EnvironmentName
    base_url: str = Field(max_length=2000, examples=["https://staging.shop.example"])
    read_only: bool = False
    """Runs there send nothing that may change data: tests that would are skipped."""
    roles: SignedInRoles = Field(default_factory=list[TargetRole])


class ChangeEnvironment(Request):
    """What is to be otherwise; what is left out stays.

    Variables and secrets are changed one by one; null takes one away, and so it does the login and
    the database. What is sealed was given for one address: it is
    erased where `base_url` leads to another host or port, or from https to http, unless it is given
    again.
    """

    base_url: str = Field(default="", max_length=2000)
    read_only: bool = False
    login: TargetLogin | None = None
    roles: SignedInRoles = Field(default_factory=list[TargetRole])
    database: SecretStr | None = Field(default=None, min_length=1, max_length=4096)
    secrets: dict[SecretName, SecretValue | None] = Field(
        default_factory=dict[SecretName, SecretValue | None], max_length=2 * MOST_VALUES
    )
    variables: dict[VariableName, VariableValue | None] = Field(
        default_factory=dict[VariableName, VariableValue | None], max_length=2 * MOST_VALUES
    )


class EnvironmentLogin(Response):
    """A user of the application, without the password."""

    username: str
    login_url: str | None


class EnvironmentRole(Response):
    """Somebody else who uses the application, without the password."""

    name: str
    login: EnvironmentLogin


class EnvironmentView(Response):
    """An environment; of what is sealed only the names."""

    id: PublicEnvironmentId
    name: str
    base_url: str
    read_only: bool
    variables: dict[str, str]
    secret_names: list[str]
    login: EnvironmentLogin | None
    roles: list[EnvironmentRole]
    has_database: bool
    created_by: str
    created_at: datetime
    changed_at: datetime


class EnvironmentPage(Response):
    """Newest first. `next_cursor` continues; null at the end."""

    environments: list[EnvironmentView]
    next_cursor: str | None
