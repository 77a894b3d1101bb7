"""Members over REST."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from argus.contracts.permissions import Role
from argus.kernel.ids import PublicUserId
from argus.kernel.schema import Request, Response

Roles = Annotated[list[Role], Field(min_length=1, max_length=len(Role))]


class RolesChange(Request):
    """The roles a member shall have, instead of the present ones."""

    roles: Roles


class MemberView(Response):
    """A member of the caller's organization. `active` is False after deactivation."""

    user_id: PublicUserId
    email: str
    name: str
    active: bool
    roles: list[Role]
    joined_at: datetime


class MemberPage(Response):
    """A page of members; `next_cursor` is null on the last."""

    items: list[MemberView]
    next_cursor: str | None
