"""Registration: a user and a personal organization come to be together, or not at all."""

from dataclasses import dataclass

from argus.contracts.identity.events import UserRegistered
from argus.kernel.clock import Clock
from argus.kernel.db.unit_of_work import UnitOfWork
from argus.kernel.ids import OrganizationId, UserId, format_id, new_id
from argus.services.identity.addresses import address_key, parse_address
from argus.services.identity.invitation_token import InvitationTokens
from argus.services.identity.invitations.service import InvitationService
from argus.services.identity.organizations.service import OrganizationService
from argus.services.identity.users.errors import EmailTaken
from argus.services.identity.users.models import User
from argus.services.identity.users.repository import UserRepository


@dataclass(frozen=True)
class Registered:
    """A new user and the organization that is the user's alone."""

    user: User
    personal_organization_id: OrganizationId


class RegistrationService:
    """Makes users."""

    def __init__(self, uow: UnitOfWork, clock: Clock, tokens: InvitationTokens) -> None:
        self._uow, self._clock, self._tokens = uow, clock, tokens

    async def register(
        self,
        email: str,
        name: str,
        *,
        email_verified: bool,
        invitation_token: str,
        user_id: UserId | None = None,
    ) -> Registered:
        """Register a person; with an invitation's token they also join its organization.

        `user_id` is a new id that the caller made up, so that it could store something of the user
        before there is one. An empty name becomes the local part of the address. An accepted
        invitation verifies the address, which its mail was read at.

        Raises:
            EmailInvalid, EmailTaken
            InvitationNotFound, InvitationClosed, InvitationForAnotherAddress: nothing is made.
        """
        address = parse_address(email)
        invitations = InvitationService(self._uow, self._clock)
        if invitation_token:
            # First, so that only who holds the address's invitation learns whether it is taken.
            await invitations.presented(invitation_token, address_key(address), self._tokens)
        name = name or address.rpartition("@")[0]
        user = await UserRepository(self._uow).add_unless_taken(
            user_id=user_id or UserId(new_id()),
            email=address,
            email_key=address_key(address),
            email_verified=email_verified,
            name=name,
            now=self._clock.now(),
        )
        if user is None:
            raise EmailTaken
        personal = await OrganizationService(self._uow, self._clock).create(
            name, user.id, personal=True
        )
        registered = UserRegistered(user_id=format_id("usr", user.id))
        await self._uow.emit(registered, personal.organization_id)
        if invitation_token:
            await invitations.accept(invitation_token, user, self._tokens)
        return Registered(user, personal.organization_id)
