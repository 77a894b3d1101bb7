"""`argus qa report` and `argus qa compare`: what runs came to."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from argus.apps.cli.qa_options import InvalidOption
from argus.apps.cli.qa_platform import asked
from argus.apps.cli.terminal import Home, Json, console, examples, print_json

commands = typer.Typer()

FORMATS = {
    "html": "index.html",
    "pdf": "report.pdf",
    "markdown": "report.md",
    "junit": "junit.xml",
    "json": "report.json",
}
RunId = Annotated[str, typer.Argument(metavar="RUN_ID", help="Identifier of a run.")]


@commands.command(
    epilog=examples(
        "argus qa report run_01… --out report  # a folder: HTML, pictures, all forms but PDF",
        "argus qa report run_01… --format pdf --out report.pdf",
        "argus qa report run_01… --format markdown  # to the terminal",
    )
)
def report(
    run_id: RunId,
    *,
    form: Annotated[
        str,
        typer.Option("--format", help=f"One of {', '.join(FORMATS)}; default: all but a new PDF."),
    ] = "",
    out: Annotated[Path | None, typer.Option(help="File, or folder for all forms.")] = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Fetch the report of a run that has ended."""
    if form and form not in FORMATS:
        raise InvalidOption(f"--format {form}: choose from {', '.join(FORMATS)}")
    if as_json:
        print_json(asked(home, lambda runs: runs.report(run_id)))
    elif not form:
        folder = out or Path(run_id)
        asked(home, lambda runs: runs.unpack(run_id, folder))
        console.print(Text(str(folder / FORMATS["html"])))
    else:
        content = asked(home, lambda runs: runs.artifact(run_id, FORMATS[form]))
        if out is not None:
            out.write_bytes(content)
            console.print(Text(str(out)))
        elif form == "pdf":
            raise InvalidOption("--format pdf needs --out: a terminal cannot show it")
        else:
            typer.echo(content.decode())


@commands.command(
    epilog=examples(
        "argus qa compare run_01… run_02…",
        "argus qa compare run_01… run_02… --json  # in CI: exit code 1 where the second is worse",
    )
)
def compare(before: RunId, after: RunId, *, home: Home = None, as_json: Json = False) -> None:
    """What the second run has that the first had not.

    Exit code 1: new failures, or changes of the API that break those who use it.
    """
    path = f"/runs/{before}/compare/{after}"
    found = asked(home, lambda runs: runs.call("GET", path))
    if as_json:
        print_json(found)
    else:
        _show(found)
    if found["new_failures"] or any(each["breaking"] for each in found["api_changes"] or ()):
        raise typer.Exit(1)


def _show(found: dict[str, Any]) -> None:
    table = Table.grid(padding=(0, 2))
    for kind, style in (
        ("new_failures", "bold red"),
        ("still_failing", "red"),
        ("fixed", "green"),
        ("new_tests", "cyan"),
        ("lost_tests", "yellow"),
    ):
        for test in found[kind]:
            said = kind.replace("_", " ").removesuffix("s")
            table.add_row(Text(said, style), Text(test["name"]), Text(test["reason"], "dim"))
    for test in found["durations"]:
        table.add_row("duration", Text(test["name"]), f"{test['delta_ms']:+} ms")
    for each in found["vitals"]:
        was, now = each["before"], each["after"]
        said = f"painted after {was['lcp_ms']} ms, now {now['lcp_ms']} ms"
        if was["cls"] != now["cls"]:
            said += f"; jumped by {was['cls']:.2f}, now {now['cls']:.2f}"
        table.add_row("vitals", Text(each["page"]), Text(said, "dim"))
    for kind, style in (("new_pages", "cyan"), ("lost_pages", "yellow")):
        for page in found[kind] or ():
            table.add_row(Text(kind.replace("_", " ").removesuffix("s"), style), Text(page))
    for kind, style in (("new_findings", "red"), ("gone_findings", "green")):
        for finding in found[kind]:
            said = kind.replace("_", " ").removesuffix("s")
            table.add_row(Text(said, style), Text(finding["message"]), Text(finding["url"], "dim"))
    for change in found["api_changes"] or ():
        said, style = ("breaks", "bold red") if change["breaking"] else ("API", "cyan")
        where = " ".join(filter(None, (change["operation"], change["where"])))
        table.add_row(Text(said, style), Text(where), Text(change["what"], "dim"))
    console.print(table if table.row_count else "Nothing has changed.")
