"""SQL of device authorizations. Only hashes of the codes are stored."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, update

from argus.kernel.db.unit_of_work import UnitOfWork
from argus.kernel.ids import OrganizationId, SessionId, UserId
from argus.services.auth.oauth.device.models import DeviceAuthorization
from argus.services.auth.sessions.models import Session


@dataclass(frozen=True)
class Approver:
    """Who lets a device in, for which organization, and in which session."""

    user_id: UserId
    organization_id: OrganizationId
    session_id: SessionId


class DeviceRepository:
    """A device authorization is decided once, and collected once."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._session = uow.session

    async def add(self, authorization: DeviceAuthorization) -> None:
        """Insert at once, so that a user code that is taken is met here."""
        self._session.add(authorization)
        await self._session.flush()

    async def find_undecided(self, user_code: bytes, now: datetime) -> DeviceAuthorization | None:
        """What a person may decide by this user code."""
        found = await self._session.execute(
            select(DeviceAuthorization).where(
                DeviceAuthorization.user_code_hash == user_code,
                DeviceAuthorization.decision.is_(None),
                DeviceAuthorization.expires_at > now,
            )
        )
        return found.scalar_one_or_none()

    async def approve(self, user_code: bytes, by: Approver, now: datetime) -> str | None:
        """Let the device in; the client's id, or None if there is nothing to decide (any more)."""
        return await self._decide(
            user_code,
            now,
            decision="approved",
            user_id=by.user_id,
            bound_to=by.organization_id,
            started_by=by.session_id,
        )

    async def deny(self, user_code: bytes, now: datetime) -> str | None:
        """Keep the device out; the same answer."""
        return await self._decide(user_code, now, decision="denied")

    async def _decide(self, user_code: bytes, now: datetime, **values: object) -> str | None:
        decided = await self._session.execute(
            update(DeviceAuthorization)
            .where(
                DeviceAuthorization.user_code_hash == user_code,
                DeviceAuthorization.decision.is_(None),
                DeviceAuthorization.expires_at > now,
            )
            .values(**values)
            .returning(DeviceAuthorization.client_id)
        )
        return decided.scalar_one_or_none()

    async def get_for_update(
        self, device_code: bytes, client_id: str
    ) -> DeviceAuthorization | None:
        """The client's authorization, for this poll alone."""
        found = await self._session.execute(
            select(DeviceAuthorization)
            .where(
                DeviceAuthorization.device_code_hash == device_code,
                DeviceAuthorization.client_id == client_id,
            )
            .with_for_update()
        )
        return found.scalar_one_or_none()

    async def starter(self, session_id: UUID, now: datetime) -> Session | None:
        """The session in which the person approved, while it lives."""
        found = await self._session.execute(
            select(Session).where(
                Session.id == session_id, Session.revoked_at.is_(None), Session.expires_at > now
            )
        )
        return found.scalar_one_or_none()

    async def delete(self, device_code: bytes) -> None:
        """The device code is used up."""
        await self._session.execute(
            delete(DeviceAuthorization).where(DeviceAuthorization.device_code_hash == device_code)
        )

    async def forget(self, before: datetime) -> None:
        """Drop what expired before then."""
        await self._session.execute(
            delete(DeviceAuthorization).where(DeviceAuthorization.expires_at < before)
        )
