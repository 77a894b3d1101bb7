"""Passkeys on the wire."""

from datetime import datetime

from pydantic import Field, JsonValue

from argus.kernel.schema import Request, Response
from argus.services.auth.ids import PublicPasskeyId


class PasskeyOptions(Response):
    """For `PublicKeyCredential.parseRequestOptionsFromJSON()`, or its sibling for creation."""

    public_key: dict[str, JsonValue]


class NewPasskey(Request):
    """A passkey that the browser has just made."""

    name: str = Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")
    """For the person to tell it from others."""
    credential: dict[str, JsonValue] = Field(repr=False)
    """The answer of `navigator.credentials.create()`, as its `toJSON()` gives it."""


class PasskeyView(Response):
    """A passkey of the person."""

    id: PublicPasskeyId
    name: str
    synced: bool
    """It may be copied to other devices."""
    created_at: datetime
    last_used_at: datetime | None


class RegisteredPasskey(Response):
    """The new passkey; with the first second factor come recovery codes, shown once."""

    passkey: PasskeyView
    recovery_codes: list[str]


class PasskeyList(Response):
    """All passkeys of the person, the oldest first."""

    items: list[PasskeyView]
