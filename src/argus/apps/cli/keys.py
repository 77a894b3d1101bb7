"""`argus keys`: what to do about a key that was found somewhere."""

import sys
from typing import Annotated

import typer
from rich.table import Table

from argus.apps.cli.terminal import Home, Json, console, examples, print_json

commands = typer.Typer(no_args_is_help=True, help="Leaked keys.")


@commands.callback()
def _keys() -> None:  # pyright: ignore[reportUnusedFunction] - makes `check` a subcommand
    """Leaked keys."""


@commands.command(
    epilog=examples(
        "argus keys check argus_sk_…",
        "git log -p | argus keys check -  # from standard input, which no process list shows",
        "argus keys check --revoke - < build.log",
    )
)
def check(
    text: Annotated[str, typer.Argument(help="A key, or a text with keys in it; - reads it.")],
    *,
    revoke: Annotated[bool, typer.Option("--revoke", help="Revoke the live ones.")] = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Find API keys and personal access tokens in a text, and say whose they are.

    Exit code 1 when a live key was found, revoked by now or not.
    """
    from argus.apps.cli.admin import act

    given = sys.stdin.read() if text == "-" else text
    found = act(home, lambda operator: operator.check_keys(given, revoke=revoke))
    if as_json:
        print_json([key.model_dump(mode="json") for key in found])
    else:
        table = Table("key", "id", "organization", "name", "", box=None)
        for key in found:
            table.add_row(f"{key.hint}…", key.id, key.organization_id, key.name, key.state)
        console.print(table if found else "No key found.")
    if any(key.state in ("live", "revoked now") for key in found):
        raise typer.Exit(1)
