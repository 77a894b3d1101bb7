"""`argus qa runs`: the runs of the platform, whoever started them."""

from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from argus.apps.cli.qa_platform import asked
from argus.apps.cli.terminal import Home, Json, console, examples, print_json

commands = typer.Typer(no_args_is_help=True, help="Runs of the platform: list and steer them.")

RunId = Annotated[str, typer.Argument(metavar="RUN_ID", help="Identifier of a run.")]


@commands.command(
    "list",
    epilog=examples(
        "argus qa runs list",
        "argus qa runs list --suite suite_01… --json  # the replays of a suite",
    ),
)
def list_(
    *,
    suite: Annotated[str | None, typer.Option(help="Only replays of this stored suite.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200, help="So many, the newest first.")] = 20,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """The organization's runs, the newest first."""
    query = f"?limit={limit}" + (f"&suite_id={suite}" if suite else "")
    found = asked(home, lambda runs: runs.call("GET", f"/runs{query}"))["runs"]
    if as_json:
        print_json(found)
    else:
        _show(found)


@commands.command(epilog=examples("argus qa runs cancel run_01…"))
def cancel(run_id: RunId, *, home: Home = None, as_json: Json = False) -> None:
    """End a run for good, without a report."""
    _steer(run_id, "cancel", home=home, as_json=as_json)


@commands.command(epilog=examples("argus qa runs pause run_01…"))
def pause(run_id: RunId, *, home: Home = None, as_json: Json = False) -> None:
    """Stop a run at its next step until it is resumed."""
    _steer(run_id, "pause", home=home, as_json=as_json)


@commands.command(epilog=examples("argus qa runs resume run_01…"))
def resume(run_id: RunId, *, home: Home = None, as_json: Json = False) -> None:
    """Go on with a paused run, in the time that was left."""
    _steer(run_id, "resume", home=home, as_json=as_json)


def _steer(run_id: str, verb: str, *, home: Any, as_json: bool) -> None:
    run = asked(home, lambda runs: runs.call("POST", f"/runs/{run_id}/{verb}"))
    if as_json:
        print_json(run)
    else:
        _show([run])


def _show(runs: list[dict[str, Any]]) -> None:
    table = Table("run", "status", "started", "application", "environment", box=None)
    for run in runs:
        table.add_row(
            run["id"],
            run["status"],
            run["created_at"],
            Text(run["app_url"]),
            Text(run["environment"] or ""),
        )
    console.print(table if runs else "There are no runs.")
