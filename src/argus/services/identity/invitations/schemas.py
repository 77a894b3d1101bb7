"""Invitations over REST."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from argus.contracts.permissions import Role
from argus.kernel.ids import PublicOrganizationId, PublicUserId, public_id
from argus.kernel.schema import Request, Response
from argus.services.identity.members.schemas import Roles

PublicInvitationId = Annotated[UUID, public_id("inv")]


class NewInvitation(Request):
    """Whom to invite, and as what."""

    email: Annotated[str, Field(min_length=3, max_length=320)]
    roles: Roles


class InvitationAcceptance(Request):
    """The token from the invitation's mail."""

    token: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
        Field(repr=False),
    ]


class InvitationView(Response):
    """An open invitation. Its token is in the mail alone."""

    id: PublicInvitationId
    email: str
    roles: list[Role]
    invited_by: PublicUserId
    created_at: datetime
    expires_at: datetime


class InvitationPage(Response):
    """A page of open invitations, oldest first; `next_cursor` is null on the last."""

    items: list[InvitationView]
    next_cursor: str | None


class JoinedOrganization(Response):
    """The organization that was joined: renew the token with its id to work there."""

    organization_id: PublicOrganizationId
