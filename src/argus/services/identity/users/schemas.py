"""A person's profile over REST."""

from datetime import datetime
from typing import Annotated

from pydantic import StringConstraints

from argus.kernel.ids import PublicUserId
from argus.kernel.schema import Request, Response

Name = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$"
    ),
]
"""A name that people read: no control characters, so it can stand in a mail's subject."""


class ProfileChange(Request):
    """What a person may change of their profile."""

    name: Name


class Profile(Response):
    """A person as they see themselves."""

    id: PublicUserId
    email: str
    email_verified: bool
    name: str
    created_at: datetime
