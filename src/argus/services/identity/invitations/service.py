"""Inviting people by mail, and joining by invitation."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from argus.contracts.identity.events import InvitationDeclined, InvitationRevoked, MemberInvited
from argus.contracts.permissions import Role
from argus.kernel.clock import Clock
from argus.kernel.db.unit_of_work import UnitOfWork
from argus.kernel.ids import OrganizationId, UserId, format_id, new_id
from argus.services.identity.addresses import address_key, parse_address
from argus.services.identity.authority import covers, in_order, permissions_of
from argus.services.identity.invitation_token import InvitationTokens
from argus.services.identity.invitations.errors import (
    InvitationClosed,
    InvitationForAnotherAddress,
    InvitationNotFound,
)
from argus.services.identity.invitations.models import Invitation
from argus.services.identity.invitations.repository import InvitationRepository
from argus.services.identity.members.errors import AlreadyMember, AuthorityExceeded
from argus.services.identity.members.service import MemberService
from argus.services.identity.organizations.errors import OrganizationNotFound, PersonalOrganization
from argus.services.identity.organizations.service import OrganizationService
from argus.services.identity.scope import with_invitation
from argus.services.identity.users.models import User
from argus.services.identity.users.service import UserService

LIFE = timedelta(days=7)


@dataclass(frozen=True)
class InvitationMail:
    """What the mail of an invitation tells."""

    to: str
    organization: str
    invited_by: str
    roles: list[str]
    expires_at: datetime


@dataclass(frozen=True)
class ReadInvitation:
    """What whoever holds the token is told."""

    organization: str
    invited_by: str
    roles: list[str]
    email: str
    has_account: bool
    """Whether somebody has an account with the address."""
    expires_at: datetime


class InvitationService:
    """Invitations of the caller's organization, and accepting one of any."""

    def __init__(self, uow: UnitOfWork, clock: Clock) -> None:
        self._uow, self._clock = uow, clock
        self._invitations = InvitationRepository(uow)
        self._members = MemberService(uow, clock)
        self._organizations = OrganizationService(uow, clock)
        self._users = UserService(uow, clock)

    async def invite(self, email: str, roles: Iterable[Role], invited_by: UserId) -> Invitation:
        """Invite an address; the mail follows by job. An earlier open invitation is replaced.

        Raises:
            EmailInvalid, AlreadyMember, AuthorityExceeded
            PersonalOrganization: nobody joins it.
        """
        address = parse_address(email)
        given = in_order(roles)
        if not covers(self._uow.principal.permissions, given):
            raise AuthorityExceeded(f"the caller does not hold all of: {', '.join(given)}")
        organization_id = self._uow.organization_id
        if (await self._organizations.get(organization_id)).personal:
            raise PersonalOrganization
        invitee = await self._users.find_by_email(address)
        if invitee is not None and await self._members.is_member(invitee.id):
            raise AlreadyMember
        now = self._clock.now()
        for earlier in await self._invitations.lock_open_to(address_key(address), now):
            await self._revoke(earlier)
        invitation = Invitation(
            id=new_id(),
            organization_id=organization_id,
            email=address,
            email_key=address_key(address),
            roles=given,
            invited_by=invited_by,
            created_at=now,
            expires_at=now + LIFE,
        )
        await self._invitations.add(invitation)
        public = format_id("inv", invitation.id)
        await self._uow.emit(
            MemberInvited(invitation_id=public, user_id=format_id("usr", invited_by), roles=given)
        )
        await self._uow.enqueue("identity.invitations.send_mail", invitation_id=public)
        return invitation

    async def page(self, after: UUID | None, limit: int) -> tuple[list[Invitation], UUID | None]:
        """Up to `limit` open invitations, and where the next page starts; None on the last."""
        found = await self._invitations.page_open(after, limit + 1, self._clock.now())
        return found[:limit], found[limit - 1].id if len(found) > limit else None

    async def revoke(self, invitation_id: UUID) -> None:
        """Close an open invitation.

        Raises:
            InvitationNotFound: unknown, another organization's, or not open.
        """
        now = self._clock.now()
        invitation = await self._invitations.get_open_for_update(invitation_id, now)
        if invitation is None:
            raise InvitationNotFound
        await self._revoke(invitation)

    async def mail_of(self, invitation_id: UUID) -> InvitationMail | None:
        """What to write; None when the invitation is no longer open."""
        invitation = await self._invitations.get(invitation_id)
        if invitation is None or not invitation.is_open(self._clock.now()):
            return None
        try:
            organization = await self._organizations.get(self._uow.organization_id)
        except OrganizationNotFound:
            return None
        return InvitationMail(
            to=invitation.email,
            organization=organization.name,
            invited_by=(await self._users.get(invitation.invited_by)).name,
            roles=invitation.roles,
            expires_at=invitation.expires_at,
        )

    async def read(self, token: str, tokens: InvitationTokens) -> ReadInvitation:
        """What the open invitation says to whoever holds its token.

        Raises:
            InvitationNotFound: not a token of this installation.
            InvitationClosed
        """
        invitation = await self._enter(token, tokens)
        organization = await self._organizations.get(invitation.organization_id)
        invitee = await self._users.find_by_email(invitation.email)
        return ReadInvitation(
            organization=organization.name,
            invited_by=(await self._users.get(invitation.invited_by)).name,
            roles=invitation.roles,
            email=invitation.email,
            has_account=invitee is not None,
            expires_at=invitation.expires_at,
        )

    async def decline(self, token: str, tokens: InvitationTokens) -> None:
        """Close the invitation; who holds the token has read the address's mail.

        Raises:
            InvitationNotFound: not a token of this installation.
            InvitationClosed
        """
        invitation = await self._enter(token, tokens)
        invitation.revoked_at = self._clock.now()
        await self._uow.emit(
            InvitationDeclined(
                invitation_id=format_id("inv", invitation.id),
                user_id=format_id("usr", invitation.invited_by),
            )
        )

    async def presented(self, token: str, email_key: str, tokens: InvitationTokens) -> Invitation:
        """The open invitation of that address, locked, for whoever holds its token.

        Raises:
            InvitationNotFound: not a token of this installation.
            InvitationClosed, InvitationForAnotherAddress
        """
        invitation = await self._presented(token, tokens)
        if invitation.email_key != email_key:
            raise InvitationForAnotherAddress
        return invitation

    async def accept(self, token: str, user: User, tokens: InvitationTokens) -> OrganizationId:
        """Make `user` a member, once; who holds the token has read the address's mail.

        The invitation's organization is the unit's tenant from here on.

        Raises:
            InvitationNotFound: not a token of this installation.
            InvitationClosed, InvitationForAnotherAddress, AlreadyMember
        """
        invitation, now = await self._enter(token, tokens), self._clock.now()
        if invitation.email_key != user.email_key:
            raise InvitationForAnotherAddress
        organization_id = invitation.organization_id
        invitation.accepted_at, invitation.accepted_by = now, user.id
        user.email_verified = True
        await self._members.join(
            organization_id,
            user.id,
            [Role(role) for role in invitation.roles],
            format_id("inv", invitation.id),
        )
        return organization_id

    async def _presented(self, token: str, tokens: InvitationTokens) -> Invitation:
        invitation_id = tokens.verify(token)
        if invitation_id is None:
            raise InvitationNotFound
        await with_invitation(self._uow, invitation_id)
        invitation = await self._invitations.get_presented(invitation_id)
        if invitation is None:
            raise InvitationNotFound
        if not invitation.is_open(self._clock.now()):
            raise InvitationClosed
        return invitation

    async def _enter(self, token: str, tokens: InvitationTokens) -> Invitation:
        """The open invitation, whose organization is the unit's tenant from here on, if its sender
        may still give its roles.
        """
        invitation = await self._presented(token, tokens)
        await self._uow.enter_tenant(invitation.organization_id)
        sender = permissions_of(await self._invitations.sender_roles(invitation))
        if not covers(sender, invitation.roles):
            raise InvitationClosed
        return invitation

    async def _revoke(self, invitation: Invitation) -> None:
        invitation.revoked_at = self._clock.now()
        await self._uow.emit(
            InvitationRevoked(
                invitation_id=format_id("inv", invitation.id),
                user_id=format_id("usr", invitation.invited_by),
            )
        )
