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

    @property
    def headers(self) -> dict[str, str]:
        return {"WWW-Authenticate": 'Basic realm="argus"'}
