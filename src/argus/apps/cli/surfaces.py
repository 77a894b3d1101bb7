"""`argus qa surfaces`: what a repository offers to be tested."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from argus.apps.cli.terminal import Json, console, examples, print_json

EPILOG = examples(
    "argus qa surfaces .",
    "argus qa surfaces ~/shop --limit 100",
    "argus qa surfaces ~/shop --json | jq '.surfaces[].surface.path'",
)


def surfaces(
    folder: Annotated[Path, typer.Argument(help="The repository, or a folder of it.")],
    *,
    limit: Annotated[int, typer.Option(min=1, help="So many of the most important.")] = 30,
    as_json: Json = False,
) -> None:
    """Routes, forms, handlers and test ids in the code, the most important first.

    Reads Django, Flask, FastAPI, Express, Next, React, Vue and HTML templates; executes nothing.
    Important is what changes something, deals with identity, money or permissions, changed often of
    late, and is imported by many.
    """
    from argus.services.qa.code.analysis import analyze

    found = analyze(folder)
    if as_json:
        print_json(found.model_dump(mode="json"))
        return
    table = Table("priority", "kind", box=None)
    table.add_column("surface", overflow="fold")
    table.add_column("where", overflow="fold")
    table.add_column("commits")
    for each in found.surfaces[:limit]:
        surface = each.surface
        fields = f" ({', '.join(surface.fields)})" if surface.fields else ""
        table.add_row(
            f"{each.priority:.2f}",
            surface.kind.value.replace("_", " "),
            Text(surface.name + fields),
            Text(f"{surface.file}:{surface.line}"),
            str(each.commits),
        )
    console.print(table if found.surfaces else "No surface found.")
    more = len(found.surfaces) - limit
    frameworks = ", ".join(found.frameworks) or "no framework that is known"
    console.print(f"{found.files} files, {frameworks}" + (f"; {more} more" if more > 0 else ""))
