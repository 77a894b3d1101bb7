"""The first user of an installation."""

import secrets
from contextlib import suppress
from typing import TypeVar

from google.protobuf.message import Message
from pydantic import SecretStr

from argus.contracts.auth.rpc import SET_PASSWORD
from argus.contracts.auth.v1.auth_pb2 import SetPasswordRequest
from argus.contracts.identity.rpc import FIND_USER_BY_EMAIL, REGISTER_USER
from argus.contracts.identity.v1.identity_pb2 import FindUserByEmailRequest, RegisterUserRequest
from argus.kernel.clock import SystemClock
from argus.kernel.crypto import load_keyring
from argus.kernel.errors import DeadlineExceeded, Unavailable
from argus.kernel.ids import format_id, new_id
from argus.kernel.rpc.method import Method
from argus.kernel.rpc.remote import GrpcTransport
from argus.kernel.rpc.tls import MutualTls
from argus.kernel.schema import Value
from argus.kernel.settings import KernelSettings
from argus.services.identity.users.errors import EmailTaken

Q = TypeVar("Q", bound=Message)
R = TypeVar("R", bound=Message)

_ATTEMPTS = 3


class Owner(Value):
    """Credentials of a new owner, known only in the moment of creation."""

    email: str
    password: SecretStr


async def create_owner(settings: KernelSettings, address: str, email: str) -> Owner | None:
    """Register a user with a personal organization and a generated password.

    Asks the running server at `address` (gRPC), as one of its services would. None if the mail
    address is registered already: then nothing changes. Whoever is registered by a call whose
    answer is lost has the id that was chosen here, and gets the password too.
    """
    keyring = load_keyring(settings)
    server = GrpcTransport(address, keyring, SystemClock(), MutualTls.of(settings))
    user_id, password = format_id("usr", new_id()), secrets.token_urlsafe(15)
    try:
        with suppress(EmailTaken):
            request = RegisterUserRequest(
                user_id=user_id, email=email, name="Owner", email_verified=True
            )
            await _until_answered(server, REGISTER_USER, request)
        found = await server.call(FIND_USER_BY_EMAIL, FindUserByEmailRequest(email=email))
        if found.user.id != user_id:
            return None
        await _until_answered(
            server, SET_PASSWORD, SetPasswordRequest(user_id=user_id, password=password)
        )
    finally:
        await server.close()
    return Owner(email=found.user.email, password=SecretStr(password))


async def _until_answered(server: GrpcTransport, method: Method[Q, R], request: Q) -> R:
    """Ask again when nobody knows whether the call took effect: a second time does no harm here."""
    for _ in range(_ATTEMPTS - 1):
        with suppress(DeadlineExceeded, Unavailable):
            return await server.call(method, request)
    return await server.call(method, request)
