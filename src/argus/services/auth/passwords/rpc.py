"""Passwords for sibling services."""

from argus.contracts.auth.rpc import SET_PASSWORD
from argus.contracts.auth.v1 import auth_pb2 as pb
from argus.kernel.authz import internal
from argus.kernel.ids import UserId, parse_id
from argus.kernel.module import Call
from argus.kernel.rpc.dispatch import rpc
from argus.services.auth.passwords.service import NewPasswords, PasswordService


@rpc(SET_PASSWORD, internal())
async def set_password(request: pb.SetPasswordRequest, call: Call) -> pb.SetPasswordResponse:
    """Set a user's password and end the user's sessions."""
    user_id = UserId(parse_id("usr", request.user_id))
    hashed = await call.resources.get(NewPasswords).hash(request.password)
    await PasswordService(call.uow, call.clock).set(user_id, hashed)
    return pb.SetPasswordResponse()
