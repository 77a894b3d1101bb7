"""Whether the sender of a request holds the key that it says it does (RFC 9449)."""

from datetime import UTC, datetime

from argus.kernel.clock import Clock
from argus.kernel.db.unit_of_work import UnitOfWork
from argus.services.auth.oauth.dpop.nonces import DpopNonces
from argus.services.auth.oauth.dpop.proof import ProofRefused, read_proof
from argus.services.auth.oauth.errors import InvalidDpopProof, UseDpopNonce
from argus.services.auth.settings import AuthSettings
from argus.services.auth.used_proofs.repository import UsedProofs


class DpopProofs:
    """Checks proofs; each is good once."""

    def __init__(
        self, nonces: DpopNonces, clock: Clock, settings: AuthSettings, base_url: str
    ) -> None:
        self._nonces, self._clock = nonces, clock
        self._nonce_required, self._base_url = settings.dpop_nonce, base_url

    def url_of(self, path: str) -> str:
        """As a client names it."""
        return self._base_url + path

    async def check(
        self,
        uow: UnitOfWork,
        presented: str,
        *,
        method: str,
        url: str,
        access_token: str | None = None,
    ) -> str:
        """Thumbprint of the key that the sender of this request holds; the proof is used up.

        Raises:
            InvalidDpopProof
            UseDpopNonce: it has none of ours where one is needed, or one that is not ours.
        """
        now = self._clock.now()
        try:
            proof = read_proof(
                presented, method=method, url=url, now=now, access_token=access_token
            )
        except ProofRefused as refused:
            raise InvalidDpopProof(str(refused)) from None
        if not self._nonces.accepts(proof.nonce) if proof.nonce else self._nonce_required:
            raise UseDpopNonce(nonce=self._nonces.current())
        until = datetime.fromtimestamp(proof.expires_at, UTC)
        if not await UsedProofs(uow).use("dpop", proof.jkt, proof.jti, until):
            raise InvalidDpopProof("it was used before")
        return proof.jkt
