"""`argus qa schedules`: runs that start by themselves."""

from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from argus.apps.cli.qa_options import (
    DatabaseEnv,
    Environment,
    LoginUrl,
    MaxPages,
    PasswordEnv,
    ReadOnly,
    Roles,
    Secrets,
    TimeBudget,
    Url,
    Username,
    duration_s,
    login_of,
    place_of,
    roles_of,
    secret_in,
    secrets_of,
)
from argus.apps.cli.qa_platform import asked
from argus.apps.cli.terminal import Home, Json, console, examples, print_json

commands = typer.Typer(no_args_is_help=True, help="Runs that start by themselves.")

ScheduleId = Annotated[str, typer.Argument(metavar="SCHEDULE_ID", help="Its identifier.")]


@commands.command(
    epilog=examples(
        'argus qa schedules create Nightly http://127.0.0.1:8000 --cron "30 6 * * 1-5"',
        "argus qa schedules create Deploys http://127.0.0.1:8000 --suite suite_01…"
        "  # after deploys only",
        "argus qa schedules create Nightly --environment staging --suite suite_01… --cron @daily",
    )
)
def create(  # noqa: PLR0913 - each is an option of the command
    name: Annotated[str, typer.Argument(help="For people.")],
    url: Url = None,
    *,
    environment: Environment = None,
    cron: Annotated[str, typer.Option(help="Minute, hour, day, month, day of week.")] = "",
    timezone: Annotated[str, typer.Option(help="Of these times.")] = "UTC",
    suite: Annotated[str | None, typer.Option(help="Replay this stored suite.")] = None,
    login_url: LoginUrl = None,
    username: Username = None,
    password_env: PasswordEnv = None,
    role: Roles = None,
    database_env: DatabaseEnv = None,
    secret: Secrets = None,
    max_pages: MaxPages = 50,
    time_budget: TimeBudget = "10m",
    read_only: ReadOnly = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Run at these times, and when a deploy is announced; a running platform is needed then.

    Prints once the secret that signs announcements.
    """
    body = {
        "name": name,
        "cron": cron,
        "timezone": timezone,
        "suite_id": suite,
        "run": {
            **place_of(url, environment),
            "login": login_of(username, password_env, login_url),
            "roles": roles_of(role, None, login_url),
            "database": secret_in(database_env) if database_env else None,
            "secrets": secrets_of(secret),
            "max_pages": max_pages,
            "time_budget_s": duration_s(time_budget),
            "read_only": read_only,
        },
    }
    created = asked(home, lambda runs: runs.call("POST", "/schedules", json=body))
    if as_json:
        print_json(created)
        return
    _show([created])
    console.print(Text(f"secret of its deploy hook, shown once: {created['deploy_secret']}"))
    console.print(Text(f"announce to: /api/v1/qa/schedules/{created['id']}/deployments", "dim"))


@commands.command(
    "list", epilog=examples("argus qa schedules list", "argus qa schedules list --json")
)
def list_(*, home: Home = None, as_json: Json = False) -> None:
    """The organization's schedules, and when each runs next."""
    found = asked(home, lambda runs: runs.call("GET", "/schedules?limit=200"))["schedules"]
    if as_json:
        print_json(found)
    else:
        _show(found)


@commands.command(epilog=examples("argus qa schedules pause sched_01…"))
def pause(schedule_id: ScheduleId, *, home: Home = None, as_json: Json = False) -> None:
    """Start nothing until it is resumed."""
    path = f"/schedules/{schedule_id}/pause"
    _changed(asked(home, lambda runs: runs.call("POST", path)), as_json=as_json)


@commands.command(epilog=examples("argus qa schedules resume sched_01…"))
def resume(schedule_id: ScheduleId, *, home: Home = None, as_json: Json = False) -> None:
    """Go on from its next time."""
    path = f"/schedules/{schedule_id}/resume"
    _changed(asked(home, lambda runs: runs.call("POST", path)), as_json=as_json)


@commands.command(epilog=examples("argus qa schedules delete sched_01…"))
def delete(schedule_id: ScheduleId, *, home: Home = None, as_json: Json = False) -> None:
    """Delete a schedule; its runs stay."""
    asked(home, lambda runs: runs.call("DELETE", f"/schedules/{schedule_id}"))
    if as_json:
        print_json({"deleted": schedule_id})
    else:
        console.print(Text(f"{schedule_id} is deleted"))


def _changed(schedule: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(schedule)
    else:
        _show([schedule])


def _show(schedules: list[dict[str, Any]]) -> None:
    table = Table("schedule", "name", "times", "next", "last", box=None)
    for each in schedules:
        times = f"{each['cron']} {each['timezone']}" if each["cron"] else "after deploys"
        following = "paused" if each["paused"] else next(iter(each["next_times"]), "")
        last = each["last_error"] or each["last_run_id"] or ""
        table.add_row(each["id"], Text(each["name"]), Text(times), following, Text(last))
    console.print(table if schedules else "Nothing is scheduled.")
