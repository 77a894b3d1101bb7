"""`argus bench`: how good it is, measured on your data."""

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer
from rich.status import Status
from rich.table import Table

from argus.apps.cli.terminal import Home, Json, console, examples, print_json

commands = typer.Typer(no_args_is_help=True, help="Measure how good Argus is.")


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
    from argus.services.qa.benchmark.relocation import measure

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


@commands.command(
    epilog=examples(
        "argus bench qa --data redesigns.json",
        "argus bench qa --only B5,B6 --json figures.json",
        "argus bench qa --data redesigns.json --markdown docs/reference/quality.md",
    )
)
def qa(
    *,
    only: Annotated[
        str, typer.Option(help="Benchmarks, separated by commas; all by default.")
    ] = "",
    data: Annotated[Path | None, typer.Option(help="Recorded redesigns, for B1 and B2.")] = None,
    seed: Annotated[int, typer.Option(help="Of everything that is random.")] = 1,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write the figures there, as they come.")
    ] = None,
    document: Annotated[
        Path | None, typer.Option("--markdown", help="Put the figures into this document.")
    ] = None,
    home: Home = None,
) -> None:
    """Measure discovery, tests, triage and healing on applications with known defects."""
    from argus.apps.cli.installation import load_settings
    from argus.services.qa.benchmark.figures import Figure
    from argus.services.qa.benchmark.run import BENCHMARKS, measure
    from argus.services.qa.benchmark.table import HEADINGS, cells, filled_in
    from argus.services.qa.browser.launch import find_browser

    wanted = [each.strip().upper() for each in only.split(",") if each.strip()] or [*BENCHMARKS]
    if unknown := {*wanted} - {*BENCHMARKS}:
        raise typer.BadParameter(
            f"{', '.join(sorted(unknown))}: not one of {', '.join(BENCHMARKS)}"
        )
    if document:
        filled_in(document.read_text(), [])
    browser = find_browser(cache=load_settings(home=home).home.absolute() / "browsers")
    figures: list[Figure] = []

    async def work(status: Status) -> None:
        async def tell(doing: str) -> None:
            status.update(doing)
            if not console.is_terminal:
                console.print(doing)

        async for found in measure(wanted, seed, data, browser, tell):
            figures.extend(found)
            if json_file:
                rows = [{**each.model_dump(mode="json"), "met": each.met} for each in figures]
                json_file.write_text(json.dumps({"seed": seed, "figures": rows}, indent=1) + "\n")
            if document:
                document.write_text(filled_in(document.read_text(), found))

    with console.status("Starting ...") as status:
        asyncio.run(work(status))
    table = Table(*HEADINGS, box=None)
    for figure in sorted(figures, key=lambda each: BENCHMARKS.index(each.benchmark)):
        table.add_row(*cells(figure))
    console.print(table)
