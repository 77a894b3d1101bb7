"""Which databases are asked, and how each is opened so that nothing in it can change."""

import math
import os
import re
import sqlite3
import time
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, NullPool, create_engine, make_url
from sqlalchemy.exc import ArgumentError

from argus.kernel.errors import ArgusError
from argus.services.qa.addresses import forbidden_address

_POSTGRESQL = {"postgres", "postgresql", "postgresql+psycopg"}
_HOST = re.compile(r"[A-Za-z0-9._:-]+")
"""No folder of a socket, and no list of hosts."""
_INSTRUCTIONS = 10_000
"""Of SQLite's virtual machine, between two looks at the clock."""


class DatabaseRefused(ArgusError):
    """The address of the application's database is not one that Argus asks.

    Give `postgresql://USER:PASSWORD@HOST/DATABASE`, best of a user who may only read, or
    `sqlite:////FOLDER/FILE` of a file below the folder that `ARGUS_QA_SQLITE_FOLDER` names where
    the worker runs.
    """

    code, status, title = "qa.database.refused", 422, "Database refused"


def checked_dsn(dsn: str) -> URL:
    """The address, of a kind of database that is known. Raises DatabaseRefused."""
    try:
        url = make_url(dsn)
    except (ArgumentError, ValueError):
        raise DatabaseRefused("it is no address of a database") from None
    if url.drivername == "sqlite":
        if not url.database or not Path(url.database).is_absolute() or url.query:
            raise DatabaseRefused("name the file of SQLite by its whole path, and nothing else")
    elif url.drivername not in _POSTGRESQL:
        raise DatabaseRefused(f"{url.drivername} is not asked: PostgreSQL and SQLite are")
    elif not _HOST.fullmatch(url.host or ""):
        raise DatabaseRefused("name the one host of the database")
    elif set(url.query) - {"sslmode"}:
        raise DatabaseRefused("of the options only sslmode is taken")
    return url


def read_only_engine(dsn: str, sqlite_folder: Path | None, timeout_s: float) -> Engine:
    """An engine that can only read. It keeps no connection. Blocks to resolve the host.

    `timeout_s` is for connecting, and for each query.

    PostgreSQL gets read-only transactions and, by its extended protocol, one statement at a time;
    SQLite opens the file read-only and attaches no other. Neither finds credentials of the worker.

    Raises:
        DatabaseRefused
    """
    url = checked_dsn(dsn)
    if url.drivername == "sqlite":
        file = Path(str(url.database)).resolve()
        if sqlite_folder is None or not file.is_relative_to(sqlite_folder.resolve()):
            raise DatabaseRefused("the file is not below ARGUS_QA_SQLITE_FOLDER of the worker")
        return create_engine(
            "sqlite://", creator=lambda: _open_file(file, timeout_s), poolclass=NullPool
        )
    if refused := forbidden_address(str(url.host)):
        raise DatabaseRefused(f"{refused} is not the address of a database")
    options = {
        "default_transaction_read_only": "on",
        "statement_timeout": f"{timeout_s * 1000:.0f}",
        "lock_timeout": f"{timeout_s * 1000:.0f}",
    }
    arguments: dict[str, Any] = {
        "connect_timeout": max(2, math.ceil(timeout_s)),
        "tcp_user_timeout": math.ceil(timeout_s * 1000),
        "options": " ".join(f"-c {name}={value}" for name, value in options.items()),
        "passfile": os.devnull,
        "prepare_threshold": 0,
    }
    return create_engine(
        url.set(drivername="postgresql+psycopg"),
        connect_args=arguments,
        execution_options={"postgresql_readonly": True},
        poolclass=NullPool,
    )


def _open_file(file: Path, timeout_s: float) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{file.as_uri()}?mode=ro", uri=True, timeout=timeout_s, check_same_thread=False
    )
    connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    connection.execute("pragma query_only = on")
    ends = time.monotonic() + timeout_s
    connection.set_progress_handler(lambda: time.monotonic() > ends, _INSTRUCTIONS)
    return connection
