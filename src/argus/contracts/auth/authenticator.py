"""Authentication at the edges of every process, by the auth service."""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from argus.contracts.auth.principal import from_message
from argus.contracts.auth.reasons import InactiveReason
from argus.contracts.auth.rpc import VALIDATE_TOKEN
from argus.contracts.auth.v1 import auth_pb2 as pb
from argus.contracts.auth.watcher import RevocationWatcher
from argus.kernel import context
from argus.kernel.authentication import PossessionProof
from argus.kernel.clock import Clock
from argus.kernel.errors import DeadlineExceeded, ProofNotValid, Unauthenticated, Unavailable
from argus.kernel.principal import Principal, anonymous
from argus.kernel.rpc.client import Rpc

_ASK_AGAIN_S = 60.0
"""What rests on more than revocations tell of (a key's last use, another issuer's own keys) is this
old at most.
"""
_GONE_S = 1.0
"""For so long an auth service that did not answer is not asked about what is remembered."""
_MOST = 50_000


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
        return _principal(await _ask(self._rpc, credential, address, proof), address)

    def recall(self, credential: str, address: str) -> Principal | None:  # noqa: ARG002 - the port's
        """Nothing: it remembers nothing."""
        return None


@dataclass(frozen=True)
class _Remembered:
    principal: Principal
    answer: pb.ValidateTokenResponse
    asked_at: float


class WatchingAuthenticator:
    """Asks the auth service about a credential once for each address, and goes by the answer until
    something that it rests on changes, which the watcher hears at once.

    While the watcher cannot vouch for that, the auth service is asked each time. While that does
    not answer either, what is remembered counts for `staleness_bound`, and nothing after that.
    """

    def __init__(
        self,
        rpc: Rpc,
        watcher: RevocationWatcher,
        clock: Clock,
        staleness_bound: timedelta,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rpc, self._watcher, self._clock = rpc, watcher, clock
        self._bound_s, self._monotonic = staleness_bound.total_seconds(), monotonic
        self._known: OrderedDict[tuple[bytes, str], _Remembered] = OrderedDict()
        self._gone_until = 0.0

    async def authenticate(
        self, scheme: str, credential: str, address: str, proof: PossessionProof | None = None
    ) -> Principal:
        """As `RpcAuthenticator`. A proof of possession is asked about each time: it is good for one
        request.
        """
        check_scheme(scheme, proof)
        if proof is not None:
            return _principal(await _ask(self._rpc, credential, address, proof), address)
        name = _name(credential, address)
        known, now = self._recall(name), self._monotonic()
        if known is not None and self._counts(known, now):
            return known.principal
        try:
            answer = await _ask(self._rpc, credential, address, None)
        except (Unavailable, DeadlineExceeded):
            if known is None:
                raise
            self._gone_until = self._monotonic() + _GONE_S
            return known.principal
        if not answer.active:
            self._known.pop(name, None)  # the feed may tell it later
        principal = _principal(answer, address)
        if answer.rests_on:
            self._known[name] = _Remembered(principal, answer, now)
            if len(self._known) > _MOST:
                self._known.popitem(last=False)
        return principal

    def recall(self, credential: str, address: str) -> Principal | None:
        """What `authenticate` would answer without a proof, if that takes no waiting."""
        known = self._recall(_name(credential, address))
        return known.principal if known and self._counts(known, self._monotonic()) else None

    def _counts(self, known: _Remembered, now: float) -> bool:
        is_new = now - known.asked_at <= _ASK_AGAIN_S
        return (self._watcher.is_current and is_new) or now < self._gone_until

    def _recall(self, name: tuple[bytes, str]) -> _Remembered | None:
        """What is remembered, unless it ended, may have changed, or nobody knows."""
        known = self._known.get(name)
        if known is None or self._watcher.staleness_s > self._bound_s:
            return None
        answer, expires_at = known.answer, known.principal.expires_at
        if (expires_at is not None and expires_at <= self._clock.now()) or (
            self._watcher.may_have_changed(answer.stream, answer.sequence, answer.rests_on)
        ):
            del self._known[name]
            return None
        self._known.move_to_end(name)
        return known


def _name(credential: str, address: str) -> tuple[bytes, str]:
    return hashlib.sha256(credential.encode(errors="surrogatepass")).digest(), address


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


async def _ask(
    rpc: Rpc, credential: str, address: str, proof: PossessionProof | None
) -> pb.ValidateTokenResponse:
    # Nobody asks yet: a principal left in this context must not limit the answer to its tenant.
    context.principal.set(anonymous(address))
    question = pb.ValidateTokenRequest(token=credential)
    if proof is not None:
        question.proof.CopyFrom(
            pb.PossessionProof(jwt=proof.jwt, method=proof.method, url=proof.url)
        )
    return await rpc.call(VALIDATE_TOKEN, question)


def _principal(answer: pb.ValidateTokenResponse, address: str) -> Principal:
    if answer.active:
        return from_message(answer.principal, address)
    raise refusal_of(answer.reason, answer.nonce)
