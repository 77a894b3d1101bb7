"""Consents on the wire."""

from datetime import datetime

from argus.kernel.ids import PublicOrganizationId
from argus.kernel.schema import Response
from argus.services.auth.ids import PublicConsentId


class ConsentView(Response):
    """What a person lets a client do."""

    id: PublicConsentId
    client_id: str
    client_name: str
    """As it was when the consent was given."""
    resource: str
    """Where the client may do it (RFC 8707)."""
    organization_id: PublicOrganizationId
    """For which it may act."""
    scopes: list[str]
    given_at: datetime


class ConsentList(Response):
    """A person's consents."""

    items: list[ConsentView]
