"""Errors of OAuth clients."""

from argus.kernel.errors import ArgusError


class ClientNotFound(ArgusError):
    """The organization has no such client, or the client no such secret."""

    code, status, title = "auth.client.not_found", 404, "Client not found"


class InvalidClient(ArgusError):
    """The client is unknown, or did not prove that it is the one it says it is (RFC 6749 5.2).

    Check `client_id` and the credential, and that the client authenticates in the way that it is
    registered for: `none`, a secret by HTTP Basic or in the body, or `private_key_jwt`.
    """

    code, status, title = "auth.client.invalid", 401, "Client authentication failed"
    _by_header = False

    def __init__(self, detail: str = "", *, by_header: bool = False) -> None:
        super().__init__(detail)
        self._by_header = by_header

    @property
    def headers(self) -> dict[str, str]:
        """RFC 6749 section 5.2: a challenge for those who used the header. Browsers would ask the
        person for a password if others got one.
        """
        return {"WWW-Authenticate": 'Basic realm="argus"'} if self._by_header else {}


class ClientHasNoSecret(ArgusError):
    """The client does not authenticate by a secret: it is public, or it has keys of its own.

    Change its `token_endpoint_auth_method` first.
    """

    code, status, title = "auth.client.no_secret", 409, "Client has no secret"


class TooManySecrets(ArgusError):
    """The client has as many live secrets as a client can have. Revoke one of them."""

    code, status, title = "auth.client.too_many_secrets", 409, "Too many client secrets"
