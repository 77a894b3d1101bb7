"""`argus doctor`."""

import typer
from rich.table import Table
from rich.text import Text

from argus.apps.cli.terminal import Home, Json, console, examples, print_json

commands = typer.Typer()

_SIGNS = {"ok": ("✓", "green"), "warn": ("!", "yellow"), "fail": ("✗", "bold red")}


@commands.command(
    epilog=examples(
        "argus doctor",
        "argus doctor --json  # for a script; exit code 1 if a check failed",
    )
)
def doctor(*, home: Home = None, as_json: Json = False) -> None:
    """Check what this machine needs to run Argus, and say how to mend what is missing.

    Exit code 0: everything that a start needs is there. 1: a check failed.
    """
    from argus.apps.cli.installation import load_settings
    from argus.apps.doctor import examine

    checks = examine(load_settings(home=home))
    if as_json:
        print_json({"checks": [check.model_dump() for check in checks]})
    else:
        table = Table.grid(padding=(0, 2))
        for check in checks:
            found = Text(check.detail)
            if check.remedy:
                found.append("\ntry: ", "bold").append(check.remedy)
            table.add_row(Text(*_SIGNS[check.status]), Text(check.name, "bold"), found)
        console.print(table)
    if any(check.status == "fail" for check in checks):
        raise typer.Exit(1)
