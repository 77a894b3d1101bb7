"""Reads the application's database: what a query answers, and which tables there are."""

import asyncio
import sqlite3
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path

import psycopg
from sqlalchemy import Engine, Enum, String, inspect, text
from sqlalchemy.engine.interfaces import ReflectedColumn, ReflectedForeignKeyConstraint
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from argus.kernel.schema import Value
from argus.services.qa.database.dsn import checked_dsn, read_only_engine
from argus.services.qa.execution.database import MOST_ROWS, DatabaseSilent, QueryRefused, Rows
from argus.services.qa.templates import REFERENCE

MOST_TABLES = 300
TIMEOUT_S = 5.0

_REFUSED = ("0A", "21", "22", "25", "42")
"""Classes of SQLSTATE that speak of the query, not of the server (PostgreSQL, appendix A)."""
_REFUSED_BY_SQLITE = (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_AUTH)


class Column(Value):
    """A column; `sql` is its name as a query has it. `text`: it holds texts of any kind."""

    name: str
    sql: str
    text: bool


class Reference(Value):
    """A foreign key of `table`, whose columns name a row of `parent`; all names as in a query."""

    table: str
    columns: tuple[str, ...]
    parent: str
    parent_columns: tuple[str, ...]


class Table(Value):
    """A table; `sql` is its name as a query has it.

    `children` are the foreign keys to it that the database itself does not enforce.
    """

    sql: str
    columns: tuple[Column, ...]
    children: tuple[Reference, ...] = ()


class ApplicationDatabase:
    """The application's own database, read-only (`execution.database.Database`)."""

    def __init__(self, dsn: str, sqlite_folder: Path | None, timeout_s: float = TIMEOUT_S) -> None:
        """Connects to nothing yet. `timeout_s` is for connecting, and for each query.

        Raises:
            DatabaseRefused: not a database that is asked.
        """
        url = checked_dsn(dsn)
        self._secrets = [each for each in (dsn, str(url.password or "")) if each]
        self._dsn, self._sqlite_folder, self._timeout_s = dsn, sqlite_folder, timeout_s
        self._engine: Engine | None = None

    async def ask(self, sql: str, values: Mapping[str, str]) -> Rows:
        """See `Database.ask`. Raises DatabaseSilent, QueryRefused, DatabaseRefused."""
        return await asyncio.to_thread(self._ask, sql, values)

    async def tables(self) -> list[Table]:
        """The tables that hold texts, of all schemas. Raises DatabaseSilent, DatabaseRefused."""
        return await asyncio.to_thread(self._tables)

    def _opened(self) -> Engine:
        if self._engine is None:
            self._engine = read_only_engine(self._dsn, self._sqlite_folder, self._timeout_s)
        return self._engine

    def _ask(self, sql: str, values: Mapping[str, str]) -> Rows:
        used = {name: f"v{n}" for n, name in enumerate(REFERENCE.findall(sql)) if name in values}
        literal = sql.replace("\\", "\\\\").replace(":", r"\:")
        bound = REFERENCE.sub(lambda m: f":{used[m[1]]}" if m[1] in used else m[0], literal)
        engine = self._opened()
        try:
            with engine.connect() as connection:
                answer = connection.execute(
                    text(bound), {place: values[name] for name, place in used.items()}
                )
                if not answer.returns_rows:
                    raise QueryRefused(f"it answers no rows: {sql}")
                return [tuple(map(_told, row)) for row in answer.fetchmany(MOST_ROWS + 1)]
        except SQLAlchemyError as error:
            raise self._failure(error) from None

    def _tables(self) -> list[Table]:
        engine = self._opened()
        quote = engine.dialect.identifier_preparer
        own = engine.dialect.name == "postgresql"
        try:
            inspector = inspect(engine)
            schemas = [s for s in inspector.get_schema_names() if not _of_system(s)] if own else []
            columns: dict[tuple[str | None, str], list[ReflectedColumn]] = {}
            keys: dict[tuple[str | None, str], list[ReflectedForeignKeyConstraint]] = {}
            for schema in schemas or [None]:
                columns |= inspector.get_multi_columns(schema=schema)
                keys |= {} if own else inspector.get_multi_foreign_keys(schema=schema)
        except SQLAlchemyError as error:
            raise self._failure(error) from None

        def named(schema: str | None, name: str) -> str:
            return ".".join(quote.quote(part) for part in (schema, name) if part)

        references = [
            Reference(
                table=named(*table),
                columns=tuple(map(quote.quote, key["constrained_columns"])),
                parent=named(key["referred_schema"], key["referred_table"]),
                parent_columns=tuple(map(quote.quote, key["referred_columns"])),
            )
            for table, found in keys.items()
            for key in found
        ]
        tables = [
            Table(
                sql=named(*table),
                columns=tuple(_column(each, quote.quote(each["name"])) for each in found),
                children=tuple(each for each in references if each.parent == named(*table)),
            )
            for table, found in columns.items()
        ]
        holding = [table for table in tables if any(column.text for column in table.columns)]
        return sorted(holding, key=lambda table: table.sql)[:MOST_TABLES]

    def _failure(self, error: SQLAlchemyError) -> DatabaseSilent | QueryRefused:
        cause = error.orig if isinstance(error, DBAPIError) else error
        told = str(cause).partition("\n")[0]
        for secret in self._secrets:
            told = told.replace(secret, "[masked]")
        by_server = isinstance(cause, psycopg.Error) and (cause.sqlstate or "")[:2] in _REFUSED
        by_file = getattr(cause, "sqlite_errorcode", None) in _REFUSED_BY_SQLITE
        if by_server or by_file or isinstance(cause, sqlite3.ProgrammingError):
            return QueryRefused(f"the database refuses the query: {told}")
        return DatabaseSilent(f"the application's database does not answer: {told}")


def _of_system(schema: str) -> bool:
    return schema == "information_schema" or schema.startswith("pg_")


def _column(column: ReflectedColumn, sql: str) -> Column:
    kind = column["type"]
    holds_text = isinstance(kind, String) and not isinstance(kind, Enum)
    return Column(name=column["name"], sql=sql, text=holds_text)


def _told(value: object) -> str | None:
    match value:
        case None:
            return None
        case bool():
            return "true" if value else "false"
        case bytes():
            return value.hex()
        case datetime():
            return value.isoformat(sep=" ")
        case date():
            return value.isoformat()
        case _:
            return str(value)
