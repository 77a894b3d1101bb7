"""`argus up`."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from argus.apps.cli.terminal import (
    Home,
    Json,
    console,
    errors,
    examples,
    print_json,
)

if TYPE_CHECKING:
    from argus.apps.owner import Owner
    from argus.apps.up import Platform

commands = typer.Typer()


class _Screen:
    """Tells a person: a spinner while it starts, plain lines where there is no terminal."""

    def __init__(self) -> None:
        self._status = console.status("Starting")

    def step(self, text: str) -> None:
        if console.is_terminal:
            self._status.update(text)
            self._status.start()
        else:
            console.print(text)

    def incident(self, text: str) -> None:
        errors.print(Text.assemble(("warning: ", "yellow"), text), soft_wrap=True)

    def ready(self, platform: "Platform", owner: "Owner | None") -> None:
        self._status.stop()
        table = Table.grid(padding=(0, 2))
        for name, value in (
            ("Web and API", f"[bold cyan]{platform.url}[/]"),
            ("gRPC", platform.grpc),
            ("MCP", f"{platform.url}/mcp"),
            ("State and logs", str(platform.home)),
        ):
            table.add_row(f"[dim]{name}[/]", value)
        if owner:
            table.add_row("", "")
            table.add_row("[dim]Owner[/]", f"[bold]{owner.email}[/]")
            table.add_row("[dim]Password[/]", f"[bold]{owner.password.get_secret_value()}[/]")
            table.add_row("", "[yellow]Shown this once: keep it, or change it after sign-in.[/]")
        console.print(
            Panel(
                table,
                title="[bold green]Argus is ready[/]",
                title_align="left",
                subtitle="[dim]Ctrl-C stops it[/]",
                subtitle_align="left",
                border_style="green",
                padding=(1, 2),
                expand=False,
            )
        )

    def close(self) -> None:
        self._status.stop()


class _JsonLine:
    """Tells a program: one line when ready; warnings go to standard error."""

    def step(self, text: str) -> None:
        pass

    def incident(self, text: str) -> None:
        errors.print(Text(f"warning: {text}"), soft_wrap=True)

    def ready(self, platform: "Platform", owner: "Owner | None") -> None:
        credentials = owner and {
            "email": owner.email,
            "password": owner.password.get_secret_value(),
        }
        print_json({"platform": platform.model_dump(), "owner": credentials})

    def close(self) -> None:
        pass


@commands.command(
    epilog=examples(
        "argus up",
        "argus up --port 0  # any free ports",
        "argus up --json | head -1  # the addresses, for a script",
        "ARGUS_DATABASE_URL=postgresql://… argus up  # instead of the embedded PostgreSQL",
    )
)
def up(
    *,
    host: Annotated[
        str | None, typer.Option(envvar="ARGUS_HTTP_HOST", help="Address to listen on.")
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(envvar="ARGUS_HTTP_PORT", help="HTTP port, default 8700; 0 takes free ports."),
    ] = None,
    grpc_port: Annotated[
        int | None, typer.Option(envvar="ARGUS_GRPC_PORT", help="gRPC port, default 8701.")
    ] = None,
    owner: Annotated[
        str, typer.Option(envvar="ARGUS_OWNER", help="Mail address of the first user.")
    ] = "owner@argus.local",
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Start the whole platform on this machine, and keep it running until Ctrl-C.

    Starts PostgreSQL (unless ARGUS_DATABASE_URL names one), brings the database up to date, starts
    the server and a worker, and restarts what ends. The first start creates the owner and prints
    the credentials. A second Ctrl-C stops at once.
    """
    from argus.apps.cli.installation import load_settings
    from argus.apps.up import up as run

    if port == 0 and grpc_port is None:
        grpc_port = 0
    settings = load_settings(home=home, http_host=host, http_port=port, grpc_port=grpc_port)
    screen = _JsonLine() if as_json else _Screen()
    try:
        asyncio.run(run(settings, owner, screen))
    finally:
        screen.close()
    if not as_json:
        console.print(f"Stopped. The data stays in {settings.home}", soft_wrap=True)
