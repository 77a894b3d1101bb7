"""Codes and links by mail on the wire."""

from pydantic import Field

from argus.kernel.schema import Request, Response


class MailedCodeAnswer(Response):
    """A code was mailed, if it may be; send it back with `handle`."""

    handle: str
    expires_in: int
    """Seconds until the code is void."""


class CodeSent(Request):
    """The code from the mail, and the handle that was answered when it was asked for."""

    handle: str = Field(min_length=1, max_length=100, repr=False)
    code: str = Field(min_length=1, max_length=20, repr=False)


class TokenSent(Request):
    """The token from the mail's link."""

    token: str = Field(min_length=1, max_length=100, repr=False)
