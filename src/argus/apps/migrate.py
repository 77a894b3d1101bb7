"""Brings the database of an installation to this version of the code."""

from argus.kernel.crypto import load_keyring
from argus.kernel.db import migrate as db_migrate
from argus.kernel.settings import KernelSettings
from argus.services import SERVICES


def migrate(settings: KernelSettings) -> list[db_migrate.Revision]:
    """Migrate all services; idempotent. See `kernel.db.migrate` for what can go wrong."""
    return db_migrate.migrate(settings, load_keyring(settings), list(SERVICES))


def pending(settings: KernelSettings) -> list[db_migrate.Revision]:
    """The services whose schema is not at the code's revision."""
    return [
        revision
        for revision in db_migrate.revisions(settings, list(SERVICES))
        if revision.current != revision.head
    ]
