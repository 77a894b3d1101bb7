"""Last uses of API keys, noted on the way and written together: no write per validation."""

from datetime import datetime
from uuid import UUID

from argus.kernel.db.unit_of_work import Database
from argus.kernel.principal import system
from argus.services.auth.api_keys.repository import ApiKeyRepository


class LastUses:
    """What is noted and not yet written when the process is killed is lost: it is a display."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._noted: dict[UUID, datetime] = {}

    def note(self, key_id: UUID, at: datetime) -> None:
        """The key was used."""
        self._noted[key_id] = at

    async def write(self) -> None:
        """Write what was noted since the last time."""
        noted, self._noted = self._noted, {}
        if noted:
            async with self._database.unit_of_work(
                system("auth"), unscoped="keys of all organizations were used"
            ) as uow:
                await ApiKeyRepository(uow).record_uses(noted)
