"""`argus qa`: test a web application."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from argus.apps.cli import environments, qa_results, runs, schedules, suites
from argus.apps.cli import heal as heals
from argus.apps.cli import surfaces as code_surfaces
from argus.apps.cli.qa_options import (
    DatabaseEnv,
    Environment,
    Excluded,
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
    place_of,
    plan_in,
    roles_of,
    secret_in,
    secrets_of,
    sequences_in,
    suite_in,
    surfaces_of,
)
from argus.apps.cli.qa_outcome import followed, leave, outcome_of, show, test
from argus.apps.cli.terminal import Home, Json, console, examples, print_json

if TYPE_CHECKING:
    from argus.apps.qa_run import RemoteRuns

commands = typer.Typer(no_args_is_help=True, help="Test a web application.")
commands.add_typer(qa_results.commands)
commands.add_typer(runs.commands, name="runs")
commands.add_typer(suites.commands, name="suites")
commands.add_typer(environments.commands, name="environments")
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
        "argus qa run --environment staging  # see argus qa environments",
    )
)
def run(  # noqa: PLR0913 - each is an option of the command
    url: Url = None,
    *,
    environment: Environment = None,
    login_url: LoginUrl = None,
    username: Username = None,
    password_env: PasswordEnv = None,
    role: Roles = None,
    database_env: DatabaseEnv = None,
    secret: Secrets = None,
    max_pages: MaxPages = 50,
    time_budget: TimeBudget = "10m",
    read_only: ReadOnly = False,
    exclude: Excluded = None,
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
        **place_of(url, environment),
        "login": login_of(username, password_env, login_url),
        "roles": roles_of(role, None, login_url),
        "database": secret_in(database_env) if database_env else None,
        "secrets": secrets_of(secret),
        "max_pages": max_pages,
        "time_budget_s": duration_s(time_budget),
        "read_only": read_only,
        "exclude": exclude or [],
        "surfaces": surfaces_of(repository),
        "wishes": wishes or [],
        "seed": seed,
        "suite": suite_in(suite),
    }
    test(wanted, json_file, report, save_suite, junit, home=home)


@commands.command(
    epilog=examples(
        "argus qa api http://127.0.0.1:8000/openapi.json",
        "ADA=… BOB=… argus qa api http://127.0.0.1:8000 --token-env ADA --role-token bob=BOB"
        "  # what is Ada's, Bob must not reach",
        "argus qa api http://127.0.0.1:8000 --traffic recorded.har  # what worked, works again",
        "argus qa api http://127.0.0.1:8000 --read-only --json -  # GET and HEAD only",
        "argus qa api --environment staging --token-env TOKEN",
    )
)
def api(  # noqa: PLR0913 - each is an option of the command
    url: Annotated[
        str | None,
        typer.Argument(
            help="Address of the OpenAPI description, or of what serves it, unless --environment"
            " has it."
        ),
    ] = None,
    *,
    environment: Environment = None,
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
        **place_of(url, environment),
        "goal": "api",
        "login": login_of(username, password_env, None),
        "token": secret_in(token_env) if token_env else None,
        "roles": roles_of(role, role_token, None),
        "sequences": sequences_in(traffic, url),
        "time_budget_s": duration_s(time_budget),
        "read_only": read_only,
        "seed": seed,
    }
    test(wanted, json_file, report, None, junit, home=home)


@commands.command(
    epilog=examples(
        "argus qa discover http://127.0.0.1:8000",
        "argus qa discover http://127.0.0.1:8000 --read-only --json  # pages, findings, as JSON",
    )
)
def discover(  # noqa: PLR0913 - each is an option of the command
    url: Url = None,
    *,
    environment: Environment = None,
    login_url: LoginUrl = None,
    username: Username = None,
    password_env: PasswordEnv = None,
    role: Roles = None,
    max_pages: MaxPages = 50,
    time_budget: TimeBudget = "10m",
    read_only: ReadOnly = False,
    exclude: Excluded = None,
    repository: Repository = None,
    report: Report = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Look at an application without testing it: its pages, its forms, what is broken at sight.

    Exit code 1 where a finding is serious.
    """
    wanted = {
        **place_of(url, environment),
        "login": login_of(username, password_env, login_url),
        "roles": roles_of(role, None, login_url),
        "max_pages": max_pages,
        "time_budget_s": duration_s(time_budget),
        "read_only": read_only,
        "exclude": exclude or [],
        "surfaces": surfaces_of(repository),
        "goal": "discover",
    }
    outcome = outcome_of(
        lambda runs: runs.start(wanted), report, None, None, home=home, quiet=as_json
    )
    if as_json:
        print_json(outcome)
    else:
        show(outcome)
        found = outcome["discovery"]
        counted = ("pages", "states", "forms", "actions")
        console.print(", ".join(f"{found[each]} {each}" for each in counted))
    leave(outcome)


@commands.command(
    epilog=examples(
        "argus qa plan http://127.0.0.1:8000 --out plan.md",
        "argus qa replay --plan plan.md  # after you have read and edited it",
    )
)
def plan(  # noqa: PLR0913 - each is an option of the command
    url: Url = None,
    *,
    environment: Environment = None,
    out: Annotated[Path, typer.Option(help="Write the plan here.")] = Path("plan.md"),
    login_url: LoginUrl = None,
    username: Username = None,
    password_env: PasswordEnv = None,
    role: Roles = None,
    database_env: DatabaseEnv = None,
    max_pages: MaxPages = 50,
    time_budget: TimeBudget = "10m",
    read_only: ReadOnly = False,
    exclude: Excluded = None,
    repository: Repository = None,
    wishes: Wishes = None,
    seed: Seed = 0,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Discover an application and write down, in Markdown, how it is to be tested; run no test."""
    wanted = {
        **place_of(url, environment),
        "login": login_of(username, password_env, login_url),
        "roles": roles_of(role, None, login_url),
        "database": secret_in(database_env) if database_env else None,
        "max_pages": max_pages,
        "time_budget_s": duration_s(time_budget),
        "read_only": read_only,
        "exclude": exclude or [],
        "surfaces": surfaces_of(repository),
        "wishes": wishes or [],
        "seed": seed,
        "goal": "plan",
    }

    async def finish(runs: "RemoteRuns", run_id: str) -> bytes:
        return await runs.suite(run_id)

    suite = json.loads(followed(lambda runs: runs.start(wanted), finish, home=home, quiet=as_json))
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
        "argus qa replay suite_01… --environment production  # see argus qa environments",
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
    environment: Environment = None,
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
    if url is None and environment is None and tests is not None:
        url = tests.get("app_url")
    wanted: dict[str, Any] = {
        **(place_of(url, environment) if url or environment else {}),
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

    outcome = outcome_of(start, report, None, junit, home=home, quiet=as_json)
    if as_json:
        print_json(outcome)
    else:
        show(outcome)
    leave(outcome)


def _rendered(suite: dict[str, Any]) -> str:
    from argus.services.qa.ir import Suite
    from argus.services.qa.planning.text import render_plan

    return render_plan(Suite.model_validate(suite))


commands.command(epilog=code_surfaces.EPILOG)(code_surfaces.surfaces)
