"""`argus qa heal`: decide about proven heals."""

from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from argus.apps.cli.admin import OWNER, Email, act
from argus.apps.cli.terminal import Home, Json, console, examples, print_json

if TYPE_CHECKING:
    from argus.services.qa.patterns.schemas import HealView

commands = typer.Typer(no_args_is_help=True, help="Proven heals: see them, approve or reject them.")

HealId = Annotated[str, typer.Argument(help="Identifier of the heal.", metavar="HEAL_ID")]


@commands.command(
    "list",
    epilog=examples(
        "argus qa heal list",
        "argus qa heal list --pending  # those that wait for a person",
    ),
)
def list_(
    *,
    pending: Annotated[bool, typer.Option("--pending", help="Only what waits.")] = False,
    owner: Email = OWNER,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """The organization's latest heals: what was lost, what replaced it, and how sure that is."""
    found = act(home, lambda operator: operator.heals(owner, pending=pending), "identity", "qa")
    if as_json:
        print_json([_as_json(heal) for heal in found])
        return
    table = Table("heal", "state", "was", "is", "alike", "ahead", "test", box=None)
    for heal in found:
        shown = _as_json(heal)
        changed = Text(heal.was), Text(heal.becomes)
        figures = f"{heal.score:.0%}", f"{heal.margin:.0%}"
        table.add_row(shown["id"], heal.state.value, *changed, *figures, Text(heal.test_id))
    console.print(table if found else "No heal found.")


@commands.command(epilog=examples("argus qa heal approve heal_01…"))
def approve(
    heal_id: HealId, *, owner: Email = OWNER, home: Home = None, as_json: Json = False
) -> None:
    """It is the same element: suites of the application hold it from now on."""
    _show(
        act(home, lambda operator: operator.approve_heal(owner, heal_id), "identity", "qa"),
        as_json=as_json,
    )


@commands.command(epilog=examples("argus qa heal reject heal_01…"))
def reject(
    heal_id: HealId, *, owner: Email = OWNER, home: Home = None, as_json: Json = False
) -> None:
    """It is another element: the heal is never made again, and the lost one counts as gone."""
    _show(
        act(home, lambda operator: operator.reject_heal(owner, heal_id), "identity", "qa"),
        as_json=as_json,
    )


def _show(heal: "HealView", *, as_json: bool) -> None:
    if as_json:
        print_json(_as_json(heal))
    else:
        console.print(Text(f"{heal.state.value}: {heal.was} → {heal.becomes}"))


def _as_json(heal: "HealView") -> dict[str, Any]:
    return heal.model_dump(mode="json", exclude={"before", "after"})
