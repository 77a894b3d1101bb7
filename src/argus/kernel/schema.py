"""The three pydantic bases of the house; nothing derives from `pydantic.BaseModel` directly.

`Value` is for things that are compared and stored, `Request` for what comes from outside,
`Response` for what goes out.
"""

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """An immutable value; unknown fields are refused, so a stored one never loses data silently."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Request(BaseModel):
    """A body sent by a client: unknown fields are refused, so nothing is set by accident."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class Response(BaseModel):
    """A body sent to a client: no defaults, so every field is always present."""

    model_config = ConfigDict(frozen=True, from_attributes=True)
