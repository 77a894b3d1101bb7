"""Invitations into the caller's organization, and accepting one."""

from typing import Annotated

from fastapi import Query

from argus.contracts.permissions import Permission
from argus.kernel.authz import in_person, requires
from argus.kernel.errors import Forbidden, InvalidRequest, Unauthenticated
from argus.kernel.http.problems import problems
from argus.kernel.http.routing import CallDep, service_router
from argus.kernel.ids import format_id
from argus.services.identity.addresses import EmailInvalid
from argus.services.identity.invitation_token import InvitationTokens
from argus.services.identity.invitations.errors import (
    InvitationClosed,
    InvitationForAnotherAddress,
    InvitationNotFound,
)
from argus.services.identity.invitations.models import Invitation
from argus.services.identity.invitations.schemas import (
    InvitationAcceptance,
    InvitationPage,
    InvitationView,
    JoinedOrganization,
    NewInvitation,
    PublicInvitationId,
)
from argus.services.identity.invitations.service import InvitationService
from argus.services.identity.members.errors import AlreadyMember, AuthorityExceeded
from argus.services.identity.organizations.errors import PersonalOrganization
from argus.services.identity.person import person
from argus.services.identity.users.service import UserService

router = service_router("identity", prefix="/api/v1/invitations", tags=["invitations"])


@router.post(
    "",
    status_code=201,
    summary="Invite somebody",
    responses=problems(
        Unauthenticated,
        Forbidden,
        AuthorityExceeded,
        AlreadyMember,
        PersonalOrganization,
        EmailInvalid,
        InvalidRequest,
    ),
    dependencies=[requires(Permission.ORG_MANAGE_MEMBERS)],
)
async def create_invitation(body: NewInvitation, call: CallDep) -> InvitationView:
    """Invite an address into my organization; it gets a mail with a token, good for 7 days.

    An earlier open invitation of the same address is replaced.
    """
    invitations = InvitationService(call.uow, call.clock)
    return _view(await invitations.invite(body.email, body.roles, person(call.principal)))


@router.get(
    "",
    summary="List open invitations",
    responses=problems(Unauthenticated, Forbidden, InvalidRequest),
    dependencies=[requires(Permission.ORG_MANAGE_MEMBERS)],
)
async def list_invitations(
    call: CallDep,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    cursor: PublicInvitationId | None = None,
) -> InvitationPage:
    """Open invitations into my organization. `cursor` is the `next_cursor` of the page before."""
    found, after = await InvitationService(call.uow, call.clock).page(cursor, limit)
    return InvitationPage(
        items=[_view(invitation) for invitation in found],
        next_cursor=format_id("inv", after) if after else None,
    )


@router.post(
    "/accept",
    summary="Accept an invitation",
    responses=problems(
        Unauthenticated,
        Forbidden,
        InvitationForAnotherAddress,
        InvitationNotFound,
        AlreadyMember,
        InvitationClosed,
        InvalidRequest,
    ),
    dependencies=[in_person()],
)
async def accept_invitation(body: InvitationAcceptance, call: CallDep) -> JoinedOrganization:
    """Join an organization, with the token from the mail that it sent to my address."""
    user = await UserService(call.uow, call.clock).get(person(call.principal))
    organization_id = await InvitationService(call.uow, call.clock).accept(
        body.token, user, call.resources.get(InvitationTokens)
    )
    return JoinedOrganization(organization_id=organization_id)


@router.delete(
    "/{invitation_id}",
    status_code=204,
    summary="Revoke an invitation",
    responses=problems(Unauthenticated, Forbidden, InvitationNotFound, InvalidRequest),
    dependencies=[requires(Permission.ORG_MANAGE_MEMBERS)],
)
async def revoke_invitation(invitation_id: PublicInvitationId, call: CallDep) -> None:
    """Close an open invitation: its token is worth nothing from now on."""
    await InvitationService(call.uow, call.clock).revoke(invitation_id)


def _view(invitation: Invitation) -> InvitationView:
    return InvitationView.model_validate(invitation)
