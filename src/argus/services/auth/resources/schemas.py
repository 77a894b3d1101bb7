"""Resources on the wire."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from argus.kernel.schema import Request, Response
from argus.services.auth.ids import PublicResourceId
from argus.services.auth.resources.resource import IDENTITY_SCOPES, check_identifier

_Text = Annotated[
    str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")
]


def _is_free(scope: str) -> str:
    if scope in IDENTITY_SCOPES:
        raise ValueError(f"every resource has {scope}")
    return scope


_Scope = Annotated[
    str,
    StringConstraints(min_length=1, max_length=100, pattern=r"^[!#-\[\]-~]+$"),
    AfterValidator(_is_free),
]
"""RFC 6749 section 3.3."""
_Scopes = Annotated[dict[_Scope, _Text], Field(max_length=100)]


class ResourceChange(Request):
    """What a resource is to be called, and what its scopes are to allow."""

    name: _Text
    """For the person who is asked whether a client may use it."""
    scopes: _Scopes
    """What each scope allows, in a few words for that person, by its name."""


class ResourceRequest(ResourceChange):
    """A new resource."""

    identifier: Annotated[str, AfterValidator(check_identifier)]
    """Its address: the audience of its tokens (RFC 8707), and what clients send as `resource`."""


class ResourceView(Response):
    """A resource of the organization."""

    id: PublicResourceId
    identifier: str
    name: str
    scopes: dict[str, str]
    created_by: str
    created_at: datetime


class ResourcePage(Response):
    """A page of resources; `next_cursor` is null on the last."""

    items: list[ResourceView]
    next_cursor: str | None
