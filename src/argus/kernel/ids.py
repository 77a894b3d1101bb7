"""Identifiers: UUIDv7 inside, `<prefix>_<26 characters>` outside (the TypeID text form).

UUIDv7 (RFC 9562 section 5.7) keeps indexes dense; the prefix tells a reader, and a validator, what
the identifier names. Inside the platform an identifier is a `NewType` of `UUID`.
"""

from typing import Annotated, NewType
from uuid import UUID

from pydantic import GetPydanticSchema
from pydantic_core import core_schema
from uuid_utils.compat import uuid7

from argus.kernel.errors import ArgusError

OrganizationId = NewType("OrganizationId", UUID)
UserId = NewType("UserId", UUID)
SessionId = NewType("SessionId", UUID)
ProjectId = NewType("ProjectId", UUID)

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_VALUES = {character: value for value, character in enumerate(_ALPHABET)}
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]
_SHIFTS = range(120, -1, -10)


class MalformedId(ArgusError):
    """The text is not an identifier of the expected kind.

    Identifiers look like `org_01jd8z…`: a prefix that names the kind, an underscore and 26
    characters. Copy it whole, and check that it names the kind of thing the operation asks for.
    """

    code, status, title = "kernel.id.malformed", 422, "Malformed identifier"


def new_id() -> UUID:
    """A new UUIDv7: ordered by creation time, unguessable in its last 74 bits."""
    return uuid7()


def format_id(prefix: str, value: UUID) -> str:
    """The public form of an identifier; `parse_id` reads it back."""
    number = value.int
    return f"{prefix}_" + "".join([_PAIRS[(number >> shift) & 1023] for shift in _SHIFTS])


def parse_id(prefix: str, text: str) -> UUID:
    """The UUID behind a public identifier.

    Raises:
        MalformedId: another prefix, length or alphabet, or a number above 128 bits.
    """
    head, _, tail = text.rpartition("_")
    if head != prefix or len(tail) != 26 or tail[0] > "7":
        raise MalformedId(f"expected {prefix}_ and 26 characters")
    number = 0
    for character in tail:
        value = _VALUES.get(character)
        if value is None:
            raise MalformedId(f"expected {prefix}_ and 26 characters")
        number = number << 5 | value
    return UUID(int=number)


def public_id(prefix: str) -> object:
    """Metadata that makes an identifier public text in JSON and a UUID in Python.

    For `Annotated[ApiKeyId, public_id("key")]`.
    """

    def validate(value: object) -> UUID:
        if isinstance(value, UUID):
            return value
        if not isinstance(value, str):
            raise ValueError(f"expected a text that starts with {prefix}_")  # noqa: TRY004 - pydantic reports only a ValueError
        try:
            return parse_id(prefix, value)
        except MalformedId as error:
            raise ValueError(error.detail) from None

    def serialize(value: UUID) -> str:
        return format_id(prefix, value)

    return GetPydanticSchema(
        lambda _source, _handler: core_schema.no_info_plain_validator_function(
            validate,
            serialization=core_schema.plain_serializer_function_ser_schema(
                serialize, return_schema=core_schema.str_schema()
            ),
        ),
        lambda _schema, _handler: {
            "type": "string",
            "pattern": f"^{prefix}_[0-7][{_ALPHABET}]{{25}}$",
            "examples": [format_id(prefix, UUID("01936d5e-0000-7000-8000-000000000000"))],
        },
    )


PublicOrganizationId = Annotated[OrganizationId, public_id("org")]
PublicUserId = Annotated[UserId, public_id("usr")]
PublicSessionId = Annotated[SessionId, public_id("ses")]
PublicProjectId = Annotated[ProjectId, public_id("prj")]
