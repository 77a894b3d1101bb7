"""SQL of sent mails; they belong to no organization and name nobody."""

from datetime import datetime

from sqlalchemy import text

from argus.kernel.db.unit_of_work import UnitOfWork


class MailRepository:
    """Which message ids have been sent."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._session = uow.session

    async def claim(self, message_id: str, template: str, now: datetime) -> bool:
        """False when it was sent before; waits for whoever is sending it just now."""
        statement = text(
            "insert into mails (message_id, template, sent_at)"
            " values (:message_id, :template, :now) on conflict do nothing returning true"
        )
        values = {"message_id": message_id, "template": template, "now": now}
        return bool(await self._session.scalar(statement, values))
