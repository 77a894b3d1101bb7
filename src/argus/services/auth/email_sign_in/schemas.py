"""Signing in by mail on the wire."""

from typing import Literal

from argus.kernel.schema import Request
from argus.services.auth.sign_in.schemas import Address


class SignInMail(Request):
    """Ask for a mail to sign in with."""

    email: Address
    kind: Literal["link", "code"]
    """A link opens a page; a code is typed in where it was asked for."""
