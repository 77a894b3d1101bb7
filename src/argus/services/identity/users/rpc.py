"""Users for sibling services."""

from argus.contracts.identity.rpc import (
    DEACTIVATE_USER,
    FIND_USER_BY_EMAIL,
    GET_USER,
    VERIFY_EMAIL,
)
from argus.contracts.identity.v1 import identity_pb2 as pb
from argus.kernel.authz import internal
from argus.kernel.ids import UserId, format_id, parse_id
from argus.kernel.module import Call
from argus.kernel.rpc.dispatch import rpc
from argus.services.identity.addresses import spelling_key
from argus.services.identity.users.models import User
from argus.services.identity.users.service import UserService


def to_message(user: User) -> pb.User:
    """The user as siblings see them."""
    return pb.User(
        id=format_id("usr", user.id),
        email=user.email,
        name=user.name,
        email_verified=user.email_verified,
        active=user.active,
        registered_at=int(user.created_at.timestamp()),
    )


@rpc(GET_USER, internal())
async def get_user(request: pb.GetUserRequest, call: Call) -> pb.GetUserResponse:
    """The user with this id, active or not."""
    user_id = UserId(parse_id("usr", request.user_id))
    return pb.GetUserResponse(user=to_message(await UserService(call.uow, call.clock).get(user_id)))


@rpc(FIND_USER_BY_EMAIL, internal())
async def find_user_by_email(
    request: pb.FindUserByEmailRequest, call: Call
) -> pb.FindUserByEmailResponse:
    """The user with this address, or an empty answer."""
    user = await UserService(call.uow, call.clock).find_by_email(request.email)
    return pb.FindUserByEmailResponse(
        user=to_message(user) if user else None, address_key=spelling_key(request.email)
    )


@rpc(VERIFY_EMAIL, internal())
async def verify_email(request: pb.VerifyEmailRequest, call: Call) -> pb.VerifyEmailResponse:
    """The user's address is the user's."""
    user_id = UserId(parse_id("usr", request.user_id))
    await UserService(call.uow, call.clock).verify_email(user_id)
    return pb.VerifyEmailResponse()


@rpc(DEACTIVATE_USER, internal())
async def deactivate_user(
    request: pb.DeactivateUserRequest, call: Call
) -> pb.DeactivateUserResponse:
    """End a user's sign-in and tokens."""
    user_id = UserId(parse_id("usr", request.user_id))
    await UserService(call.uow, call.clock).deactivate(user_id)
    return pb.DeactivateUserResponse()
