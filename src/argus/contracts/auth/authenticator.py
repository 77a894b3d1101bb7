"""Authentication at the edges of every process, by the auth service."""

from argus.contracts.auth.principal import from_message
from argus.contracts.auth.reasons import InactiveReason
from argus.contracts.auth.rpc import VALIDATE_TOKEN
from argus.contracts.auth.v1 import auth_pb2 as pb
from argus.kernel import context
from argus.kernel.authentication import PossessionProof
from argus.kernel.errors import ProofNotValid, Unauthenticated
from argus.kernel.principal import Principal, anonymous
from argus.kernel.rpc.client import Rpc


class RpcAuthenticator:
    """Asks the auth service on every call, so that a revocation takes effect at once."""

    def __init__(self, rpc: Rpc) -> None:
        self._rpc = rpc

    async def authenticate(
        self, scheme: str, credential: str, address: str, proof: PossessionProof | None = None
    ) -> Principal:
        """The principal behind the credential; its own form tells a token from an API key.

        Raises:
            Unauthenticated: another scheme, or a credential that is not valid and live.
            ProofNotValid: the token is bound to a key that this request does not prove to hold.
            Unavailable: the auth service does not answer.
        """
        check_scheme(scheme, proof)
        # Nobody asks yet: a principal left in this context must not limit the answer to its tenant.
        context.principal.set(anonymous(address))
        question = pb.ValidateTokenRequest(token=credential)
        if proof is not None:
            question.proof.CopyFrom(
                pb.PossessionProof(jwt=proof.jwt, method=proof.method, url=proof.url)
            )
        answer = await self._rpc.call(VALIDATE_TOKEN, question)
        if answer.active:
            return from_message(answer.principal, address)
        raise refusal_of(answer.reason, answer.nonce)


def check_scheme(scheme: str, proof: PossessionProof | None) -> None:
    """Let a credential of this scheme be looked at.

    Raises:
        Unauthenticated: there is no such scheme.
        ProofNotValid: it goes with a proof, and there is none.
    """
    scheme = scheme.lower()
    if scheme not in ("bearer", "apikey", "dpop"):
        raise Unauthenticated("the schemes are Bearer, DPoP and ApiKey")
    if scheme == "dpop" and proof is None:
        raise ProofNotValid


def refusal_of(reason: str, nonce: str) -> Unauthenticated:
    """What an edge answers to a credential that is not good; `nonce` is for the next proof."""
    if reason == InactiveReason.PROOF:
        return ProofNotValid()
    if reason == InactiveReason.NONCE:
        return ProofNotValid(nonce=nonce)
    return Unauthenticated(f"the credential is not valid: {reason}", error="invalid_token")
