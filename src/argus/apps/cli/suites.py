"""`argus qa suites`: suites that the platform keeps."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from argus.apps.cli.qa_options import InvalidOption, plan_in, suite_in
from argus.apps.cli.qa_platform import asked
from argus.apps.cli.terminal import Home, Json, console, examples, print_json

commands = typer.Typer(no_args_is_help=True, help="Suites that are kept, with their versions.")

SuiteId = Annotated[str, typer.Argument(metavar="SUITE_ID", help="Identifier of the suite.")]
Version = Annotated[int | None, typer.Option(min=1, help="Default: the latest.")]


@commands.command("list", epilog=examples("argus qa suites list", "argus qa suites list --json"))
def list_(*, home: Home = None, as_json: Json = False) -> None:
    """The organization's suites, the newest first."""
    found = asked(home, lambda runs: runs.call("GET", "/suites?limit=200"))["suites"]
    if as_json:
        print_json(found)
        return
    table = Table("suite", "name", "application", "version", box=None)
    for suite in found:
        table.add_row(
            suite["id"], Text(suite["name"]), Text(suite["app_url"]), str(suite["latest"])
        )
    console.print(table if found else "No suite is kept.")


@commands.command(
    epilog=examples(
        "argus qa suites save Shop --run run_01…",
        "argus qa suites save --to suite_01… --plan plan.md  # its next version",
        "argus qa suites save Shop --suite suite.json",
    )
)
def save(
    name: Annotated[str | None, typer.Argument(help="Name of a new suite.")] = None,
    *,
    to: Annotated[str | None, typer.Option(help="A suite that gets a new version.")] = None,
    run: Annotated[str | None, typer.Option(help="The run whose tests are saved.")] = None,
    suite: Annotated[Path | None, typer.Option(help="A file of --save-suite.")] = None,
    plan: Annotated[Path | None, typer.Option(help="A plan.")] = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Keep the tests of a run, a file or a plan."""
    if (name is None) == (to is None):
        raise InvalidOption("give the NAME of a new suite, or --to SUITE_ID")
    if sum(each is not None for each in (run, suite, plan)) != 1:
        raise InvalidOption("give one of --run, --suite and --plan")
    body: dict[str, Any] = {"run_id": run}
    if run is None:
        body = {"suite": plan_in(plan) if plan is not None else suite_in(suite)}
    if name is not None:
        body["name"] = name
    path = f"/suites/{to}/versions" if to else "/suites"
    saved = asked(home, lambda runs: runs.call("POST", path, json=body))
    if as_json:
        print_json(saved)
    else:
        console.print(Text(f"{saved['id']}, version {saved['latest']}"))


@commands.command(
    epilog=examples(
        "argus qa suites show suite_01…  # as a plan",
        "argus qa suites show suite_01… --json > suite.json  # for argus qa run --suite",
    )
)
def show(
    suite_id: SuiteId, *, version: Version = None, home: Home = None, as_json: Json = False
) -> None:
    """A suite as a plan to read and edit, or as JSON."""
    query = f"?version={version}" if version else ""
    if as_json:
        path = f"/suites/{suite_id}/content{query}"
        print_json(asked(home, lambda runs: runs.call("GET", path)))
        return
    typer.echo(asked(home, lambda runs: runs.text(f"/suites/{suite_id}/plan{query}")), nl=False)


@commands.command(epilog=examples("argus qa suites delete suite_01…"))
def delete(suite_id: SuiteId, *, home: Home = None, as_json: Json = False) -> None:
    """Delete a suite with its versions and schedules; its runs stay."""
    asked(home, lambda runs: runs.call("DELETE", f"/suites/{suite_id}"))
    if as_json:
        print_json({"deleted": suite_id})
    else:
        console.print(Text(f"{suite_id} is deleted"))
