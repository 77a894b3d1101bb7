"""A user's linked identities."""

from uuid import UUID

from argus.contracts.auth.events import IdentityUnlinked
from argus.kernel.clock import Clock
from argus.kernel.db.unit_of_work import UnitOfWork
from argus.kernel.ids import UserId, format_id
from argus.services.auth.external_identities.errors import IdentityNotFound
from argus.services.auth.external_identities.repository import ExternalIdentityRepository
from argus.services.auth.revocations.repository import Revocations
from argus.services.auth.sessions.service import SessionService
from argus.services.auth.sign_in_flows.repository import SignInFlowRepository


async def unlink(uow: UnitOfWork, clock: Clock, user_id: UserId, identity_id: UUID) -> None:
    """The user signs in by this identity no more, and the tokens kept for it are gone. Sessions and
    sign-ins that began with it end, also the one that asks: who lost the account there is out here.

    Raises:
        IdentityNotFound: unknown, or another user's.
    """
    provider = await ExternalIdentityRepository(uow).remove(user_id, identity_id)
    if provider is None:
        raise IdentityNotFound
    await Revocations(uow).touch(user_id, clock.now())
    await SignInFlowRepository(uow).end_begun_with(identity_id)
    await SessionService(uow, clock).revoke_begun_with(user_id, identity_id, "unlinked")
    await uow.emit(
        IdentityUnlinked(
            user_id=format_id("usr", user_id),
            identity_id=format_id("xid", identity_id),
            provider=provider,
        )
    )
