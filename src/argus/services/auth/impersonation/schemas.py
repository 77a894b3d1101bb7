"""Impersonations on the wire."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from argus.kernel.ids import PublicSessionId, PublicUserId
from argus.kernel.schema import Request, Response


class NewImpersonation(Request):
    """As whom to act, why, and for how long."""

    user_id: PublicUserId
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
    """The person reads it in the list of their sessions, and it stands in the audit log."""
    life_s: Annotated[int, Field(ge=60, le=3600)] = 900


class BegunImpersonation(Response):
    """A session in somebody's name. The token is shown once, and nothing renews it."""

    id: PublicSessionId
    access_token: str = Field(repr=False)
    page: str
    """Where the administrator, signed in there, begins to act as the person in a browser."""
    ends_at: datetime


class ImpersonationView(Response):
    """Who acted as whom, and why."""

    id: PublicSessionId
    user_id: PublicUserId
    administrator_id: PublicUserId
    reason: str
    started_at: datetime
    ends_at: datetime
    """At the latest."""
    ended_at: datetime | None
    """Null while it runs."""


class ImpersonationPage(Response):
    """A page of impersonations, the newest first; `next_cursor` is null on the last."""

    items: list[ImpersonationView]
    next_cursor: PublicSessionId | None


class NewGrant(Request):
    """For how long the person may begin impersonations."""

    life_s: Annotated[int, Field(ge=600, le=30 * 86_400)]


class GrantView(Response):
    """A person who may begin impersonations."""

    user_id: PublicUserId
    granted_by: PublicUserId
    granted_at: datetime
    expires_at: datetime


class GrantList(Response):
    """All who may, the latest first."""

    items: list[GrantView]
