"""Members of the caller's organization."""

from typing import Annotated

from fastapi import Query

from argus.contracts.permissions import Permission, Role
from argus.kernel.authz import in_person, requires
from argus.kernel.errors import Forbidden, InvalidRequest, Unauthenticated
from argus.kernel.http.problems import problems
from argus.kernel.http.routing import CallDep, service_router
from argus.kernel.ids import PublicUserId, format_id
from argus.services.identity.members.errors import AuthorityExceeded, LastOwner, MemberNotFound
from argus.services.identity.members.schemas import MemberPage, MemberView, RolesChange
from argus.services.identity.members.service import MemberService
from argus.services.identity.person import person

router = service_router("identity", prefix="/api/v1/members", tags=["members"])


@router.get(
    "",
    summary="List members",
    responses=problems(Unauthenticated, Forbidden, InvalidRequest),
    dependencies=[requires(Permission.ORG_READ)],
)
async def list_members(
    call: CallDep,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    cursor: PublicUserId | None = None,
) -> MemberPage:
    """Members of my organization. `cursor` is the `next_cursor` of the page before."""
    members, after = await MemberService(call.uow, call.clock).page(cursor, limit)
    return MemberPage(
        items=[
            MemberView(
                user_id=member.user.id,
                email=member.user.email,
                name=member.user.name,
                active=member.user.active,
                roles=[Role(role) for role in member.membership.roles],
                joined_at=member.membership.joined_at,
            )
            for member in members
        ],
        next_cursor=format_id("usr", after) if after else None,
    )


@router.delete(
    "/me",
    status_code=204,
    summary="Leave the organization",
    responses=problems(Unauthenticated, Forbidden, MemberNotFound, LastOwner),
    dependencies=[in_person()],
)
async def leave_organization(call: CallDep) -> None:
    """Leave the organization that my token is for; the last owner cannot."""
    await MemberService(call.uow, call.clock).leave(person(call.principal))


@router.patch(
    "/{user_id}",
    status_code=204,
    summary="Change a member's roles",
    responses=problems(
        Unauthenticated, Forbidden, AuthorityExceeded, MemberNotFound, LastOwner, InvalidRequest
    ),
    dependencies=[requires(Permission.ORG_MANAGE_MEMBERS)],
)
async def change_member_roles(user_id: PublicUserId, body: RolesChange, call: CallDep) -> None:
    """Give a member exactly these roles. Tokens with the earlier roles end."""
    await MemberService(call.uow, call.clock).change_roles(user_id, body.roles)


@router.delete(
    "/{user_id}",
    status_code=204,
    summary="Remove a member",
    responses=problems(
        Unauthenticated, Forbidden, AuthorityExceeded, MemberNotFound, LastOwner, InvalidRequest
    ),
    dependencies=[requires(Permission.ORG_MANAGE_MEMBERS)],
)
async def remove_member(user_id: PublicUserId, call: CallDep) -> None:
    """Take a member out of my organization. Their tokens for it end; their account stays."""
    await MemberService(call.uow, call.clock).remove(user_id)
