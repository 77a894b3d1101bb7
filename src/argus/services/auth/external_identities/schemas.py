"""Linked identities on the wire."""

from datetime import datetime

from argus.kernel.schema import Response
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
