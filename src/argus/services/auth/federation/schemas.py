"""Linking on the wire."""

from pydantic import Field

from argus.kernel.schema import Request, Response


class LinkIdentity(Request):
    """Sign in by a provider as well."""

    provider: str = Field(max_length=100)
    return_to: str = Field(default="", max_length=2000)
    """Path on this platform to which the browser goes in the end."""


class LinkStarted(Response):
    """What the browser that sent the request does next; no other can."""

    authorization_url: str
