"""The first user of an installation."""

import secrets

from pydantic import SecretStr

from argus.contracts.auth.rpc import SET_PASSWORD
from argus.contracts.auth.v1.auth_pb2 import SetPasswordRequest
from argus.contracts.identity.rpc import REGISTER_USER
from argus.contracts.identity.v1.identity_pb2 import RegisterUserRequest
from argus.kernel.clock import SystemClock
from argus.kernel.crypto import load_keyring
from argus.kernel.rpc.remote import GrpcTransport
from argus.kernel.rpc.tls import MutualTls
from argus.kernel.schema import Value
from argus.kernel.settings import KernelSettings
from argus.services.identity.users.errors import EmailTaken


class Owner(Value):
    """Credentials of a new owner, known only in the moment of creation."""

    email: str
    password: SecretStr


async def create_owner(settings: KernelSettings, address: str, email: str) -> Owner | None:
    """Register a user with a personal organization and a generated password.

    Asks the running server at `address` (gRPC), as one of its services would. None if the mail
    address is registered already: then nothing changes.
    """
    keyring = load_keyring(settings)
    server = GrpcTransport(address, keyring, SystemClock(), MutualTls.of(settings))
    password = secrets.token_urlsafe(15)
    try:
        request = RegisterUserRequest(email=email, name="Owner", email_verified=True)
        registered = await server.call(REGISTER_USER, request)
        await server.call(
            SET_PASSWORD, SetPasswordRequest(user_id=registered.user.id, password=password)
        )
    except EmailTaken:
        return None
    finally:
        await server.close()
    return Owner(email=registered.user.email, password=SecretStr(password))
