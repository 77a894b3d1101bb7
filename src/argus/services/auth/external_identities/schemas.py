"""Linked identities on the wire."""

from datetime import datetime

from pydantic import Field

from argus.kernel.schema import Request, Response
from argus.services.auth.ids import PublicExternalIdentityId


class IdentityView(Response):
    """The person as a provider knows them."""

    id: PublicExternalIdentityId
    provider: str
    issuer: str
    subject: str
    label: str
    """By what to recognise it: the e-mail address, or the name there."""
    created_at: datetime
    last_used_at: datetime


class IdentityList(Response):
    """All of the caller's, the oldest first."""

    items: list[IdentityView]


class LinkIdentity(Request):
    """Sign in by a provider as well."""

    provider: str = Field(max_length=100)
    return_to: str = Field(default="", max_length=2000)
    """Path on this platform to which the browser goes in the end."""


class LinkStarted(Response):
    """What the browser that sent the request does next; no other can."""

    authorization_url: str
