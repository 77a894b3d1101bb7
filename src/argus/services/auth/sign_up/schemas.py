"""Signing up on the wire."""

from pydantic import Field

from argus.kernel.schema import Request
from argus.services.auth.sign_in.schemas import Address, Secret


class SignUp(Request):
    """Make an account."""

    email: Address
    password: Secret = Field(repr=False)
    name: str = Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")
    invitation_token: str | None = Field(default=None, min_length=1, max_length=200)
    """From the invitation's link. The tokens are then for the organization that invited."""
