"""`argus admin`: the operator's acts on an installation."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer
from rich.table import Table

from argus.apps.cli.terminal import Home, Json, console, examples, print_json

if TYPE_CHECKING:
    from argus.apps.operator import Operator

T = TypeVar("T")

commands = typer.Typer(no_args_is_help=True, help="Act as the operator of this installation.")
owners = typer.Typer(no_args_is_help=True, help="People.")
keys = typer.Typer(no_args_is_help=True, help="API keys.")
commands.add_typer(owners, name="owner")
commands.add_typer(keys, name="keys")
signing_keys = typer.Typer(no_args_is_help=True, help="Keys that sign access tokens.")
commands.add_typer(signing_keys, name="signing-keys")
caches = typer.Typer(no_args_is_help=True, help="What processes keep for a while.")
commands.add_typer(caches, name="cache")

Email = Annotated[str, typer.Option("--owner", envvar="ARGUS_OWNER", help="Mail address.")]
OWNER = "owner@argus.local"


def act(home: Path | None, acting: "Callable[[Operator], Awaitable[T]]", *services: str) -> T:
    """Run an act of the operator on the installation under `home`; name the services that it is
    about, unless they are those of most acts.
    """
    from argus.apps.cli.installation import load_settings, with_database
    from argus.apps.operator import CONTROL_PLANE, operator

    async def run() -> T:
        async with operator(settings, services or CONTROL_PLANE) as on_duty:
            return await acting(on_duty)

    with with_database(load_settings(home=home)) as settings:
        return asyncio.run(run())


@owners.command(
    "reset-password",
    epilog=examples("argus admin owner reset-password --owner ada@example.com"),
)
def reset_password(owner: Email = OWNER, home: Home = None, as_json: Json = False) -> None:
    """Give a person a new password, shown once. All their sessions end."""
    password = act(home, lambda operator: operator.reset_password(owner))
    if as_json:
        print_json({"email": owner, "password": password})
    else:
        console.print(f"{owner}\n[bold]{password}[/]\n[yellow]Shown this once.[/]")


@keys.command(
    "create",
    epilog=examples(
        "argus admin keys create --name billing-service --scope token:validate",
        "argus admin keys create --name ci --scope test:execute --scope results:read --json",
    ),
)
def create_key(
    name: Annotated[str, typer.Option(help="What uses the key.")],
    scope: Annotated[list[str], typer.Option(help="A permission it carries; repeatable.")],
    organization: Annotated[
        str | None, typer.Option(help="Identifier (org_…); default: the owner's own.")
    ] = None,
    owner: Email = OWNER,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Make an API key. Its secret is shown once."""

    async def create(operator: "Operator") -> tuple[str, str]:
        tenant = organization or await operator.organization_of(owner)
        return await operator.create_api_key(tenant, name, scope)

    key_id, secret = act(home, create)
    if as_json:
        print_json({"id": key_id, "secret": secret})
    else:
        console.print(f"[dim]{key_id}[/]\n[bold]{secret}[/]\n[yellow]Shown this once.[/]")


@commands.command("tier", epilog=examples("argus admin tier professional", "argus admin tier free"))
def set_tier(
    tier: Annotated[str, typer.Argument(help="Name of a tier.")],
    organization: Annotated[
        str | None, typer.Option(help="Identifier (org_…); default: the owner's own.")
    ] = None,
    owner: Email = OWNER,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Put an organization on a tier, at once."""

    async def change(operator: "Operator") -> str:
        tenant = organization or await operator.organization_of(owner)
        await operator.set_tier(tenant, tier)
        return tenant

    tenant = act(home, change)
    if as_json:
        print_json({"organization": tenant, "tier": tier})
    else:
        console.print(f"{tenant} is on the tier [bold]{tier}[/]")


@caches.command(
    "flush",
    epilog=examples(
        "argus admin cache flush", "argus admin cache flush --organization org_… --json"
    ),
)
def flush_cache(
    organization: Annotated[
        str | None, typer.Option(help="Identifier (org_…); default: the owner's own.")
    ] = None,
    owner: Email = OWNER,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Have every process forget what it keeps of an organization, and Valkey too.

    Needed after changing its rows by hand. Credentials are not among that: they are known to have
    changed as soon as they have.
    """

    async def flush(operator: "Operator") -> str:
        tenant = organization or await operator.organization_of(owner)
        await operator.flush_cache(tenant)
        return tenant

    tenant = act(home, flush)
    if as_json:
        print_json({"flushed": tenant})
    else:
        console.print(f"All processes were told to forget what they keep of {tenant}")


@commands.command(
    "impersonate",
    epilog=examples(
        "argus admin impersonate bob@example.com --by ada@example.com --organization org_…"
        ' --reason "ticket 4711: he cannot see his project"'
    ),
)
def impersonate(
    user: Annotated[str, typer.Argument(help="Mail address of the person to act as.")],
    by: Annotated[str, typer.Option(help="Mail address of the administrator who acts.")],
    organization: Annotated[str, typer.Option(help="Identifier (org_…) of both.")],
    reason: Annotated[str, typer.Option(help="Shown in the banner and in the audit log.")],
    minutes: Annotated[int, typer.Option(min=1, max=60, help="When it ends.")] = 15,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Break glass: an access token that acts as somebody else, for a reason and for a while.

    Both persons find it in the audit log, and the person in their list of sessions. No credential,
    member, money or audit log is in its reach.
    """
    life = timedelta(minutes=minutes)
    borrowed = act(
        home, lambda operator: operator.impersonate(user, by, organization, reason, life)
    )
    if as_json:
        print_json({"access_token": borrowed.access_token, "ends_at": borrowed.ends_at})
    else:
        console.print(f"[bold]{borrowed.access_token}[/]\nEnds at {borrowed.ends_at.isoformat()}")


@signing_keys.command("list", epilog=examples("argus admin signing-keys list"))
def list_signing_keys(home: Home = None, as_json: Json = False) -> None:
    """Show the published signing keys, the newest last."""
    found = act(home, lambda operator: operator.signing_keys())
    if as_json:
        print_json([key.model_dump(mode="json") for key in found])
        return
    table = Table("kid", "algorithm", "signs from", "accepted until", box=None)
    for key in found:
        until = key.expires_at.isoformat() if key.expires_at else ""
        table.add_row(key.kid, key.algorithm, key.signs_from.isoformat(), until)
    console.print(table)


@signing_keys.command("rotate", epilog=examples("argus admin signing-keys rotate"))
def rotate_signing_key(home: Home = None, as_json: Json = False) -> None:
    """Publish a new signing key; it signs in an hour. No token ends by this."""
    kid = act(home, lambda operator: operator.rotate_signing_key())
    if as_json:
        print_json({"kid": kid})
    else:
        console.print(f"{kid} is published")


@signing_keys.command("withdraw", epilog=examples("argus admin signing-keys withdraw KID"))
def withdraw_signing_key(
    kid: Annotated[str, typer.Argument(help="Of the key that is no secret any more.")],
    home: Home = None,
    as_json: Json = False,
) -> None:
    """End a leaked signing key now. All its access tokens are refused; refresh tokens go on."""
    act(home, lambda operator: operator.withdraw_signing_key(kid))
    if as_json:
        print_json({"withdrawn": kid})
    else:
        console.print(f"{kid} is withdrawn")


@commands.command(
    "rotate-master-key",
    epilog=examples(
        "argus admin rotate-master-key",
        "argus admin rotate-master-key --drop-old  # when the old key has leaked",
    ),
)
def rotate_master_key(
    *,
    drop_old: Annotated[
        bool,
        typer.Option(
            "--drop-old",
            help="Drop the old key although passwords and API keys still need it: they are lost.",
        ),
    ] = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Seal everything with a new master key. The platform must not run; repeat it if interrupted.

    The old key is kept until each password and API key was used once more; run it again then.
    """
    from argus.apps.cli.installation import load_settings, with_database
    from argus.apps.master_key import rotate_master_key as rotate

    settings = load_settings(home=home)
    with with_database(settings) as settings, console.status("Sealing") as status:

        def show(rows: int) -> None:
            status.update(f"Sealed {rows} values anew")

        done = asyncio.run(rotate(settings, drop=drop_old, on_progress=show))
    if as_json:
        print_json(asdict(done))
        return
    console.print(f"{done.resealed} values are sealed with the new key.")
    if done.earlier_keys_dropped:
        console.print("The old key is dropped.")
    else:
        console.print(f"The old key is kept: {done.waiting} passwords and API keys need it.")
