"""Migration makes what is missing, and nothing twice."""

from pydantic import SecretStr
from sqlalchemy import make_url

from argus.kernel.db.migrate import migrate, revisions
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
