"""Options that the commands of `argus qa` share."""

import json
import os
import re
from pathlib import Path
from typing import Annotated, Any

import typer

from argus.kernel.errors import ArgusError

_DURATION = re.compile(r"^(\d+)(s|m|h)?$")
_SECONDS = {"s": 1, None: 1, "m": 60, "h": 3600}

Url = Annotated[
    str | None, typer.Argument(help="Address of the application, unless --environment has it.")
]
Environment = Annotated[
    str | None,
    typer.Option(help="Name of the environment to test in: its address, users, values, secrets."),
]
Variables = Annotated[
    list[str] | None,
    typer.Option(
        "--variable", metavar="NAME=VALUE", help="What steps name as ${env.NAME}; repeat it."
    ),
]
LoginUrl = Annotated[
    str | None, typer.Option(help="Where to sign in; default: wherever it redirects to.")
]
Username = Annotated[str | None, typer.Option(help="User of the application.")]
PasswordEnv = Annotated[
    str | None, typer.Option(help="Environment variable that holds the user's password.")
]
TokenEnv = Annotated[
    str | None, typer.Option(help="Environment variable that holds the user's bearer token.")
]
Roles = Annotated[
    list[str] | None,
    typer.Option(
        "--role",
        metavar="NAME=USERNAME:PASSWORD_ENV",
        help="Somebody else, who must not get at what is the user's alone; repeat it.",
    ),
]
RoleTokens = Annotated[
    list[str] | None,
    typer.Option(
        "--role-token",
        metavar="NAME=TOKEN_ENV",
        help="Somebody else, with a bearer token; repeat it.",
    ),
]
DatabaseEnv = Annotated[
    str | None,
    typer.Option(
        help="Environment variable that holds the address of the application's database:"
        " postgresql://… or sqlite:////…; it is only read."
    ),
]
Secrets = Annotated[
    list[str] | None,
    typer.Option(
        "--secret", metavar="NAME=ENV", help="A secret that the suite's steps name; repeat it."
    ),
]
MaxPages = Annotated[int, typer.Option(min=1, max=1000, help="Pages to discover.")]
TimeBudget = Annotated[str, typer.Option(help="For the whole run: 90s, 10m, 1h.")]
ReadOnly = Annotated[bool, typer.Option("--read-only", help="Send nothing that may change data.")]
Excluded = Annotated[
    list[str] | None,
    typer.Option(
        "--exclude",
        metavar="PATH",
        help="Leave these paths alone, such as '/admin/*'; * stands for anything; repeat it.",
    ),
]
JsonFile = Annotated[
    Path | None, typer.Option("--json", help="Write the result here as JSON; - for stdout.")
]
Junit = Annotated[Path | None, typer.Option(help="Write the result here as JUnit XML.")]
Report = Annotated[
    Path | None, typer.Option(help="Write the HTML report and its screenshots here.")
]
Repository = Annotated[
    Path | None, typer.Option(help="The application's source code, read here: it steers the run.")
]
Wishes = Annotated[
    list[str] | None,
    typer.Option(
        "--wish", help="A test in your own words: 'open /add; see \"Title\"'; repeatable."
    ),
]
Seed = Annotated[int, typer.Option(min=0, help="Of the data that tests make up.")]


class InvalidOption(ArgusError):
    """An option of the command has a value that cannot be used; the message says which and why."""

    code, status, title = "kernel.command.invalid_option", 422, "Invalid option"


def place_of(url: str | None, environment: str | None) -> dict[str, str]:
    """Where to test. Raises InvalidOption: not exactly one of the two."""
    if url is not None and environment is None:
        return {"app_url": url}
    if environment is not None and url is None:
        return {"environment": environment}
    raise InvalidOption("give the address of the application, or --environment, which has one")


def login_of(
    username: str | None, password_env: str | None, login_url: str | None
) -> dict[str, Any] | None:
    """The user to sign in as, with the password from the environment. Raises InvalidOption."""
    if username is None:
        if password_env or login_url:
            raise InvalidOption("--password-env and --login-url need --username")
        return None
    if password_env is None:
        raise InvalidOption("--username needs --password-env: the variable with the password")
    password = secret_in(password_env)
    return {"username": username, "password": password, "login_url": login_url}


def roles_of(
    roles: list[str] | None, tokens: list[str] | None, login_url: str | None
) -> list[dict[str, Any]]:
    """Who else there is, with their secrets from the environment. Raises InvalidOption."""
    found: list[dict[str, Any]] = []
    for text in roles or ():
        name, _, rest = text.partition("=")
        username, _, variable = rest.rpartition(":")
        if not (name and username and variable):
            raise InvalidOption(f"--role {text}: write NAME=USERNAME:PASSWORD_ENV")
        login = {"username": username, "password": secret_in(variable), "login_url": login_url}
        found.append({"name": name, "login": login})
    for text in tokens or ():
        name, _, variable = text.partition("=")
        if not (name and variable):
            raise InvalidOption(f"--role-token {text}: write NAME=TOKEN_ENV")
        found.append({"name": name, "token": secret_in(variable)})
    return found


def secrets_of(secrets: list[str] | None) -> dict[str, str]:
    """What the suite's steps name, from the environment. Raises InvalidOption."""
    named = _named("--secret", "ENV", secrets)
    return {name: secret_in(variable) for name, variable in named.items()}


def variables_of(variables: list[str] | None) -> dict[str, str]:
    """What the suite's templates name. Raises InvalidOption."""
    return _named("--variable", "VALUE", variables)


def _named(option: str, what: str, given: list[str] | None) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in given or ():
        name, separator, value = text.partition("=")
        if not (name and separator):
            raise InvalidOption(f"{option} {text}: write NAME={what}")
        found[name] = value
    return found


def secret_in(variable: str) -> str:
    """What the environment variable holds. Raises InvalidOption: it is not set."""
    secret = os.environ.get(variable)
    if not secret:
        raise InvalidOption(f"the environment variable {variable} is not set")
    return secret


def sequences_in(file: Path | None, app_url: str | None) -> list[dict[str, Any]]:
    """The sequences of calls to the application in recorded traffic. Raises InvalidOption."""
    if file is None:
        return []
    if app_url is None:
        raise InvalidOption("--traffic needs the address of the application, which it is told by")
    from argus.services.qa.api.har import exchanges
    from argus.services.qa.api.sequences import learn

    try:
        found = learn(exchanges(json.loads(file.read_text(encoding="utf-8")), app_url))
    except (OSError, ValueError) as error:
        raise InvalidOption(f"--traffic {file}: {error}") from error
    return [sequence.model_dump(mode="json") for sequence in found]


def duration_s(text: str) -> int:
    """Raises InvalidOption."""
    found = _DURATION.match(text)
    if found is None:
        raise InvalidOption(f"--time-budget {text}: write 90s, 10m or 1h")
    return int(found[1]) * _SECONDS[found[2]]


def surfaces_of(repository: Path | None) -> list[dict[str, Any]]:
    """What the code below a folder offers at addresses, the most important first.

    Raises:
        InvalidRequest: there is no such folder.
    """
    if repository is None:
        return []
    from argus.services.qa.code.analysis import analyze
    from argus.services.qa.runs.schemas import MOST_SURFACES

    found = [each for each in analyze(repository).surfaces if each.surface.path]
    return [each.model_dump(mode="json") for each in found[:MOST_SURFACES]]


def suite_in(file: Path | None) -> dict[str, Any] | None:
    """What a file of `--suite` holds. Raises InvalidOption."""
    if file is None:
        return None
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidOption(f"--suite {file}: {error}") from error


def plan_in(file: Path) -> dict[str, Any]:
    """The suite that a plan describes. Raises InvalidOption and, naming the line, PlanInvalid."""
    from argus.services.qa.planning.text import parse_plan

    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidOption(f"--plan {file}: {error}") from error
    return parse_plan(text).model_dump(mode="json")
