"""A user's linked identities."""

from uuid import UUID

from argus.contracts.auth.events import IdentityUnlinked
from argus.kernel.db.unit_of_work import UnitOfWork
from argus.kernel.ids import UserId, format_id
from argus.services.auth.external_identities.errors import IdentityNotFound
from argus.services.auth.external_identities.repository import ExternalIdentityRepository


async def unlink(uow: UnitOfWork, user_id: UserId, identity_id: UUID) -> None:
    """The user signs in by this identity no more, and the tokens kept for it are gone.

    Raises:
        IdentityNotFound: unknown, or another user's.
    """
    provider = await ExternalIdentityRepository(uow).remove(user_id, identity_id)
    if provider is None:
        raise IdentityNotFound
    await uow.emit(
        IdentityUnlinked(
            user_id=format_id("usr", user_id),
            identity_id=format_id("xid", identity_id),
            provider=provider,
        )
    )
