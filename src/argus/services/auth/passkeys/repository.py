"""SQL of passkeys. A passkey is its user's: what changes one names the user."""

from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy import CursorResult, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from argus.kernel.db.unit_of_work import UnitOfWork
from argus.services.auth.passkeys.models import Passkey, PasskeyChallenge


class PasskeyRepository:
    """Passkeys and open challenges."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._session = uow.session

    async def add_challenge(self, challenge: PasskeyChallenge) -> None:
        """A challenge that may be answered once."""
        self._session.add(challenge)
        await self._session.flush()

    async def take_challenge(
        self, challenge: bytes, purpose: str, user_id: UUID | None, now: datetime
    ) -> bool:
        """Use up a challenge; False unless it was given for this, to this user, and is current."""
        result = await self._session.execute(
            delete(PasskeyChallenge).where(
                PasskeyChallenge.challenge == challenge,
                PasskeyChallenge.purpose == purpose,
                PasskeyChallenge.user_id.is_not_distinct_from(user_id),
                PasskeyChallenge.expires_at > now,
            )
        )
        return cast("CursorResult[object]", result).rowcount == 1

    async def delete_expired_challenges(self, now: datetime) -> None:
        """Drop challenges that nobody answered."""
        await self._session.execute(
            delete(PasskeyChallenge).where(PasskeyChallenge.expires_at <= now)
        )

    async def add_unless_known(self, passkey: dict[str, object]) -> bool:
        """False when somebody registered this credential before (WebAuthn section 7.1, 26)."""
        statement = (
            insert(Passkey)
            .values(passkey)
            .on_conflict_do_nothing(constraint="passkey_credential")
            .returning(Passkey.id)
        )
        return await self._session.scalar(statement) is not None

    async def of_user(self, user_id: UUID) -> list[Passkey]:
        """The oldest first."""
        statement = select(Passkey).where(Passkey.user_id == user_id).order_by(Passkey.id)
        return list((await self._session.execute(statement)).scalars())

    async def find_for_update(self, credential_id: bytes) -> Passkey | None:
        """Locked, so that of two answers with one sign count one is refused."""
        statement = select(Passkey).where(Passkey.credential_id == credential_id).with_for_update()
        return await self._session.scalar(statement)

    async def hold(self, passkey_id: UUID) -> bool:
        """Whether the passkey is there; if so it stays until the unit ends."""
        statement = select(Passkey.id).where(Passkey.id == passkey_id)
        return await self._session.scalar(statement.with_for_update(read=True)) is not None

    async def used(self, passkey_id: UUID, sign_count: int, now: datetime) -> None:
        """Remember the authenticator's count."""
        await self._session.execute(
            update(Passkey)
            .where(Passkey.id == passkey_id)
            .values(sign_count=sign_count, last_used_at=now)
        )

    async def remove(self, user_id: UUID, passkey_id: UUID) -> bool:
        """Whether the user had it."""
        result = await self._session.execute(
            delete(Passkey).where(Passkey.user_id == user_id, Passkey.id == passkey_id)
        )
        return cast("CursorResult[object]", result).rowcount == 1

    async def remove_all(self, user_id: UUID) -> None:
        """Remove all of the user's."""
        await self._session.execute(delete(Passkey).where(Passkey.user_id == user_id))
