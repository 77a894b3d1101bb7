"""Runs a service's revisions by Alembic, without an `env.py` in each service."""

from importlib.resources.abc import Traversable
from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection


def upgrade(connection: Connection, service: str, scripts: Traversable, role: str) -> None:
    """Bring the schema of `service`, used by `role`, to its head; each revision is a transaction.

    Does what `alembic.command.upgrade` does.
    """
    script = ScriptDirectory(str(scripts))
    config = Config()
    config.attributes["role"] = role

    def to_head(revision: Any, _context: Any) -> Any:
        return script._upgrade_revs("head", revision)  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]

    with EnvironmentContext(config, script, fn=to_head) as environment:
        environment.configure(
            connection=connection,
            version_table="migration",
            version_table_schema=service,
            transaction_per_migration=True,
        )
        connection.exec_driver_sql("set lock_timeout = '4s'; set statement_timeout = '60s'")
        environment.run_migrations()
    connection.commit()
