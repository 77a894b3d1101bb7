"""What people let clients do: remembered, so that they are asked once, and taken back at will."""

from argus.contracts.auth.events import ConsentGiven, ConsentTakenBack
from argus.kernel.clock import Clock
from argus.kernel.db.unit_of_work import UnitOfWork
from argus.kernel.ids import SessionId, UserId, format_id
from argus.services.auth.ids import ConsentId
from argus.services.auth.oauth.consents.errors import ConsentNotFound
from argus.services.auth.oauth.consents.models import Consent, Given
from argus.services.auth.oauth.consents.repository import ConsentRepository
from argus.services.auth.sessions.service import SessionService


class ConsentService:
    """Consents of people, one for each client and audience."""

    def __init__(self, uow: UnitOfWork, clock: Clock) -> None:
        self._uow, self._clock = uow, clock
        self._consents = ConsentRepository(uow)

    async def find(self, user_id: UserId, client_id: str, audience: str) -> Consent | None:
        """What the person lets the client do there."""
        return await self._consents.find(user_id, client_id, audience)

    async def list_of(self, user_id: UserId) -> list[Consent]:
        """The oldest first."""
        return await self._consents.list_of(user_id)

    async def give(self, given: Given) -> None:
        """Remember it. For the same organization it adds to what was given before."""
        earlier = await self._consents.find(given.user_id, given.client_id, given.audience)
        adds = earlier is not None and earlier.bound_to == given.organization_id
        scopes = sorted({*given.scopes, *(earlier.scopes if earlier and adds else ())})
        await self._consents.put(given, scopes, self._clock.now())
        await self._uow.emit(
            ConsentGiven(
                user_id=format_id("usr", given.user_id),
                client_id=given.client_id,
                audience=given.audience,
                scopes=scopes,
            ),
            given.organization_id,
        )

    async def take_back(self, user_id: UserId, consent_id: ConsentId) -> None:
        """Forget it, and end what the client has by it.

        Raises:
            ConsentNotFound: unknown, or another person's.
        """
        consent = await self._consents.delete(user_id, consent_id)
        if consent is None:
            raise ConsentNotFound
        sessions = SessionService(self._uow, self._clock)
        for session in await sessions.list_live(user_id):
            if (session.client_id, session.audience) == (consent.client_id, consent.audience):
                await sessions.end(user_id, SessionId(session.id), "consent_taken_back")
        await self._uow.emit(
            ConsentTakenBack(
                user_id=format_id("usr", user_id),
                client_id=consent.client_id,
                audience=consent.audience,
            )
        )
