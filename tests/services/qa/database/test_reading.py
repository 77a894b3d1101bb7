"""Asking an application's database, PostgreSQL and SQLite, without changing anything in it."""

import sqlite3
from collections.abc import Callable, Generator
from contextlib import suppress
from pathlib import Path

import pytest
from pydantic import SecretStr

from argus.services.qa.database.dsn import DatabaseRefused, checked_dsn
from argus.services.qa.database.reading import ApplicationDatabase
from argus.services.qa.execution.database import MOST_ROWS, DatabaseSilent, QueryRefused
from support.database import Server

SCHEMA = (
    "create table note (id integer primary key, title varchar(80), price numeric(8, 2), gone text)",
    'create table "Tag" (id integer primary key, note_id integer references note (id), name text)',
    "insert into note values (1, 'It''s 50 % \\ off', 9.50, null), (2, 'Milk', 1, 'yes')",
    """insert into "Tag" values (1, 1, 'a:b')""",
)


@pytest.fixture(params=["sqlite", "postgresql"], scope="module")
def application(
    request: pytest.FixtureRequest, server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Generator[tuple[ApplicationDatabase, Callable[[str], list[tuple[object, ...]]]]]:
    """A database that holds notes, read-only, and its owner's way to ask it."""
    if request.param == "sqlite":
        folder = tmp_path_factory.mktemp("application")
        file = folder / "notes.db"
        with sqlite3.connect(file) as owner:
            for statement in SCHEMA:
                owner.execute(statement)
            owner.commit()
            yield (
                ApplicationDatabase(f"sqlite:///{file}", folder, timeout_s=1),
                lambda sql: owner.execute(sql).fetchall(),
            )
        owner.close()
        return
    with server.clone(template="template0") as name, server.owner_connection(name) as owner:
        for statement in SCHEMA:
            owner.execute(statement.encode())
        yield (
            ApplicationDatabase(dsn_of(server, name), None, timeout_s=1),
            lambda sql: owner.execute(sql.encode()).fetchall(),
        )


def dsn_of(server: Server, name: str) -> str:
    url = server.settings(name).database_url
    assert isinstance(url, SecretStr)
    return url.get_secret_value()


async def test_values_are_told_as_texts(application) -> None:
    database, _ = application
    prices = ("9.50", "1.00") if await is_postgresql(database) else ("9.5", "1")
    assert await database.ask("select title, price, gone from note order by id", {}) == [
        ("It's 50 % \\ off", prices[0], None),
        ("Milk", prices[1], "yes"),
    ]


async def is_postgresql(database: ApplicationDatabase) -> bool:
    with suppress(QueryRefused):
        return bool(await database.ask("select version()", {}))
    return False


@pytest.mark.parametrize(
    ("sql", "values", "found"),
    [
        ("select id from note where title = ${title}", {"title": "It's 50 % \\ off"}, ["1"]),
        ("select id from note where title = ${title}", {"title": "' or 1=1 --"}, []),
        ("select id from note where title like '%' || ${title} || '%'", {"title": "50 %"}, ["1"]),
        ("select id from note where id = ${id}", {"id": "2"}, ["2"]),
        (
            "select id from note where title in (${env.v0}, ${v0}, ${env.v0})",
            {"env.v0": "Milk", "v0": "none"},
            ["2"],
        ),
        ("""select id from "Tag" where name = 'a:b' and name <> ':title'""", {}, ["1"]),
        ("select id from note where title = '${unknown}'", {"title": "x"}, []),
    ],
)
async def test_values_are_bound_and_nothing_else_is_taken_for_one(
    application, sql: str, values: dict[str, str], found: list[str]
) -> None:
    database, _ = application
    assert [row[0] for row in await database.ask(sql, values)] == found


async def test_rows_are_read_up_to_a_limit(application) -> None:
    database, _ = application
    many = "with recursive n(i) as (select 1 union all select i + 1 from n where i < 5000)"
    assert len(await database.ask(f"{many} select i from n", {})) == MOST_ROWS + 1


@pytest.mark.parametrize(
    "sql",
    [
        "delete from note",
        "insert into note (id) values (3) returning id",
        "update note set title = 'x'",
        "drop table note",
        "create table other (id integer)",
        "select 1; delete from note",
        "commit; delete from note",
        "set transaction read write",
        "pragma query_only = off",
        "attach 'other.db' as other",
        "select nothing from note",
        "select * from nowhere",
        "what is this",
        "",
    ],
)
async def test_what_changes_or_is_no_query_is_refused(application, sql: str) -> None:
    database, owner = application
    with pytest.raises(QueryRefused):
        await database.ask(sql, {})
    assert owner("select count(*) from note") == [(2,)]


async def test_a_setting_that_a_query_changed_does_not_outlast_it(application) -> None:
    database, owner = application
    for sql in (
        "select set_config('default_transaction_read_only', 'off', false)",
        "select set_config('transaction_read_only', 'off', false)",
    ):
        with suppress(QueryRefused):
            await database.ask(sql, {})
    with pytest.raises(QueryRefused):
        await database.ask("delete from note", {})
    assert owner("select count(*) from note") == [(2,)]


async def test_a_query_that_takes_too_long_is_ended(application) -> None:
    database, _ = application
    forever = "with recursive n(i) as (select 1 union all select i from n) select max(i) from n"
    with pytest.raises(DatabaseSilent):
        await database.ask(forever, {})


async def test_tables_are_told_with_the_names_that_queries_use(application) -> None:
    database, _ = application
    tables = {table.sql: table for table in await database.tables()}
    note = next(table for name, table in tables.items() if name.endswith("note"))
    tag = next(table for name, table in tables.items() if name.endswith('"Tag"'))
    assert [column.name for column in note.columns if column.text] == ["title", "gone"]
    assert await database.ask(f"select name from {tag.sql}", {}) == [("a:b",)]
    enforced = await is_postgresql(database)
    assert [each.table for each in note.children] == ([] if enforced else ['"Tag"'])


async def test_a_database_that_is_not_there_is_silent_and_its_password_is_not_told(
    server: Server, tmp_path: Path
) -> None:
    refused = dsn_of(server, "template").replace("://", "://nobody-", 1)
    for dsn in (
        "postgresql://ada:correct-horse@127.0.0.1:9/notes",
        refused,
        f"sqlite:///{tmp_path}/nothing.db",
    ):
        with pytest.raises(DatabaseSilent) as silent:
            await ApplicationDatabase(dsn, tmp_path, timeout_s=2).ask("select 1", {})
        assert "correct-horse" not in str(silent.value)
        with pytest.raises(DatabaseSilent):
            await ApplicationDatabase(dsn, tmp_path, timeout_s=2).tables()
    assert not (tmp_path / "nothing.db").exists()


async def test_a_file_that_is_no_database_is_silent(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("nothing of the kind " * 100)
    with pytest.raises(DatabaseSilent):
        await ApplicationDatabase(f"sqlite:///{tmp_path}/text.db", tmp_path).ask(
            "select * from note", {}
        )


@pytest.mark.parametrize(
    "dsn",
    [
        "no address",
        "mysql://ada:pw@db/notes",
        "postgresql:///notes",
        "postgresql://ada:pw@%2Fvar%2Frun%2Fpostgresql/notes",
        "postgresql://ada@db/notes?passfile=/etc/passwd",
        "postgresql://ada@db/notes?host=/var/run/postgresql",
        "postgresql://ada@db/notes?service=other",
        "postgresql://ada:pw@db,169.254.169.254/notes",
        "sqlite://",
        "sqlite:///relative.db",
        "sqlite:////tmp/notes.db?mode=rw",
        "sqlite+pysqlite:////tmp/notes.db",
    ],
)
def test_other_kinds_of_address_are_refused(dsn: str) -> None:
    with pytest.raises(DatabaseRefused):
        checked_dsn(dsn)


@pytest.mark.parametrize("host", ["169.254.169.254", "[fd00:ec2::254]", "0.0.0.0"])
async def test_addresses_of_no_database_are_refused(host: str) -> None:
    with pytest.raises(DatabaseRefused):
        await ApplicationDatabase(f"postgresql://ada:pw@{host}/notes", None).ask("select 1", {})


async def test_files_elsewhere_are_refused(tmp_path: Path) -> None:
    inside, outside = tmp_path / "inside", tmp_path / "outside.db"
    inside.mkdir()
    sqlite3.connect(outside).close()
    (inside / "link.db").symlink_to(outside)
    for folder, file in (
        (None, outside),
        (inside, outside),
        (inside, inside / "link.db"),
        (inside, inside / ".." / "outside.db"),
    ):
        with pytest.raises(DatabaseRefused):
            await ApplicationDatabase(f"sqlite:///{file}", folder).ask("select 1", {})
