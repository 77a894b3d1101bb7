"""`argus qa`: test a web application."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from rich.table import Table
from rich.text import Text

from argus.apps.cli import heal as heals
from argus.apps.cli import qa_results, schedules, suites
from argus.apps.cli import surfaces as code_surfaces
from argus.apps.cli.qa_options import (
    DatabaseEnv,
    InvalidOption,
    JsonFile,
    Junit,
    LoginUrl,
    MaxPages,
    PasswordEnv,
    ReadOnly,
    Report,
    Repository,
    Roles,
    RoleTokens,
    Secrets,
    Seed,
    TimeBudget,
    TokenEnv,
    Url,
    Username,
    Wishes,
    duration_s,
    login_of,
    plan_in,
    roles_of,
    secret_in,
    secrets_of,
    sequences_in,
    suite_in,
    surfaces_of,
)
from argus.apps.cli.qa_platform import Screen, remote_qa
from argus.apps.cli.terminal import Home, Json, console, examples, print_json

if TYPE_CHECKING:
    from argus.apps.qa_run import RemoteRuns
    from argus.kernel.settings import KernelSettings

T = TypeVar("T")

commands = typer.Typer(no_args_is_help=True, help="Test a web application.")
commands.add_typer(qa_results.commands)
commands.add_typer(suites.commands, name="suites")
commands.add_typer(schedules.commands, name="schedules")
commands.add_typer(heals.commands, name="heal")


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
        "argus qa run http://127.0.0.1:8000 --repository ~/shop  # led by the code",
    )
)
def run(  # noqa: PLR0913 - each is an option of the command
    url: Url,
    *,
    login_url: LoginUrl = None,
    username: Username = None,
    password_env: PasswordEnv = None,
    role: Roles = None,
    database_env: DatabaseEnv = None,
    secret: Secrets = None,
    max_pages: MaxPages = 50,
    time_budget: TimeBudget = "10m",
    read_only: ReadOnly = False,
    repository: Repository = None,
    wishes: Wishes = None,
    save_suite: Annotated[Path | None, typer.Option(help="Write the suite here.")] = None,
    suite: Annotated[Path | None, typer.Option(help="Replay this suite; discover nothing.")] = None,
    json_file: JsonFile = None,
    junit: Junit = None,
    report: Report = None,
    seed: Seed = 0,
    home: Home = None,
) -> None:
    """Discover an application, test it, tell product bugs from broken locators, and report.

    Uses the platform that runs on this ARGUS_HOME, or starts one for the run. Exit code 0: no
    product bug; 1: at least one; 2: it could not run.
    """
    wanted: dict[str, Any] = {
        "app_url": url,
        "login": login_of(username, password_env, login_url),
        "roles": roles_of(role, None, login_url),
        "database": secret_in(database_env) if database_env else None,
        "secrets": secrets_of(secret),
        "max_pages": max_pages,
        "time_budget_s": duration_s(time_budget),
        "read_only": read_only,
        "surfaces": surfaces_of(repository),
        "wishes": wishes or [],
        "seed": seed,
        "suite": suite_in(suite),
    }
    _test(wanted, json_file, report, save_suite, junit, home=home)


@commands.command(
    epilog=examples(
        "argus qa api http://127.0.0.1:8000/openapi.json",
        "ADA=… BOB=… argus qa api http://127.0.0.1:8000 --token-env ADA --role-token bob=BOB"
        "  # what is Ada's, Bob must not reach",
        "argus qa api http://127.0.0.1:8000 --traffic recorded.har  # what worked, works again",
        "argus qa api http://127.0.0.1:8000 --read-only --json -  # GET and HEAD only",
    )
)
def api(  # noqa: PLR0913 - each is an option of the command
    url: Annotated[
        str, typer.Argument(help="Address of the OpenAPI description, or of what serves it.")
    ],
    *,
    token_env: TokenEnv = None,
    username: Annotated[str | None, typer.Option(help="User, for HTTP Basic.")] = None,
    password_env: PasswordEnv = None,
    role_token: RoleTokens = None,
    role: Roles = None,
    traffic: Annotated[
        Path | None, typer.Option(help="Recorded traffic (HAR) to learn sequences of calls from.")
    ] = None,
    time_budget: TimeBudget = "10m",
    read_only: ReadOnly = False,
    json_file: JsonFile = None,
    junit: Junit = None,
    report: Report = None,
    seed: Seed = 0,
    home: Home = None,
) -> None:
    """Test an API by its OpenAPI description: what it answers, and to whom. Needs no browser.

    Only records that the run makes are changed, and they are deleted at the end. Exit codes as of
    `argus qa run`.
    """
    wanted: dict[str, Any] = {
        "app_url": url,
        "goal": "api",
        "login": login_of(username, password_env, None),
        "token": secret_in(token_env) if token_env else None,
        "roles": roles_of(role, role_token, None),
        "sequences": sequences_in(traffic, url),
        "time_budget_s": duration_s(time_budget),
        "read_only": read_only,
        "seed": seed,
    }
    _test(wanted, json_file, report, None, junit, home=home)


@commands.command(
    epilog=examples(
        "argus qa discover http://127.0.0.1:8000",
        "argus qa discover http://127.0.0.1:8000 --read-only --json  # pages, findings, as JSON",
    )
)
def discover(  # noqa: PLR0913 - each is an option of the command
    url: Url,
    *,
    login_url: LoginUrl = None,
    username: Username = None,
    password_env: PasswordEnv = None,
    role: Roles = None,
    max_pages: MaxPages = 50,
    time_budget: TimeBudget = "10m",
    read_only: ReadOnly = False,
    repository: Repository = None,
    report: Report = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Look at an application without testing it: its pages, its forms, what is broken at sight.

    Exit code 1 where a finding is serious.
    """
    wanted = {
        "app_url": url,
        "login": login_of(username, password_env, login_url),
        "roles": roles_of(role, None, login_url),
        "max_pages": max_pages,
        "time_budget_s": duration_s(time_budget),
        "read_only": read_only,
        "surfaces": surfaces_of(repository),
        "goal": "discover",
    }
    outcome = _outcome(
        lambda runs: runs.start(wanted), report, None, None, home=home, quiet=as_json
    )
    if as_json:
        print_json(outcome)
    else:
        _show(outcome)
        found = outcome["discovery"]
        counted = ("pages", "states", "forms", "actions")
        console.print(", ".join(f"{found[each]} {each}" for each in counted))
    _exit(outcome)


@commands.command(
    epilog=examples(
        "argus qa plan http://127.0.0.1:8000 --out plan.md",
        "argus qa replay --plan plan.md  # after you have read and edited it",
    )
)
def plan(  # noqa: PLR0913 - each is an option of the command
    url: Url,
    *,
    out: Annotated[Path, typer.Option(help="Write the plan here.")] = Path("plan.md"),
    login_url: LoginUrl = None,
    username: Username = None,
    password_env: PasswordEnv = None,
    role: Roles = None,
    database_env: DatabaseEnv = None,
    max_pages: MaxPages = 50,
    time_budget: TimeBudget = "10m",
    read_only: ReadOnly = False,
    repository: Repository = None,
    wishes: Wishes = None,
    seed: Seed = 0,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Discover an application and write down, in Markdown, how it is to be tested; run no test."""
    wanted = {
        "app_url": url,
        "login": login_of(username, password_env, login_url),
        "roles": roles_of(role, None, login_url),
        "database": secret_in(database_env) if database_env else None,
        "max_pages": max_pages,
        "time_budget_s": duration_s(time_budget),
        "read_only": read_only,
        "surfaces": surfaces_of(repository),
        "wishes": wishes or [],
        "seed": seed,
        "goal": "plan",
    }

    async def finish(runs: "RemoteRuns", run_id: str) -> bytes:
        return await runs.suite(run_id)

    suite = json.loads(_followed(lambda runs: runs.start(wanted), finish, home=home, quiet=as_json))
    out.write_text(_rendered(suite), encoding="utf-8")
    if as_json:
        print_json({"plan": str(out), "tests": len(suite["tests"]), "app_url": suite["app_url"]})
    else:
        console.print(Text(f"{len(suite['tests'])} tests planned: {out}"))


@commands.command(
    epilog=examples(
        "argus qa replay --plan plan.md",
        "argus qa replay --suite suite.json --url http://127.0.0.1:9000",
        "argus qa replay suite_01…  # a stored suite, see `argus qa suites list`",
    )
)
def replay(  # noqa: PLR0913 - each is an option of the command
    suite_id: Annotated[str | None, typer.Argument(help="A stored suite.")] = None,
    *,
    plan_file: Annotated[Path | None, typer.Option("--plan", help="A plan.")] = None,
    suite: Annotated[Path | None, typer.Option(help="A file of --save-suite.")] = None,
    url: Annotated[
        str | None, typer.Option(help="Where the application is now; default: where it was.")
    ] = None,
    login_url: LoginUrl = None,
    username: Username = None,
    password_env: PasswordEnv = None,
    role: Roles = None,
    database_env: DatabaseEnv = None,
    secret: Secrets = None,
    time_budget: TimeBudget = "10m",
    junit: Junit = None,
    report: Report = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Run the tests of a plan, a file or a stored suite, healing where that is allowed.

    Exit codes as of `argus qa run`.
    """
    if sum(each is not None for each in (suite_id, plan_file, suite)) != 1:
        raise InvalidOption("give one of SUITE_ID, --plan and --suite")
    tests = plan_in(plan_file) if plan_file is not None else suite_in(suite)
    wanted: dict[str, Any] = {
        "app_url": url if url or tests is None else tests.get("app_url"),
        "login": login_of(username, password_env, login_url),
        "roles": roles_of(role, None, login_url),
        "database": secret_in(database_env) if database_env else None,
        "secrets": secrets_of(secret),
        "time_budget_s": duration_s(time_budget),
    }

    async def start(runs: "RemoteRuns") -> str:
        if suite_id is None:
            return await runs.start({**wanted, "suite": tests})
        return (await runs.call("POST", f"/suites/{suite_id}/runs", json=wanted))["id"]

    outcome = _outcome(start, report, None, junit, home=home, quiet=as_json)
    if as_json:
        print_json(outcome)
    else:
        _show(outcome)
    _exit(outcome)


def _test(
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
    outcome = _outcome(
        lambda runs: runs.start(wanted), report, save_suite, junit, home=home, quiet=to_stdout
    )
    if json_file is not None:
        text = json.dumps(outcome, indent=2, ensure_ascii=False)
        if to_stdout:
            typer.echo(text)
        else:
            json_file.write_text(text + "\n", encoding="utf-8")
    if not to_stdout:
        _show(outcome)
    _exit(outcome)


def _rendered(suite: dict[str, Any]) -> str:
    from argus.services.qa.ir import Suite
    from argus.services.qa.planning.text import render_plan

    return render_plan(Suite.model_validate(suite))


def _outcome(
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

    return _followed(start, finish, home=home, quiet=quiet)


def _followed(
    start: "Callable[[RemoteRuns], Awaitable[str]]",
    finish: "Callable[[RemoteRuns, str], Awaitable[T]]",
    *,
    home: Path | None,
    quiet: bool,
) -> T:
    from argus.apps.cli.installation import load_settings

    return asyncio.run(_run(load_settings(home=home), start, finish, quiet=quiet))


def _exit(outcome: dict[str, Any]) -> None:
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


commands.command(epilog=code_surfaces.EPILOG)(code_surfaces.surfaces)
