"""A run from its start to its end, and how it came out, for the commands of `argus qa`."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import typer
from rich.table import Table
from rich.text import Text

from argus.apps.cli.qa_platform import Screen, remote_qa
from argus.apps.cli.terminal import console

if TYPE_CHECKING:
    from argus.apps.qa_run import RemoteRuns
    from argus.kernel.settings import KernelSettings

T = TypeVar("T")


def test(
    wanted: dict[str, Any],
    json_file: Path | None,
    report: Path | None,
    save_suite: Path | None,
    junit: Path | None,
    *,
    home: Path | None,
) -> None:
    """Run what is wanted, show how it came out, and exit accordingly."""
    to_stdout = str(json_file) == "-"
    outcome = outcome_of(
        lambda runs: runs.start(wanted), report, save_suite, junit, home=home, quiet=to_stdout
    )
    if json_file is not None:
        text = json.dumps(outcome, indent=2, ensure_ascii=False)
        if to_stdout:
            typer.echo(text)
        else:
            json_file.write_text(text + "\n", encoding="utf-8")
    if not to_stdout:
        show(outcome)
    leave(outcome)


def outcome_of(
    start: "Callable[[RemoteRuns], Awaitable[str]]",
    report: Path | None,
    save_suite: Path | None,
    junit: Path | None,
    *,
    home: Path | None,
    quiet: bool,
) -> dict[str, Any]:
    """The result of a run, once its files are where they are wanted."""
    from argus.apps.cli.installation import load_settings

    folder = load_settings(home=home).home / "artifacts" / "qa"

    async def finish(runs: "RemoteRuns", run_id: str) -> dict[str, Any]:
        outcome = await runs.report(run_id)
        if report is not None:
            await runs.unpack(run_id, report)
        outcome["report"] = str((report.absolute() if report else folder / run_id) / "index.html")
        if junit is not None:
            junit.write_bytes(await runs.artifact(run_id, "junit.xml"))
        if save_suite is not None:
            save_suite.write_bytes(await runs.suite(run_id))
        return outcome

    return followed(start, finish, home=home, quiet=quiet)


def followed(
    start: "Callable[[RemoteRuns], Awaitable[str]]",
    finish: "Callable[[RemoteRuns, str], Awaitable[T]]",
    *,
    home: Path | None,
    quiet: bool,
) -> T:
    """What `finish` makes of the run, once it has ended."""
    from argus.apps.cli.installation import load_settings

    return asyncio.run(_run(load_settings(home=home), start, finish, quiet=quiet))


def leave(outcome: dict[str, Any]) -> None:
    """Exit with 1 for a bug, and with 2 where the run came to nothing."""
    if outcome["status"] != "passed":
        raise typer.Exit(1 if outcome["status"] == "failed" else 2)


async def _run(
    settings: "KernelSettings",
    start: "Callable[[RemoteRuns], Awaitable[str]]",
    finish: "Callable[[RemoteRuns, str], Awaitable[T]]",
    *,
    quiet: bool,
) -> T:
    """Start a run, follow it to its end, and fetch what is wanted of it."""
    from argus.apps.qa_run import RunRefused

    screen = Screen(quiet=quiet)
    async with remote_qa(settings, screen) as runs:
        run_id = await start(runs)
        ended: dict[str, Any] = {}
        async for event in runs.follow(run_id):
            screen.show(event)
            ended = event.data
        if ended.get("status") == "cancelled":
            raise RunRefused("somebody cancelled the run")
        if ended.get("status") == "error" and ended.get("error"):
            raise RunRefused(ended["error"])
        return await finish(runs, run_id)


def show(outcome: dict[str, Any]) -> None:
    """Bugs, heals, findings, and how many tests passed."""
    table = Table.grid(padding=(0, 2))
    for test in outcome["tests"]:
        if test["category"] == "product_bug":
            table.add_row("[bold red]bug[/]", Text(test["name"]))
            table.add_row("", Text(test["evidence"][0]["message"] if test["evidence"] else ""))
        for heal in test["heals"]:
            table.add_row("[cyan]healed[/]", Text(f"{heal['before']} → {heal['after']}"))
    for finding in outcome["findings"]:
        table.add_row(f"[yellow]{finding['severity']}[/]", Text(finding["message"]))
    console.print(table)
    passed = sum(test["status"] in ("passed", "passed_healed") for test in outcome["tests"])
    style = {"passed": "green", "failed": "red"}.get(outcome["status"], "yellow")
    console.print(
        f"[bold {style}]{outcome['status']}[/]  {passed} of {len(outcome['tests'])} tests passed"
    )
    console.print(Text(outcome["report"], style="dim"), soft_wrap=True)
