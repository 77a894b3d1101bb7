"""Real PostgreSQL for tests: a server per test process, a migrated template, a clone per test."""

import base64
import itertools
import os
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from pydantic import SecretStr
from sqlalchemy import URL, event, make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from argus.kernel.crypto import Keyring
from argus.kernel.db.migrate import migrate
from argus.kernel.db.unit_of_work import make_engine
from argus.kernel.postgres import EmbeddedPostgres
from argus.kernel.settings import KernelSettings
from argus.services import SERVICES

MASTER_KEY = base64.b64encode(bytes(range(32))).decode()


class Server:
    """A PostgreSQL server whose template database holds every service, migrated."""

    def __init__(self, dsn: str, administrator: psycopg.Connection) -> None:
        """`administrator` makes and drops databases, in autocommit mode."""
        self._admin, self._administrator = make_url(dsn), administrator
        self._numbers = itertools.count()
        self.engines = Engines()
        self.keyring = Keyring([base64.b64decode(MASTER_KEY)])
        self.templates: set[str] = set()
        self.create("template")
        migrate(self.settings("template"), self.keyring, list(SERVICES))

    def settings(self, database: str, home: Path = Path("unused")) -> KernelSettings:
        """Settings of an installation on `database`."""
        url = self._admin.set(database=database).render_as_string(hide_password=False)
        return KernelSettings(
            home=home,
            database_url=SecretStr(url),
            master_key=SecretStr(MASTER_KEY),
            environment="development",
            database_pool_size=2,
            outbound_allow=("127.0.0.0/8",),
        )

    def create(self, template: str) -> None:
        """An empty database that clones can be made of."""
        self._administrator.execute(f"create database {template}".encode())
        self.templates.add(template)

    @contextmanager
    def clone(self, *, template: str = "template") -> Generator[str]:
        """The name of a database of one's own, dropped afterwards."""
        name = f"test_{next(self._numbers)}"
        self._administrator.execute(
            f"create database {name} template {template} strategy file_copy".encode()
        )
        try:
            yield name
        finally:
            self._administrator.execute(f"drop database {name} with (force)".encode())

    def owner_connection(self, database: str) -> psycopg.Connection:
        """A connection that bypasses RLS, to look at what really stands in the tables."""
        url = self._admin.set(drivername="postgresql", database=database)
        return psycopg.connect(url.render_as_string(hide_password=False), autocommit=True)


class Engines:
    """The engines of platforms that come one after the other.

    SQLAlchemy keeps with an engine what it has compiled, and that takes longer than most tests.
    An engine is in one platform at a time, and holds no connection between two.
    """

    def __init__(self) -> None:
        self._idle = defaultdict[tuple[str, URL, int], list[_Redirected]](list)

    @contextmanager
    def lent(self) -> Generator[Callable[[str, URL, int], AsyncEngine]]:
        """Makes engines or takes used ones, which must be closed within the block.

        They are not used again after an error.
        """
        lent: list[tuple[list[_Redirected], _Redirected]] = []

        def lend(service: str, url: URL, pool_size: int) -> AsyncEngine:
            idle = self._idle[service, url.set(database=""), pool_size]
            redirected = idle.pop() if idle else _Redirected(make_engine(service, url, pool_size))
            redirected.database = url.database
            lent.append((idle, redirected))
            return redirected.engine

        yield lend
        for idle, redirected in lent:
            idle.append(redirected)


class _Redirected:
    """An engine that connects to another `database` each time."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine, self.database = engine, engine.url.database
        event.listen(engine.sync_engine, "do_connect", self._redirect)

    def _redirect(
        self, _dialect: object, _record: object, _arguments: object, options: dict[str, Any]
    ) -> None:
        options["dbname"] = self.database


@contextmanager
def server() -> Generator[Server]:
    """A server for the block; `ARGUS_TEST_DATABASE_URL` names another one to use instead."""
    external = os.environ.get("ARGUS_TEST_DATABASE_URL")
    if external:
        with _administrator(external) as administrator:
            yield Server(external, administrator)
        return
    with tempfile.TemporaryDirectory(prefix="argus-postgres-", dir=_memory()) as home:
        postgres = EmbeddedPostgres(Path(home))
        dsn = postgres.start()
        _hurry(dsn)
        try:
            with _administrator(dsn) as administrator:
                yield Server(dsn, administrator)
        finally:
            postgres.stop()


def _administrator(dsn: str) -> psycopg.Connection:
    url = make_url(dsn).set(drivername="postgresql")
    return psycopg.connect(url.render_as_string(hide_password=False), autocommit=True)


def _memory() -> Path | None:
    """A folder in memory if there is room: a clone of the template is hundreds of files."""
    memory = Path("/dev/shm")  # noqa: S108 - a folder of a random name is made in it
    try:
        return memory if shutil.disk_usage(memory).free > 2 * 1024**3 else None
    except OSError:
        return None


def _hurry(dsn: str) -> None:
    """Nothing here outlives the test process, and nobody tries to guess its passwords."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        for setting in ("fsync", "full_page_writes", "synchronous_commit", "autovacuum"):
            connection.execute(f"alter system set {setting} = off".encode())
        connection.execute("alter system set scram_iterations = 1")
        connection.execute("select pg_reload_conf()")
        connection.execute("set scram_iterations = 1")
        password = make_url(dsn).password
        connection.execute(f"alter role current_user password '{password}'".encode())
