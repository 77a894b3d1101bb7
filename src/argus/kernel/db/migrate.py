"""Brings the database to the code's version: roles, schemas, then each service's revisions.

Safe to run at every start and from several processes at once (advisory lock), and quick where there
is nothing to do. The owner of the objects is the role of `ARGUS_DATABASE_URL`; services get their
own login roles with DML only.

A service's revisions are files whose names begin with their ids, in ascending order.
"""

import base64
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

from sqlalchemy import URL, Connection, create_engine, make_url, text

from argus.kernel.crypto import Keyring
from argus.kernel.errors import ArgusError
from argus.kernel.settings import KernelSettings

MINIMUM_POSTGRESQL = 150000
_LOCK = 0x41524755


class DatabaseTooOld(ArgusError):
    """PostgreSQL is older than version 15.

    Upgrade the server, or unset `ARGUS_DATABASE_URL` to use the embedded one.
    """

    code, status, title = "kernel.database.too_old", 503, "PostgreSQL too old"


@dataclass(frozen=True)
class Revision:
    """State of one service's schema: `current` is empty when it was never migrated."""

    service: str
    current: str
    head: str


def role_of(settings: KernelSettings, service: str) -> str:
    """Name of the database role that a service connects as."""
    return f"{settings.database_role_prefix}_{service}"


def service_url(owner: URL, settings: KernelSettings, keyring: Keyring, service: str) -> URL:
    """The address at which a service connects: same database, its own role and password."""
    return owner.set(
        drivername="postgresql+psycopg",
        username=role_of(settings, service),
        password=_password(keyring, service),
    )


def owner_url(settings: KernelSettings) -> URL:
    """The address at which the owner of all schemas connects."""
    if settings.database_url is None:
        raise LookupError("no database address: start the embedded PostgreSQL first")
    return make_url(settings.database_url.get_secret_value()).set(drivername="postgresql+psycopg")


def migrate(settings: KernelSettings, keyring: Keyring, services: list[str]) -> list[Revision]:
    """Create roles and schemas and upgrade every service to its head revision. Idempotent.

    Raises:
        DatabaseTooOld: the server is older than PostgreSQL 15.
    """
    engine = create_engine(owner_url(settings))
    try:
        with engine.connect() as connection:
            connection.execute(text("select pg_advisory_lock(:lock)"), {"lock": _LOCK})
            connection.commit()
            try:
                version = connection.scalar(text("show server_version_num"))
                if int(version) < MINIMUM_POSTGRESQL:
                    raise DatabaseTooOld(f"server_version_num is {version}, at least 150000 needed")
                return [_migrate(connection, settings, keyring, service) for service in services]
            finally:
                connection.rollback()
                connection.execute(text("select pg_advisory_unlock(:lock)"), {"lock": _LOCK})
                connection.commit()
    finally:
        engine.dispose()


def revisions(settings: KernelSettings, services: list[str]) -> list[Revision]:
    """Which revision each service has and needs; changes nothing."""
    engine = create_engine(owner_url(settings))
    try:
        with engine.connect() as connection:
            return [_revision(connection, service) for service in services]
    finally:
        engine.dispose()


def _migrate(
    connection: Connection, settings: KernelSettings, keyring: Keyring, service: str
) -> Revision:
    role, password = role_of(settings, service), _password(keyring, service)
    exists = connection.scalar(text("select 1 from pg_roles where rolname = :role"), {"role": role})
    verb = "alter" if exists else "create"
    # Without "nosuperuser" and its like, which are the default, and for superusers to say.
    connection.exec_driver_sql(f"{verb} role {role} login password '{password}'")
    connection.exec_driver_sql(f"""
        create schema if not exists {service};
        grant usage on schema {service} to {role};
        alter default privileges in schema {service}
          grant select, insert, update, delete on tables to {role};
        alter default privileges in schema {service} grant usage, select on sequences to {role};
        alter default privileges in schema {service} grant execute on functions to {role};
    """)
    connection.commit()
    found = _revision(connection, service)
    if found.current == found.head:
        return found
    # Loading Alembic and all scripts takes longer than the rest, and most starts need neither.
    from argus.kernel.db.upgrade import upgrade  # noqa: PLC0415

    upgrade(connection, service, scripts_of(service), role)
    return _revision(connection, service)


def _revision(connection: Connection, service: str) -> Revision:
    table = f"{service}.migration"
    is_there = connection.scalar(text("select to_regclass(:table)"), {"table": table})
    current = connection.scalar(text(f"select version_num from {table}")) if is_there else None
    connection.rollback()
    return Revision(service, current or "", head_of(service))


def head_of(service: str) -> str:
    """Id of the service's latest revision."""
    scripts = (scripts_of(service) / "versions").iterdir()
    return max(script.name for script in scripts if script.name.endswith(".py")).partition("_")[0]


def scripts_of(service: str) -> Traversable:
    """Folder of a service's migrations."""
    return files(f"argus.services.{service}") / "migrations"


def _password(keyring: Keyring, service: str) -> str:
    return base64.urlsafe_b64encode(keyring.derive(f"database-role:{service}")).decode()
