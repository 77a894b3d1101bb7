"""`argus audit`: the audit log."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from argus.apps.cli.terminal import Home, Json, console, examples, print_json

commands = typer.Typer(no_args_is_help=True, help="Check the audit log.")


@commands.callback()
def _audit() -> None:  # pyright: ignore[reportUnusedFunction] - makes `verify` a subcommand
    """Check the audit log."""


@commands.command(
    epilog=examples(
        "argus audit verify",
        "argus audit verify --file export.jsonl  # offline, of GET /api/v1/audit/export",
    )
)
def verify(
    file: Annotated[
        Path | None, typer.Option(help="Verify an export; needs no installation.")
    ] = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Recompute the hash chains of the audit log. Exit code 1 when one does not hold.

    Note the heads that it prints: a later log whose end was cut off has another one.
    """
    from argus.apps.cli.admin import act
    from argus.apps.operator import ChainVerdict, verify_export

    if file is not None:
        verdicts = [ChainVerdict(str(file), verify_export(file))]
    else:
        verdicts = act(home, lambda operator: operator.verify_audit(), "audit")
    if as_json:
        print_json(
            [
                {
                    "chain": one.chain,
                    "valid": one.verdict.valid,
                    "entries": one.verdict.entries,
                    "head": one.verdict.head.hex(),
                    "problem": one.verdict.problem,
                }
                for one in verdicts
            ]
        )
    else:
        table = Table("chain", "entries", "head", "", box=None)
        for one in verdicts:
            holds = "[green]valid[/]" if one.verdict.valid else f"[red]{one.verdict.problem}[/]"
            head = one.verdict.head.hex()[:16]
            table.add_row(one.chain, str(one.verdict.entries), head, holds)
        console.print(table)
    if not all(one.verdict.valid for one in verdicts):
        raise typer.Exit(1)
