"""What whoever asks for tests gives of the application: its users, its database, and the values
that the steps of a suite name.
"""

import re
from typing import Annotated, Self

from pydantic import AfterValidator, Field, SecretStr, StringConstraints, model_validator

from argus.kernel.schema import Request


class TargetLogin(Request):
    """A user of the application under test; the password is sealed, and erased after the run."""

    username: str = Field(min_length=1, max_length=320)
    password: SecretStr = Field(min_length=1, max_length=1024)
    login_url: str | None = Field(default=None, max_length=2000)
    """Where to sign in; absent: wherever the application redirects to."""


class TargetRole(Request):
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
    if any(role.name == "login" for role in roles):
        raise ValueError("login is the user's own name, not a role's")
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
VariableName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]\w{0,59}$")]
VariableValue = Annotated[str, StringConstraints(max_length=2000)]

MOST_VALUES = 20
"""So many variables, and so many secrets."""


class TargetAccess(Request):
    """What tests in a browser are given; none of it is in a suite."""

    login: TargetLogin | None = None
    roles: TargetRoles = Field(default_factory=list[TargetRole])
    """Who else there is, beside whoever is not signed in: what they get is compared with what the
    user gets, and what is the user's alone they must neither get, change nor delete.
    """
    database: SecretStr | None = Field(default=None, min_length=1, max_length=4096)
    """Address of the application's own database (`postgresql://…`, `sqlite:////…`), which is only
    read: tests then also ask it what the pages did. Kept as a password is.
    """
    secrets: dict[SecretName, SecretValue] = Field(
        default_factory=dict[SecretName, SecretValue], max_length=MOST_VALUES
    )
    """What the suite's steps name as secrets, beside the user's password; kept as that is."""
    variables: dict[VariableName, VariableValue] = Field(
        default_factory=dict[VariableName, VariableValue], max_length=MOST_VALUES
    )
    """What the suite's steps name as `${env.NAME}`; these are shown in reports."""
