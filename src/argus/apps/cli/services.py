"""`argus serve`, `argus worker`, `argus migrate`: the parts of `argus up`, one by one."""

import asyncio
from typing import Annotated

import typer
from rich.table import Table

from argus.apps.cli.terminal import Home, Json, console, examples, print_json

commands = typer.Typer()

Services = Annotated[
    str | None, typer.Option(help="Names of services, separated by commas; default all of them.")
]

Migrate = Annotated[
    bool, typer.Option("--migrate", help="Bring the database up to date before the start.")
]
LogJson = Annotated[bool, typer.Option("--json", help="Log JSON lines on a terminal too.")]


@commands.command(
    epilog=examples(
        "argus serve",
        "argus serve --services auth --port 8800  # one service; the others by gRPC",
    )
)
def serve(
    *,
    services: Services = None,
    host: Annotated[
        str | None, typer.Option(envvar="ARGUS_HTTP_HOST", help="Address to listen on.")
    ] = None,
    port: Annotated[
        int | None, typer.Option(envvar="ARGUS_HTTP_PORT", help="HTTP port, default 8700.")
    ] = None,
    grpc_port: Annotated[
        int | None, typer.Option(envvar="ARGUS_GRPC_PORT", help="gRPC port, default 8701.")
    ] = None,
    migrate: Migrate = False,
    home: Home = None,
    log_json: LogJson = False,
) -> None:
    """Serve HTTP and gRPC in the foreground, until Ctrl-C. Exit code 0 once stopped."""
    import uvloop

    from argus.apps import serve as server
    from argus.apps.cli.installation import load_settings, with_database
    from argus.apps.migrate import migrate as bring_up_to_date
    from argus.services import SERVICES

    wanted = services.split(",") if services else SERVICES
    settings = load_settings(
        home=home, http_host=host, http_port=port, grpc_port=grpc_port, log_json=log_json or None
    )
    with with_database(settings) as settings:
        if migrate:
            bring_up_to_date(settings)
        uvloop.run(server.serve(settings, wanted))


@commands.command(epilog=examples("argus worker", "argus worker --services qa  # on its machine"))
def worker(
    *,
    services: Services = None,
    migrate: Migrate = False,
    home: Home = None,
    log_json: LogJson = False,
) -> None:
    """Relay events and run jobs in the foreground, until Ctrl-C. Start as many as you need."""
    from argus.apps.cli.installation import load_settings, with_database
    from argus.apps.migrate import migrate as bring_up_to_date
    from argus.apps.worker import work
    from argus.services import WORKED

    wanted = services.split(",") if services else WORKED
    with with_database(load_settings(home=home, log_json=log_json or None)) as settings:
        if migrate:
            bring_up_to_date(settings)
        asyncio.run(work(settings, wanted))


@commands.command(epilog=examples("argus migrate", "argus migrate --json"))
def migrate(*, home: Home = None, as_json: Json = False) -> None:
    """Bring the database to this version of Argus. Safe to repeat, and while Argus runs."""
    from argus.apps.cli.installation import load_settings, with_database
    from argus.apps.migrate import migrate as bring_up_to_date

    with with_database(load_settings(home=home)) as settings:
        revisions = bring_up_to_date(settings)
    if as_json:
        found = [{"service": revision.service, "revision": revision.head} for revision in revisions]
        print_json({"revisions": found})
        return
    table = Table("service", "revision", box=None)
    for revision in revisions:
        table.add_row(revision.service, revision.head)
    console.print(table)
