"""Errors of the OAuth endpoints; the last part of a code is the word that the client is told."""

from argus.kernel.errors import ArgusError


class InvalidGrant(ArgusError):
    """The code, token or assertion is not valid: unknown, expired, used, revoked, or another
    client's (RFC 6749 section 5.2). Begin the authorization anew.
    """

    code, status, title = "auth.oauth.invalid_grant", 400, "Grant not valid"


class InvalidScope(ArgusError):
    """A scope is unknown, or more than the client may have. Ask for less, or for no `scope`."""

    code, status, title = "auth.oauth.invalid_scope", 400, "Scope not valid"


class UnauthorizedClient(ArgusError):
    """The client may not use this grant. Register it with the grant among its `grant_types`."""

    code, status, title = "auth.oauth.unauthorized_client", 400, "Client may not use this grant"


class UnsupportedGrantType(ArgusError):
    """There is no such grant. `grant_types_supported` of the server's metadata lists them."""

    code, status, title = "auth.oauth.unsupported_grant_type", 400, "Grant type not supported"


class InvalidSubjectToken(ArgusError):
    """A token cannot be exchanged: it is not valid, or not one with which this client may act
    (RFC 8693 section 2.2.2).

    Send an access token of a person as `subject_token`, with its type; it must still be live.
    """

    code, status, title = "auth.token_exchange.invalid_request", 400, "Token cannot be exchanged"


class InvalidDpopProof(ArgusError):
    """The `DPoP` header is not a proof for this request (RFC 9449 section 4.3).

    Make one for each request: its own `jti`, the method and address of the request, the present
    time, and, with an access token, that token's hash; signed by the key in its header.
    """

    code, status, title = "auth.oauth.invalid_dpop_proof", 400, "DPoP proof not valid"


class UseDpopNonce(ArgusError):
    """The proof must have the server's nonce in it (RFC 9449 section 8).

    Make a new proof with the `DPoP-Nonce` of this answer as its `nonce`.
    """

    code, status, title = "auth.oauth.use_dpop_nonce", 400, "DPoP nonce needed"

    @property
    def headers(self) -> dict[str, str]:
        return {"DPoP-Nonce": str(self.extensions.get("nonce", ""))}


class InsufficientScope(ArgusError):
    """The access token does not have the scope that the request needs (RFC 6750 section 3.1).

    Send the person to authorize the application anew, with that scope among those asked for.
    """

    code, status, title = "auth.oauth.insufficient_scope", 403, "Scope missing"

    def __init__(self, scope: str) -> None:
        super().__init__(f"the scope {scope} is needed", scope=scope)

    @property
    def headers(self) -> dict[str, str]:
        scope = self.extensions.get("scope", "")
        return {"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{scope}"'}
