"""`argus qa environments`: where applications run, and what their tests need there."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

import typer
from rich.table import Table
from rich.text import Text

from argus.apps.cli.qa_options import (
    DatabaseEnv,
    InvalidOption,
    LoginUrl,
    PasswordEnv,
    Roles,
    Secrets,
    Username,
    Variables,
    login_of,
    roles_of,
    secret_in,
    secrets_of,
    variables_of,
)
from argus.apps.cli.qa_platform import asked
from argus.apps.cli.terminal import Home, Json, console, examples, print_json

if TYPE_CHECKING:
    from argus.apps.qa_run import RemoteRuns

commands = typer.Typer(
    no_args_is_help=True, help="Where applications run, and what their tests need there."
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the environment.")]
OnlyRead = Annotated[
    bool | None,
    typer.Option(
        "--read-only/--writable", help="Whether runs there send nothing that may change data."
    ),
]


class Part(StrEnum):
    """What an environment may go without."""

    LOGIN = "login"
    ROLES = "roles"
    DATABASE = "database"


@commands.command(
    "list", epilog=examples("argus qa environments list", "argus qa environments list --json")
)
def list_(*, home: Home = None, as_json: Json = False) -> None:
    """The organization's environments, with their variables and the names of their secrets."""
    found = asked(home, _all)
    if as_json:
        print_json(found)
    else:
        _show(found)


@commands.command(
    epilog=examples(
        "argus qa environments create staging https://staging.shop.example"
        " --variable currency=EUR --secret shop.key=SHOP_KEY",
        "argus qa environments create production https://shop.example --read-only"
        " --username probe --password-env PROBE_PASSWORD",
    )
)
def create(  # noqa: PLR0913 - each is an option of the command
    name: Name,
    url: Annotated[str, typer.Argument(help="Address of the application there.")],
    *,
    variable: Variables = None,
    secret: Secrets = None,
    username: Username = None,
    password_env: PasswordEnv = None,
    login_url: LoginUrl = None,
    role: Roles = None,
    database_env: DatabaseEnv = None,
    read_only: OnlyRead = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """A named place to test in. Secrets are sealed, and never shown again."""
    body = {
        "name": name,
        "base_url": url,
        "read_only": bool(read_only),
        "variables": variables_of(variable),
        "secrets": secrets_of(secret),
        **_access(username, password_env, login_url, role, database_env),
    }
    _told(asked(home, lambda runs: runs.call("POST", "/environments", json=body)), as_json=as_json)


@commands.command(
    "set",
    epilog=examples(
        "argus qa environments set staging --variable currency=USD --secret shop.key=SHOP_KEY",
        "argus qa environments set staging --remove currency --remove shop.key",
        "argus qa environments set production --read-only --without database",
    ),
)
def set_(  # noqa: PLR0913 - each is an option of the command
    name: Name,
    *,
    url: Annotated[
        str | None,
        typer.Option(
            help="Another address. Users, secrets and the database are erased where its host or"
            " port is another one, or it is http after https; give them again."
        ),
    ] = None,
    variable: Variables = None,
    secret: Secrets = None,
    remove: Annotated[
        list[str] | None, typer.Option(help="Name of a variable or secret to remove; repeat it.")
    ] = None,
    username: Username = None,
    password_env: PasswordEnv = None,
    login_url: LoginUrl = None,
    role: Roles = None,
    database_env: DatabaseEnv = None,
    without: Annotated[
        list[Part] | None, typer.Option(help="Take the user, the roles or the database away.")
    ] = None,
    read_only: OnlyRead = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Change an environment; what is not named stays."""
    given = {
        "base_url": url,
        "read_only": read_only,
        "variables": variables_of(variable),
        "secrets": secrets_of(secret),
        **_access(username, password_env, login_url, role, database_env),
    }
    changes: dict[str, Any] = {
        key: each for key, each in given.items() if each not in (None, {}, [])
    }
    for part in without or ():
        if part.value in changes:
            raise InvalidOption(f"--without {part.value}: the same command gives it")
        changes[part.value] = [] if part is Part.ROLES else None
    if not changes and not remove:
        raise InvalidOption("there is nothing to change: argus qa environments set --help")

    async def change(runs: "RemoteRuns") -> dict[str, Any]:
        environment = await _named(runs, name)
        for each in remove or ():
            kinds = [
                kind
                for kind, there in (
                    ("variables", environment["variables"]),
                    ("secrets", environment["secret_names"]),
                )
                if each in there
            ]
            if not kinds:
                raise InvalidOption(f"--remove {each}: {name} has no such variable or secret")
            for kind in kinds:
                changes.setdefault(kind, {})[each] = None
        return await runs.call("PATCH", f"/environments/{environment['id']}", json=changes)

    _told(asked(home, change), as_json=as_json)


@commands.command(epilog=examples("argus qa environments delete staging"))
def delete(name: Name, *, home: Home = None, as_json: Json = False) -> None:
    """Delete an environment with its secrets; its runs stay."""

    async def end(runs: "RemoteRuns") -> None:
        environment = await _named(runs, name)
        await runs.call("DELETE", f"/environments/{environment['id']}")

    asked(home, end)
    if as_json:
        print_json({"deleted": name})
    else:
        console.print(Text(f"{name} is deleted"))


def _access(
    username: str | None,
    password_env: str | None,
    login_url: str | None,
    role: list[str] | None,
    database_env: str | None,
) -> dict[str, Any]:
    """Who tests there, who else there is, and its database. Raises InvalidOption."""
    return {
        "login": login_of(username, password_env, login_url),
        "roles": roles_of(role, None, login_url),
        "database": secret_in(database_env) if database_env else None,
    }


async def _all(runs: "RemoteRuns") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = await runs.call("GET", f"/environments?limit=200{cursor}")
        found += page["environments"]
        if page["next_cursor"] is None:
            return found
        cursor = f"&cursor={page['next_cursor']}"


async def _named(runs: "RemoteRuns", name: str) -> dict[str, Any]:
    """Raises InvalidOption: there is none of that name."""
    page = await runs.call("GET", f"/environments?name={quote(name)}")
    if not page["environments"]:
        raise InvalidOption(f"there is no environment {name}")
    return page["environments"][0]


def _told(environment: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(environment)
    else:
        _show([environment])


def _show(environments: list[dict[str, Any]]) -> None:
    table = Table("environment", "address", "variables", "secrets", "users", "", box=None)
    for each in environments:
        users = [each["login"], *(role["login"] for role in each["roles"])]
        table.add_row(
            Text(each["name"]),
            Text(each["base_url"]),
            Text(", ".join(f"{name}={value}" for name, value in each["variables"].items())),
            Text(", ".join(each["secret_names"])),
            Text(", ".join(user["username"] for user in users if user)),
            "read-only" if each["read_only"] else "",
        )
    console.print(table if environments else "There are no environments.")
