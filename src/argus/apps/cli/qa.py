"""`argus qa`: test a web application."""

import asyncio
import json
import os
import re
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from argus.apps.cli import heal as heals
from argus.apps.cli.terminal import Home, console, errors, examples
from argus.kernel.errors import ArgusError

if TYPE_CHECKING:
    from argus.apps.qa_run import Progress
    from argus.kernel.settings import KernelSettings

commands = typer.Typer(no_args_is_help=True, help="Test a web application.")
commands.add_typer(heals.commands, name="heal")

SCOPES = ("test:execute", "results:read", "results:export")
_DURATION = re.compile(r"^(\d+)(s|m|h)?$")
_SECONDS = {"s": 1, None: 1, "m": 60, "h": 3600}


class InvalidOption(ArgusError):
    """An option of the command has a value that cannot be used; the message says which and why."""

    code, status, title = "kernel.command.invalid_option", 422, "Invalid option"


@commands.callback()
def _qa() -> None:  # pyright: ignore[reportUnusedFunction] - makes `run` a subcommand
    """Test a web application."""


@commands.command(
    epilog=examples(
        "argus qa run http://127.0.0.1:8000",
        "ADMIN_PASSWORD=… argus qa run http://127.0.0.1:8000/admin/ --username admin"
        " --password-env ADMIN_PASSWORD --save-suite suite.json",
        "argus qa run http://127.0.0.1:8000/admin/ --username admin --password-env ADMIN_PASSWORD"
        " --suite suite.json --junit junit.xml  # replay, healing where allowed",
        "argus qa run http://127.0.0.1:8000 --read-only --json -  # changes nothing",
    )
)
def run(  # noqa: PLR0913 - each is an option of the command
    url: Annotated[str, typer.Argument(help="Address of the application.")],
    *,
    login_url: Annotated[
        str | None, typer.Option(help="Where to sign in; default: wherever it redirects to.")
    ] = None,
    username: Annotated[str | None, typer.Option(help="User of the application.")] = None,
    password_env: Annotated[
        str | None, typer.Option(help="Environment variable that holds the user's password.")
    ] = None,
    max_pages: Annotated[int, typer.Option(min=1, max=1000, help="Pages to discover.")] = 50,
    time_budget: Annotated[str, typer.Option(help="For the whole run: 90s, 10m, 1h.")] = "10m",
    read_only: Annotated[
        bool, typer.Option("--read-only", help="Send nothing that may change data.")
    ] = False,
    save_suite: Annotated[Path | None, typer.Option(help="Write the suite here.")] = None,
    suite: Annotated[Path | None, typer.Option(help="Replay this suite; discover nothing.")] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write the result here as JSON; - for stdout.")
    ] = None,
    junit: Annotated[Path | None, typer.Option(help="Write the result here as JUnit XML.")] = None,
    report: Annotated[
        Path | None, typer.Option(help="Write the HTML report and its screenshots here.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the data that tests make up.")] = 0,
    home: Home = None,
) -> None:
    """Discover an application, test it, tell product bugs from broken locators, and report.

    Uses the platform that runs on this ARGUS_HOME, or starts one for the run. Exit code 0: no
    product bug; 1: at least one; 2: it could not run.
    """
    from argus.apps.cli.installation import load_settings

    wanted: dict[str, Any] = {
        "app_url": url,
        "login": _login(username, password_env, login_url),
        "max_pages": max_pages,
        "time_budget_s": _duration_s(time_budget),
        "read_only": read_only,
        "seed": seed,
        "suite": _suite(suite),
    }
    to_stdout = str(json_file) == "-"
    settings = load_settings(home=home)
    outcome = asyncio.run(_run(settings, wanted, report, save_suite, junit, quiet=to_stdout))
    if json_file is not None:
        text = json.dumps(outcome, indent=2, ensure_ascii=False)
        if to_stdout:
            typer.echo(text)
        else:
            json_file.write_text(text + "\n", encoding="utf-8")
    if not to_stdout:
        _show(outcome)
    if outcome["status"] != "passed":
        raise typer.Exit(1 if outcome["status"] == "failed" else 2)


async def _run(
    settings: "KernelSettings",
    wanted: dict[str, Any],
    report: Path | None,
    save_suite: Path | None,
    junit: Path | None,
    *,
    quiet: bool,
) -> dict[str, Any]:
    import httpx

    from argus.apps.qa_run import RemoteRuns, RunRefused
    from argus.apps.up import platform, running_platform

    async with AsyncExitStack() as stack:
        running = running_platform(settings.home)
        screen = _Screen(quiet=quiet)
        stack.callback(screen.close)
        if running is None:
            screen.say("Starting a platform for this run")
            running = await stack.enter_async_context(platform(settings))
        key = os.environ.get("ARGUS_API_KEY") or await _local_key(settings, running.url)
        client = await stack.enter_async_context(
            httpx.AsyncClient(
                base_url=running.url,
                headers={"Authorization": f"ApiKey {key}"},
                timeout=httpx.Timeout(30, read=60),
                trust_env=False,
            )
        )
        runs = RemoteRuns(client)
        run_id = await runs.start(wanted)
        ended: dict[str, Any] = {}
        async for event in runs.follow(run_id):
            screen.show(event)
            ended = event.data
        if ended.get("status") == "error" and ended.get("error"):
            raise RunRefused(ended["error"])
        outcome = await runs.report(run_id)
        folder = settings.home / "artifacts" / "qa" / run_id
        if report is not None:
            await runs.unpack(run_id, report)
            folder = report.absolute()
        outcome["report"] = str(folder / "index.html")
        if junit is not None:
            junit.write_bytes(await runs.artifact(run_id, "junit.xml"))
        if save_suite is not None:
            save_suite.write_bytes(await runs.suite(run_id))
        return outcome


async def _local_key(settings: "KernelSettings", url: str) -> str:
    """The key of this home's command line; made at its first use, and again once it is dead."""
    import httpx

    file = settings.home / "cli.key"
    if file.exists() and (secret := file.read_text()):
        async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=30) as client:
            answer = await client.get("/api/v1/auth/me", headers={"X-API-Key": secret})
        if answer.status_code != 401:
            return secret
    secret = await _new_key(settings)
    file.touch(mode=0o600)
    file.write_text(secret)
    return secret


async def _new_key(settings: "KernelSettings") -> str:
    from pydantic import SecretStr

    from argus.apps.cli.admin import OWNER
    from argus.apps.operator import operator
    from argus.kernel.postgres import EmbeddedPostgres

    if settings.database_url is None:
        dsn = EmbeddedPostgres(settings.home).dsn
        settings = settings.model_copy(update={"database_url": SecretStr(dsn)})
    async with operator(settings) as on_duty:
        tenant = await on_duty.organization_of(os.environ.get("ARGUS_OWNER", OWNER))
        _, secret = await on_duty.create_api_key(tenant, "command line", SCOPES)
    return secret


class _Screen:
    """Tells a person how the run goes: a spinner on a terminal, lines elsewhere."""

    def __init__(self, *, quiet: bool) -> None:
        self._out = errors if quiet else console
        self._status = self._out.status("")
        self._states = self._total = self._done = 0

    def say(self, text: str) -> None:
        if self._out.is_terminal:
            self._status.update(text)
            self._status.start()
        else:
            self._out.print(text)

    def show(self, event: "Progress") -> None:
        data = event.data
        match event.type:
            case "phase_started" if data["phase"] == "discover":
                self.say("Discovering the application")
            case "discovery_state":
                self._states += 1
                if self._out.is_terminal:
                    self.say(f"Discovering the application: {self._states} states")
            case "phase_started" if data["phase"] == "plan_tests":
                self.say("Learning how it is used, and planning tests")
            case "phase_started":
                self._total = data["tests"]
                self.say(f"Running {self._total} tests")
            case "test_judged":
                self._done += 1
                self._out.print(_line(data))
                if self._out.is_terminal:
                    self.say(f"Running tests: {self._done} of {self._total}")
            case _:
                pass

    def close(self) -> None:
        self._status.stop()


_MARKS = {
    "passed": ("✓", "green"),
    "passed_healed": ("✓", "cyan"),
    "failed": ("✗", "bold red"),
    "flaky": ("~", "yellow"),
    "skipped": ("-", "dim"),
}


def _line(test: dict[str, Any]) -> Text:
    mark, style = _MARKS[test["status"]]
    why = f"  {test['category']}" if test["category"] else ""
    return Text.assemble((f"{mark} ", style), test["name"], (why, "dim"))


def _show(outcome: dict[str, Any]) -> None:
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


def _login(
    username: str | None, password_env: str | None, login_url: str | None
) -> dict[str, Any] | None:
    if username is None:
        if password_env or login_url:
            raise InvalidOption("--password-env and --login-url need --username")
        return None
    if password_env is None:
        raise InvalidOption("--username needs --password-env: the variable with the password")
    password = os.environ.get(password_env)
    if not password:
        raise InvalidOption(f"the environment variable {password_env} is not set")
    return {"username": username, "password": password, "login_url": login_url}


def _duration_s(text: str) -> int:
    found = _DURATION.match(text)
    if found is None:
        raise InvalidOption(f"--time-budget {text}: write 90s, 10m or 1h")
    return int(found[1]) * _SECONDS[found[2]]


def _suite(file: Path | None) -> dict[str, Any] | None:
    if file is None:
        return None
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidOption(f"--suite {file}: {error}") from error
