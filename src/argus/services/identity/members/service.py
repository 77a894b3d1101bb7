"""Rules of membership: an organization keeps an owner, and nobody deals in more than they hold."""

from collections.abc import Iterable

from argus.contracts.identity.events import MemberJoined, MemberRemoved, MemberRolesChanged
from argus.contracts.permissions import Role
from argus.kernel.clock import Clock
from argus.kernel.db.unit_of_work import UnitOfWork
from argus.kernel.ids import OrganizationId, UserId, format_id
from argus.services.identity.authority import covers, in_order
from argus.services.identity.members.errors import (
    AlreadyMember,
    AuthorityExceeded,
    LastOwner,
    MemberNotFound,
)
from argus.services.identity.members.models import Membership
from argus.services.identity.members.repository import Member, MemberRepository


class MemberService:
    """Members of the caller's organization."""

    def __init__(self, uow: UnitOfWork, clock: Clock) -> None:
        self._uow, self._clock, self._members = uow, clock, MemberRepository(uow)

    async def page(self, after: UserId | None, limit: int) -> tuple[list[Member], UserId | None]:
        """Up to `limit` members, and where the next page starts; None on the last."""
        members = await self._members.page(after, limit + 1)
        more = len(members) > limit
        return members[:limit], members[limit - 1].user.id if more else None

    async def is_member(self, user_id: UserId) -> bool:
        return await self._members.get(user_id) is not None

    async def join(
        self,
        organization_id: OrganizationId,
        user_id: UserId,
        roles: Iterable[Role],
        invitation_id: str | None = None,
    ) -> None:
        """Add a member to `organization_id`, which is the transaction's tenant (`scope`).

        Raises:
            AlreadyMember
        """
        given, now = in_order(roles), self._clock.now()
        if not await self._members.add_unless_member(organization_id, user_id, given, now):
            raise AlreadyMember
        joined = MemberJoined(
            user_id=format_id("usr", user_id), roles=given, invitation_id=invitation_id
        )
        await self._uow.emit(joined, organization_id)

    async def change_roles(self, user_id: UserId, roles: Iterable[Role]) -> None:
        """Give a member exactly `roles`. The same roles again change and emit nothing.

        Raises:
            MemberNotFound, AuthorityExceeded, LastOwner
        """
        new = in_order(roles)
        owners, membership = await self._get_for_change(user_id)
        if new == membership.roles:
            return
        self._check_authority(new)
        self._check_authority(membership.roles)
        if Role.OWNER not in new and owners == {user_id}:
            raise LastOwner
        membership.roles = new
        await self._uow.emit(MemberRolesChanged(user_id=format_id("usr", user_id), roles=new))

    async def remove(self, user_id: UserId) -> None:
        """Take a member out of the organization.

        Raises:
            MemberNotFound, AuthorityExceeded, LastOwner
        """
        owners, membership = await self._get_for_change(user_id)
        self._check_authority(membership.roles)
        await self._remove(membership, owners)

    async def leave(self, user_id: UserId) -> None:
        """The member goes of their own accord, whatever their roles are.

        Raises:
            MemberNotFound, LastOwner
        """
        owners, membership = await self._get_for_change(user_id)
        await self._remove(membership, owners)

    async def _get_for_change(self, user_id: UserId) -> tuple[set[UserId], Membership]:
        owners = await self._members.lock_owners()
        membership = await self._members.get_for_update(user_id)
        if membership is None:
            raise MemberNotFound
        return owners, membership

    async def _remove(self, membership: Membership, owners: set[UserId]) -> None:
        if owners == {membership.user_id}:
            raise LastOwner
        await self._members.remove(membership)
        await self._uow.emit(MemberRemoved(user_id=format_id("usr", membership.user_id)))

    def _check_authority(self, roles: list[str]) -> None:
        if not covers(self._uow.principal.permissions, roles):
            raise AuthorityExceeded(f"the caller does not hold all of: {', '.join(roles)}")
