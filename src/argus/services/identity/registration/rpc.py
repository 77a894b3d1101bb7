"""Registration for the auth service, which keeps the credentials."""

from pydantic import TypeAdapter, ValidationError

from argus.contracts.identity.rpc import REGISTER_USER
from argus.contracts.identity.v1 import identity_pb2 as pb
from argus.kernel.authz import internal
from argus.kernel.errors import InvalidRequest
from argus.kernel.ids import UserId, format_id, parse_id
from argus.kernel.module import Call
from argus.kernel.rpc.dispatch import rpc
from argus.services.identity.invitation_token import InvitationTokens
from argus.services.identity.registration.service import RegistrationService
from argus.services.identity.users.rpc import to_message
from argus.services.identity.users.schemas import Name

_NAME: TypeAdapter[str] = TypeAdapter(Name)


@rpc(REGISTER_USER, internal())
async def register_user(request: pb.RegisterUserRequest, call: Call) -> pb.RegisterUserResponse:
    """A new person with a personal organization, and membership where invited."""
    tokens = call.resources.get(InvitationTokens)
    registered = await RegistrationService(call.uow, call.clock, tokens).register(
        request.email,
        _parse_name(request.name) if request.name else "",
        email_verified=request.email_verified,
        invitation_token=request.invitation_token,
        user_id=UserId(parse_id("usr", request.user_id)) if request.user_id else None,
    )
    return pb.RegisterUserResponse(
        user=to_message(registered.user),
        personal_organization_id=format_id("org", registered.personal_organization_id),
    )


def _parse_name(text: str) -> str:
    try:
        return _NAME.validate_python(text)
    except ValidationError:
        raise InvalidRequest("a name has 1 to 200 characters, none a control character") from None
