"""Reports of leaked keys on the wire."""

from typing import Annotated

from pydantic import StringConstraints

from argus.kernel.schema import Request, Response


class LeakReport(Request):
    """Where keys were found: a file, a log, a chat; or the keys themselves."""

    text: Annotated[str, StringConstraints(min_length=1, max_length=200_000)]


class LeakedKey(Response):
    """A key in the text."""

    hint: str
    """Its beginning."""
    revoked: bool
    """Whether it was a live key of this installation, and is revoked now."""


class LeakAnswer(Response):
    """The keys that were found in the text."""

    items: list[LeakedKey]
