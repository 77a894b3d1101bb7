"""Pushed authorization requests on the wire."""

from argus.kernel.schema import Response


class PushedAuthorization(Response):
    """RFC 9126 section 2.2."""

    request_uri: str
    """What the client sends to the authorization endpoint instead of the parameters."""
    expires_in: int
    """Seconds."""
