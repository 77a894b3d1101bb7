"""The `argus` command.

Exit codes: 0 done; 1 done, with a negative result (a failed check, a product bug); 2 it could not
be done, and the message says why and which command mends it.

Command modules import what they run inside the command, so that `argus --help` answers at once.
"""

import gc
import os
import sys
from typing import Annotated, Any

import typer
from rich.text import Text
from typer.core import TyperGroup

from argus import __version__
from argus.apps.cli import admin, audit, bench, browsers, doctor, keys, openapi, qa, services, up
from argus.apps.cli.terminal import errors, report_error, wants_json
from argus.kernel.errors import ArgusError


class _Commands(TyperGroup):
    """Shows errors of the catalogue as `error:` and `try:` lines in place of a traceback."""

    def invoke(self, ctx: typer.Context) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride] - typer.Context is the class it passes
        try:
            return super().invoke(ctx)
        except ArgusError as error:
            if os.environ.get("ARGUS_DEBUG") == "1":
                raise
            report_error(error, as_json=wants_json(ctx))
            raise typer.Exit(2) from error


app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(up.commands)
app.add_typer(services.commands)
app.add_typer(doctor.commands)
app.add_typer(openapi.commands)
app.add_typer(qa.commands, name="qa")
app.add_typer(admin.commands, name="admin")
app.add_typer(audit.commands, name="audit")
app.add_typer(keys.commands, name="keys")
app.add_typer(browsers.commands, name="browsers")
app.add_typer(bench.commands, name="bench")


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"argus {__version__}")
        raise typer.Exit


@app.callback()
def _options(  # pyright: ignore[reportUnusedFunction] - Typer calls it
    show_version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Authentication, identity, entitlements and billing for your services; QA for your web apps.

    Start with `argus up`. Settings are read from ARGUS_… variables.
    """


def main() -> None:
    """Run the command line; the console script `argus`."""
    # Looking for garbage in what is being imported, and stays, takes a fifth of the start.
    gc.set_threshold(100_000)
    try:
        app(prog_name="argus")
    except Exception as error:
        if os.environ.get("ARGUS_DEBUG") == "1":
            raise
        errors.print(Text.assemble(("error: ", "bold red"), f"{type(error).__name__}: {error}"))
        errors.print("  [bold]try:[/] set ARGUS_DEBUG=1 to see where it happened; it is a defect")
        sys.exit(2)
