"""Real PostgreSQL for tests: a server per test process, a migrated template, a clone per test."""

import base64
import itertools
import os
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from pydantic import SecretStr
from sqlalchemy import make_url

from argus.kernel.crypto import Keyring
from argus.kernel.db.migrate import migrate
from argus.kernel.postgres import EmbeddedPostgres
from argus.kernel.settings import KernelSettings
from argus.services import SERVICES

MASTER_KEY = base64.b64encode(bytes(range(32))).decode()


class Server:
    """A PostgreSQL server whose template database holds every service, migrated."""

    def __init__(self, dsn: str) -> None:
        self._admin = make_url(dsn)
        self._numbers = itertools.count()
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
        self._execute(f"create database {template}")
        self.templates.add(template)

    @contextmanager
    def clone(self, *, template: str = "template") -> Generator[str]:
        """The name of a database of one's own, dropped afterwards."""
        name = f"test_{next(self._numbers)}"
        self._execute(f"create database {name} template {template} strategy file_copy")
        try:
            yield name
        finally:
            self._execute(f"drop database {name} with (force)")

    def owner_connection(self, database: str) -> psycopg.Connection:
        """A connection that bypasses RLS, to look at what really stands in the tables."""
        url = self._admin.set(drivername="postgresql", database=database)
        return psycopg.connect(url.render_as_string(hide_password=False), autocommit=True)

    def _execute(self, statement: str) -> None:
        url = self._admin.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(statement.encode())


@contextmanager
def server() -> Generator[Server]:
    """A server for the block; `ARGUS_TEST_DATABASE_URL` names another one to use instead."""
    external = os.environ.get("ARGUS_TEST_DATABASE_URL")
    if external:
        yield Server(external)
        return
    with tempfile.TemporaryDirectory(prefix="argus-postgres-", dir=_memory()) as home:
        postgres = EmbeddedPostgres(Path(home))
        dsn = postgres.start()
        _hurry(dsn)
        try:
            yield Server(dsn)
        finally:
            postgres.stop()


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
