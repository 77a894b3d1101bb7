"""The master key rotates with everything that it sealed, also when the command is killed."""

import asyncio
import itertools
import json
import os
import re
import signal
import sys
from base64 import b64decode
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from argus.apps.compose import compose
from argus.apps.master_key import NothingToRotateTo, rotate_master_key
from argus.apps.migrate import migrate
from argus.apps.up import PlatformRunning, only_platform
from argus.contracts.auth.rpc import CREATE_API_KEY
from argus.contracts.auth.v1 import auth_pb2
from argus.kernel.clock import SystemClock
from argus.kernel.crypto import Keyring, load_keyring
from argus.kernel.db.resealing import BATCH, SealedColumn, sealed_columns
from argus.kernel.ids import format_id, new_id
from argus.kernel.principal import system
from argus.kernel.settings import KernelSettings
from argus.services import SERVICES
from argus.services.auth.signing_keys.service import SigningKeys
from support.database import Server
from support.platform import TestPlatform

ANSWERS = 2 * BATCH + 10
_NUMBERS = itertools.count()
SOURCES = Path(__file__).parents[2] / "src/argus"


@dataclass(frozen=True)
class Installation:
    """One that stands still, with its key in a file and something sealed in every form of key."""

    settings: KernelSettings
    database: psycopg.Connection[Any]
    api_key: str

    @property
    def keys(self) -> list[str]:
        return (self.settings.home / "master.key").read_text().split(",")

    def keyring(self) -> Keyring:
        return load_keyring(self.settings)

    def sealed(self) -> list[tuple[bytes, str]]:
        """What is sealed, and its context."""
        answers = self.database.execute("select hash, sealed_answer from auth.refresh_token")
        found = [
            (sealed, SealedColumn("auth.refresh_token", "sealed_answer", ("hash",)).context([key]))
            for key, sealed in answers
        ]
        signing = self.database.execute("select kid, sealed_key from auth.signing_key")
        found += [(sealed, f"auth.signing_key.sealed_key:{kid}") for kid, sealed in signing]
        stored = self.database.execute("select sealed_answer from billing.idempotency")
        found += [(sealed, "billing.idempotency.sealed_answer:p o|op|k") for (sealed,) in stored]
        return found

    async def run(self, *arguments: str) -> asyncio.subprocess.Process:
        """`argus admin rotate-master-key`, in a process of its own."""
        settings = self.settings
        assert settings.database_url is not None
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-W", "ignore", "-m", "argus", "admin", "rotate-master-key"),
            *("--json", *arguments),
            stdout=asyncio.subprocess.PIPE,
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": str(SOURCES.parent),
                "ARGUS_HOME": str(settings.home),
                "ARGUS_DATABASE_URL": settings.database_url.get_secret_value(),
                "ARGUS_DATABASE_ROLE_PREFIX": settings.database_role_prefix,
            },
        )

    async def rotate(self, *arguments: str) -> dict[str, Any]:
        process = await self.run(*arguments)
        output, _ = await process.communicate()
        assert process.returncode == 0, output
        return json.loads(output)


@pytest.fixture
async def installation(server: Server, tmp_path: Path) -> AsyncGenerator[Installation]:
    name = f"rotated_{next(_NUMBERS)}"
    server.create(name)
    settings = server.settings(name, tmp_path).model_copy(
        update={"master_key": None, "database_role_prefix": name}
    )
    keyring = load_keyring(settings)
    migrate(settings)
    organization = format_id("org", new_id())
    async with compose(settings, keyring, SystemClock()) as composition:
        auth = next(module for module in composition.modules if module.name == "auth")
        await auth.resources.get(SigningKeys).signer()
        made = await composition.rpc.call(
            CREATE_API_KEY, auth_pb2.CreateApiKeyRequest(organization_id=organization, name="ci")
        )
    with server.owner_connection(name) as connection:
        _fill(connection, keyring)
        yield Installation(settings, connection, made.secret)


def _fill(connection: psycopg.Connection[Any], keyring: Keyring) -> None:
    session_id = new_id()
    connection.execute(
        "insert into auth.session (id, user_id, client_id, user_agent, address, strength,"
        " authenticated_at, last_seen_at, expires_at)"
        " values (%s, %s, 'argus', '', '', '{pwd}', now(), now(), now() + interval '1 day')",
        (session_id, new_id()),
    )
    for number in range(ANSWERS):
        digest = number.to_bytes(32, "big")
        sealed = keyring.seal(b"answer", f"auth.refresh_token.sealed_answer:{digest.hex()}")
        connection.execute(
            "insert into auth.refresh_token"
            " (hash, session_id, bound_to, created_at, used_at, sealed_answer)"
            " values (%s, %s, %s, now(), now(), %s)",
            (digest, session_id, new_id(), sealed),
        )
    connection.execute(
        "insert into billing.idempotency values ('p o', 'op', 'k', '', 201, %s, now())",
        (keyring.seal(b"stored", "billing.idempotency.sealed_answer:p o|op|k"),),
    )


@contextmanager
def locked(server: Server, installation: Installation) -> Iterator[None]:
    """Nobody gets past the last of the rows within the block."""
    url = installation.settings.database_url
    assert url is not None
    with psycopg.connect(url.get_secret_value()) as connection:
        connection.execute(
            "select from auth.refresh_token where hash = %s for update",
            ((ANSWERS - 1).to_bytes(32, "big"),),
        )
        yield


async def until_it_waits(installation: Installation) -> None:
    waiting = "select from pg_locks where not granted and database = (select oid from pg_database"
    async with asyncio.timeout(60):
        while not installation.database.execute(  # noqa: ASYNC110 - another process
            f"{waiting} where datname = current_database())"
            " union all select from pg_locks where not granted and locktype = 'transactionid'"
        ).fetchall():
            await asyncio.sleep(0.05)


async def test_killed_in_the_middle_it_goes_on_where_it_was(
    server: Server, installation: Installation
) -> None:
    [old] = installation.keys
    with locked(server, installation):
        process = await installation.run()
        await until_it_waits(installation)
        process.send_signal(signal.SIGKILL)
        await process.wait()
    both = installation.keys
    assert (len(both), both[1]) == (2, old)
    header = installation.keyring().seal_header
    fresh = [sealed.startswith(header) for sealed, _ in installation.sealed()]
    assert 0 < sum(fresh) < len(fresh) == ANSWERS + 2, "some are sealed anew, some are not"
    assert all(installation.keyring().open(*each) for each in installation.sealed())

    done = await installation.rotate()
    assert installation.keys == both, "no other key was made"
    assert done == {
        "resealed": len(fresh) - sum(fresh),
        "waiting": 1,
        "earlier_keys_dropped": False,
    }
    [new, _] = (Keyring([key]) for key in map(b64decode, both))
    assert all(new.open(*each) for each in installation.sealed()), "the old key opens nothing"

    assert (await installation.rotate("--drop-old"))["earlier_keys_dropped"] is True
    assert installation.keys == both[:1]
    assert (installation.settings.home / "master.key").stat().st_mode & 0o777 == 0o600


async def test_an_installation_whose_secrets_were_all_used_needs_the_old_key_no_more(
    installation: Installation,
) -> None:
    installation.database.execute(
        "update auth.api_key set revoked_at = now(), revocation_reason = 'unused'"
    )
    assert (await installation.rotate())["earlier_keys_dropped"] is True
    assert len(installation.keys) == 1
    assert all(installation.keyring().open(*each) for each in installation.sealed())


async def test_a_running_platform_is_not_rotated_under_its_feet(
    server: Server, tmp_path: Path
) -> None:
    settings = server.settings("template", tmp_path)
    with only_platform(tmp_path), pytest.raises(PlatformRunning):
        await rotate_master_key(settings, drop=False, on_progress=lambda _: None)


async def test_one_key_in_the_environment_has_no_successor(server: Server, tmp_path: Path) -> None:
    settings = server.settings("template", tmp_path)
    with pytest.raises(NothingToRotateTo):
        await rotate_master_key(settings, drop=False, on_progress=lambda _: None)


async def test_what_the_code_seals_is_what_the_catalogue_finds(platform: TestPlatform) -> None:
    """So a column that is sealed under another name, or in another place, cannot be forgotten."""
    found: set[str] = set()
    for service in SERVICES:
        async with platform.unit_of_work(service, system(service)) as uow:
            found |= {f"{column.table}.{column.column}" for column in await sealed_columns(uow)}
    contexts = {
        context
        for path in SOURCES.rglob("*.py")
        for context in re.findall(r'f"([a-z_]+\.[a-z_]+\.sealed_[a-z_]+):\{', path.read_text())
    }
    kept = {f"{service}.idempotency.sealed_answer" for service in SERVICES}
    assert found == contexts | kept
    assert len(found) >= 12
    seals = sum(
        len(re.findall(r"(?:keyring\.seal|(?<!def )seal_secrets)\(", path.read_text()))
        for path in SOURCES.rglob("*.py")
    )
    # Stored answers, counted above; sealing anew itself; calls between services and tickets for
    # streams, which nobody stores; the sealing within `seal_secrets`.
    elsewhere = 5
    assert seals == len(contexts) + elsewhere


async def test_the_runbook_of_a_lost_key_removes_everything_that_is_sealed(
    platform: TestPlatform,
) -> None:
    runbook = SOURCES.parents[1] / "docs/runbooks/lost-master-key.md"
    [statements] = re.findall(r"```sql\n(.*?)```", runbook.read_text(), re.DOTALL)
    platform.owner_connection.execute(statements.encode())
    removed = set(re.findall(r"(?:from|update) ([a-z_.]+)", statements))
    for service in SERVICES:
        async with platform.unit_of_work(service, system(service)) as uow:
            assert {column.table for column in await sealed_columns(uow)} <= removed
