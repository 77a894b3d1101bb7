"""Migration makes what is missing, and nothing twice."""

import pytest
from alembic.script import ScriptDirectory
from pydantic import SecretStr
from sqlalchemy import make_url

from argus.kernel.db.migrate import head_of, migrate, revisions, scripts_of
from argus.services import SERVICES
from support.database import Server


def test_a_migrated_database_is_at_the_codes_version_and_stays_as_it_is(server: Server) -> None:
    with server.clone() as database:
        settings = server.settings(database)
        before = revisions(settings, list(SERVICES))
        assert [revision.service for revision in before] == list(SERVICES)
        assert all(revision.current == revision.head != "" for revision in before)
        assert migrate(settings, server.keyring, list(SERVICES)) == before


def test_an_owner_that_is_no_superuser_can_migrate_again_and_again(server: Server) -> None:
    server.create("managed")
    with server.owner_connection("managed") as connection:
        connection.execute("create role manager login createrole password 'p'")
        connection.execute("alter database managed owner to manager")
    settings = server.settings("managed")
    assert settings.database_url is not None
    url = make_url(settings.database_url.get_secret_value()).set(username="manager", password="p")
    settings = settings.model_copy(
        update={
            "database_url": SecretStr(url.render_as_string(hide_password=False)),
            "database_role_prefix": "managed",
        }
    )
    for _ in range(2):
        done = migrate(settings, server.keyring, list(SERVICES))
        assert all(revision.current == revision.head for revision in done)


@pytest.mark.parametrize("service", SERVICES)
def test_the_last_file_by_name_is_the_revision_that_follows_all_others(service: str) -> None:
    assert ScriptDirectory(str(scripts_of(service))).get_current_head() == head_of(service)


def test_a_database_that_is_behind_gets_what_it_lacks(server: Server) -> None:
    with server.clone() as database:
        settings = server.settings(database)
        with server.owner_connection(database) as connection:
            connection.execute("drop schema billing cascade")
        done = migrate(settings, server.keyring, list(SERVICES))
        assert all(revision.current == revision.head for revision in done)
        with server.owner_connection(database) as connection:
            assert connection.execute("select to_regclass('billing.outbox')").fetchone() != (None,)
