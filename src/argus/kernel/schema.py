"""The three pydantic bases of the house; nothing derives from `pydantic.BaseModel` directly.

`Value` is for things that are compared and stored, `Request` for what comes from outside,
`Response` for what goes out.
"""

from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError

from argus.kernel.errors import InvalidRequest, JsonValue


class Value(BaseModel):
    """An immutable value; unknown fields are refused, so a stored one never loses data silently."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Request(BaseModel):
    """A body sent by a client: unknown fields are refused, so nothing is set by accident."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    @classmethod
    def parse(cls, data: object) -> Self:
        """The request behind data that did not come over HTTP, where the framework does this.

        Raises:
            InvalidRequest: `errors` names each field and why.
        """
        try:
            return cls.model_validate(data)
        except ValidationError as error:
            found: list[JsonValue] = [
                {"at": "/".join(str(part) for part in item["loc"]), "why": item["msg"]}
                for item in error.errors(include_input=False, include_url=False)
            ]
            raise InvalidRequest("the request's content is not valid", errors=found) from None


class Response(BaseModel):
    """A body sent to a client: no defaults, so every field is always present."""

    model_config = ConfigDict(frozen=True, from_attributes=True)
