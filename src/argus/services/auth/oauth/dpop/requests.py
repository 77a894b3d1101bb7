"""Proofs of possession: at the OAuth endpoints, and those that the edge has checked (RFC 9449)."""

from fastapi import Request

from argus.kernel.http.middleware import credential_of
from argus.kernel.module import Call
from argus.services.auth.access_token import AccessTokenClaims, AccessTokenVerifier
from argus.services.auth.oauth.dpop.service import DpopProofs
from argus.services.auth.oauth.errors import InvalidDpopProof


async def proved_key(request: Request, call: Call) -> str | None:
    """Thumbprint of the key that the sender of this request proves to hold; None without a proof
    (sections 5 and 10).

    The proof is used up in a unit of its own, whatever becomes of the request.

    Raises:
        InvalidDpopProof, UseDpopNonce
    """
    proofs = request.headers.getlist("dpop")
    if not proofs:
        return None
    if len(proofs) > 1:
        raise InvalidDpopProof("send exactly one proof")
    service = call.resources.get(DpopProofs)
    async with call.uow.database.unit_of_work(call.principal) as uow:
        return await service.check(
            uow, proofs[0], method=request.method, url=service.url_of(request.url.path)
        )


async def bound_key(request: Request, call: Call) -> str | None:
    """Thumbprint of the key that this request's own access token is bound to; None if to none.

    The edge has validated the token, and the proof that came with it.
    """
    presented = credential_of(request.headers)
    if presented is None or presented[0] != "DPoP":
        return None
    claims = await call.resources.get(AccessTokenVerifier).read(presented[1])
    return claims.cnf.jkt if isinstance(claims, AccessTokenClaims) and claims.cnf else None
