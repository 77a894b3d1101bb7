"""New passwords on the wire."""

from pydantic import Field

from argus.kernel.schema import Request
from argus.services.auth.sign_in.schemas import Address, Secret


class ForgottenPassword(Request):
    """Ask for a mail to set a new password with."""

    email: Address


class PasswordByMail(Request):
    """A new password, by the mailed link."""

    token: str = Field(min_length=1, max_length=100, repr=False)
    password: Secret = Field(repr=False)


class PasswordChange(Request):
    """A new password in place of the present one."""

    current_password: Secret = Field(repr=False)
    password: Secret = Field(repr=False)
