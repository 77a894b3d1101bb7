"""`argus bench`: how good it is, measured on your data."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from argus.apps.cli.terminal import Json, console, examples, print_json

commands = typer.Typer(no_args_is_help=True, help="Measure how good Argus is.")


@commands.callback()
def _bench() -> None:  # pyright: ignore[reportUnusedFunction] - makes `relocation` a subcommand
    """Measure how good Argus is."""


@commands.command(
    epilog=examples(
        "argus bench relocation --data redesigns.json",
        "argus bench relocation --data redesigns.json --json  # shares from 0 to 1",
    )
)
def relocation(
    data: Annotated[
        Path,
        typer.Option(help="{application: {targets, candidates}}, counterparts by widget_id."),
    ],
    *,
    as_json: Json = False,
) -> None:
    """Find elements again on redesigned pages, and abstain where they were removed."""
    from argus.services.qa.healing.benchmark import measure

    with console.status("Re-locating ..."):
        found = measure(data)
    shares = {
        "top1": found.top1,
        "right": found.right,
        "wrong_heals": found.wrong_heals,
        "false_heals": found.false_heals,
    }
    if as_json:
        figures = {name: round(share.value, 4) for name, share in shares.items()}
        figures["ms_per_target"] = round(found.ms_per_target, 3)
        intervals = {name: [share.low, share.high] for name, share in shares.items()}
        print_json({**figures, "targets": found.targets, "intervals": intervals})
        return
    titles = ("most similar is right", "healed right", "healed wrong", "healed though removed")
    targets = ("≥ 92 %", "≥ 80 %", "≤ 1 %", "≤ 3 %")
    table = Table("", "share (95 % interval)", "target", box=None)
    for title, share, target in zip(titles, shares.values(), targets, strict=True):
        table.add_row(title, str(share), target)
    table.add_row("decision", f"{found.ms_per_target:6.2f} ms", "< 5 ms")
    console.print(f"{found.targets} elements of {found.applications} applications")
    console.print(table)
