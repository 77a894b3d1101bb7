"""Sending a mail once."""

from collections.abc import Mapping
from dataclasses import dataclass

from argus.kernel.clock import Clock
from argus.kernel.db.unit_of_work import UnitOfWork
from argus.services.notify.composer import MailComposer
from argus.services.notify.mail.repository import MailRepository
from argus.services.notify.mailer import Mailer


@dataclass(frozen=True)
class PostOffice:
    """What sending needs: who composes, who delivers."""

    composer: MailComposer
    mailer: Mailer


class MailService:
    """Mails by template."""

    def __init__(self, uow: UnitOfWork, clock: Clock, post_office: PostOffice) -> None:
        self._clock, self._post_office = clock, post_office
        self._mails = MailRepository(uow)

    async def send(
        self, message_id: str, to: str, template: str, variables: Mapping[str, str]
    ) -> bool:
        """Send unless `message_id` was sent before; False then.

        It is recorded as sent with this unit of work: a crash between delivery and commit sends it
        twice, with the same `Message-ID`, rather than never.

        Raises:
            MailInvalid, MailNotDelivered
        """
        now = self._clock.now()
        mail = self._post_office.composer.compose(message_id, to, template, variables, now)
        if not await self._mails.claim(message_id, template, now):
            return False
        await self._post_office.mailer.deliver(mail)
        return True
