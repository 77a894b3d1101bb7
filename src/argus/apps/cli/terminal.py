"""What all commands share: output, common options, examples in the help, errors."""

import inspect
import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from argus.kernel.errors import ArgusError

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)

_JSON = "argus.json"


def _remember_json(ctx: typer.Context, wanted: bool) -> bool:
    ctx.meta[_JSON] = wanted
    return wanted


Json = Annotated[
    bool, typer.Option("--json", callback=_remember_json, help="Print the result as JSON.")
]
Home = Annotated[
    Path | None,
    typer.Option("--home", envvar="ARGUS_HOME", help="Folder of all state; default .argus."),
]


def wants_json(ctx: typer.Context) -> bool:
    """Whether the command was called with `--json`."""
    return bool(ctx.meta.get(_JSON))


def examples(*lines: str) -> str:
    """The Examples section of a command's help; a line is `command` or `command  # purpose`."""
    shown = ["**Examples**", ""]
    for line in lines:
        command, _, purpose = line.partition("  # ")
        shown.append(f"- `{command}`" + (f" {purpose}" if purpose else ""))
    return "\n".join(shown)


def print_json(value: Any) -> None:
    """One line of JSON on standard output, for programs."""
    typer.echo(json.dumps(value, default=str))


def report_error(error: ArgusError, *, as_json: bool) -> None:
    """What happened and the command that mends it, for a person or for a program."""
    remedy = _remedy(error)
    if as_json:
        print_json({"error": error.detail, "code": error.code, "try": remedy})
        return
    errors.print(Text.assemble(("error: ", "bold red"), error.detail), soft_wrap=True)
    if remedy:
        errors.print(Text.assemble(("  try: ", "bold"), remedy), soft_wrap=True)


def _remedy(error: ArgusError) -> str:
    """The occurrence's own, else what the error's page says after its first paragraph."""
    remedy = error.extensions.get("remedy")
    if isinstance(remedy, str):
        return remedy
    _, _, advice = (inspect.getdoc(type(error)) or "").partition("\n\n")
    return " ".join(advice.split())
