"""`argus openapi`: the interface as a document."""

from pathlib import Path
from typing import Annotated

import orjson
import typer

from argus.apps.cli.terminal import examples

commands = typer.Typer()


@commands.command(epilog=examples("argus openapi", "argus openapi --output docs/api/openapi.json"))
def openapi(
    output: Annotated[
        Path | None, typer.Option(help="Write to this file, not to standard output.")
    ] = None,
    _as_json: Annotated[
        bool, typer.Option("--json", help="Accepted everywhere; the document is JSON anyway.")
    ] = False,
) -> None:
    """Print the OpenAPI document of all services. Needs neither database nor key."""
    from argus.apps.openapi import document

    text = orjson.dumps(document(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    if output is None:
        typer.echo(text, nl=False)
    else:
        output.write_bytes(text)
