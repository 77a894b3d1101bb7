"""Service accounts on the wire."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from argus.kernel.schema import Request, Response
from argus.services.auth.ids import PublicServiceAccountId

_Name = Annotated[
    str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")
]


class ServiceAccountRequest(Request):
    """What a service account is to be."""

    name: _Name
    """For people: what runs as it."""
    permissions: Annotated[list[str], Field(max_length=100)]
    """Such as `usage:record`. None means no access."""


class ServiceAccountView(Response):
    """A service account. It acts through the clients and API keys that belong to it."""

    id: PublicServiceAccountId
    name: str
    permissions: list[str]
    created_by: str
    created_at: datetime
    disabled_at: datetime | None


class ServiceAccountPage(Response):
    """A page of service accounts; `next_cursor` is null on the last."""

    items: list[ServiceAccountView]
    next_cursor: str | None
