"""Authentication at the edges of every process, by the auth service."""

from argus.contracts.auth.principal import from_message
from argus.contracts.auth.rpc import VALIDATE_TOKEN
from argus.contracts.auth.v1 import auth_pb2 as pb
from argus.kernel import context
from argus.kernel.errors import Unauthenticated
from argus.kernel.principal import Principal, anonymous
from argus.kernel.rpc.client import Rpc


class RpcAuthenticator:
    """Asks the auth service on every call, so that a revocation takes effect at once."""

    def __init__(self, rpc: Rpc) -> None:
        self._rpc = rpc

    async def authenticate(self, scheme: str, credential: str, address: str) -> Principal:
        """The principal behind the credential; its own form tells a token from an API key.

        Raises:
            Unauthenticated: another scheme, or a credential that is not valid and live.
            Unavailable: the auth service does not answer.
        """
        if scheme.lower() not in ("bearer", "apikey"):
            raise Unauthenticated("the schemes are Bearer and ApiKey")
        # Nobody asks yet: a principal left in this context must not limit the answer to its tenant.
        context.principal.set(anonymous(address))
        answer = await self._rpc.call(VALIDATE_TOKEN, pb.ValidateTokenRequest(token=credential))
        if not answer.active:
            raise Unauthenticated(f"the credential is not valid: {answer.reason}")
        return from_message(answer.principal, address)
