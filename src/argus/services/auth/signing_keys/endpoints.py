"""The key set by which anybody verifies access tokens offline."""

from fastapi import Response

from argus.kernel.authz import public
from argus.kernel.http.routing import CallDep, service_router
from argus.services.auth.signing_keys.schemas import KeySet
from argus.services.auth.signing_keys.service import SigningKeys

CACHE_S = 300
"""Well below `signing_key_ahead`: who caches for this long knows a key before it signs."""

router = service_router("auth", prefix="/.well-known", tags=["tokens"])


@router.get(
    "/jwks.json",
    summary="Public keys of access tokens",
    dependencies=[public("public keys, for whoever verifies a token")],
)
async def get_key_set(call: CallDep, response: Response) -> KeySet:
    """The JWK Set (RFC 7517). Look again when a token names a `kid` that is not in it."""
    response.headers["Cache-Control"] = f"public, max-age={CACHE_S}"
    keys = await call.resources.get(SigningKeys).published()
    return KeySet(keys=[key.public_jwk for key in keys])
