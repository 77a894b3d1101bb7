"""API keys on the wire."""

from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, StringConstraints

from argus.kernel.ids import PublicUserId
from argus.kernel.schema import Request, Response
from argus.services.auth.ids import PublicApiKeyId, PublicServiceAccountId

KeyName = Annotated[
    str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")
]


class ApiKeyRequest(Request):
    """A new API key."""

    name: KeyName
    """For people: where the key is used."""
    scopes: Annotated[list[str], Field(max_length=100)]
    """Permissions such as `usage:record`. None means no access."""
    expires_at: AwareDatetime | None = None
    """Left out, a year from now."""
    service_account_id: PublicServiceAccountId | None = None
    """Whom the key speaks for; left out, it speaks for itself. It may what its scopes say and the
    account is granted.
    """


class ApiKeyRotation(Request):
    """A successor for an API key."""

    overlap_s: int = Field(default=86_400, ge=0, le=30 * 86_400)
    """For how long the old key goes on working."""

    @property
    def overlap(self) -> timedelta:
        return timedelta(seconds=self.overlap_s)


class ApiKeyRevocation(Request):
    """Why a key is revoked, for the audit log."""

    reason: Literal["unused", "leaked", "other"] = "other"


class KeyToImport(Request):
    """A key that another system made, and that its holder goes on using."""

    name: KeyName
    hint: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{8,16}$")]
    """The key's first 8 to 16 characters, by which it is found and shown."""
    bcrypt_hash: Annotated[
        str, StringConstraints(pattern=r"^\$2[aby]\$(0[4-9]|1[0-4])\$[./A-Za-z0-9]{53}$")
    ]
    """bcrypt of the whole key."""
    scopes: Annotated[list[str], Field(max_length=100)]
    """What the key may do here. None means no access."""
    expires_at: AwareDatetime | None = None
    """Left out, a year from now."""


class ApiKeyImport(Request):
    """Keys to import, all of them or none."""

    keys: Annotated[list[KeyToImport], Field(min_length=1, max_length=500)]


class ImportedApiKeys(Response):
    """The keys that were imported, in the order of the request."""

    items: list["ApiKeyView"]


class ApiKeyView(Response):
    """An API key, without its secret."""

    id: PublicApiKeyId
    name: str
    hint: str
    """The beginning of the secret, to recognise it by."""
    scopes: list[str]
    user_id: PublicUserId | None
    """Whose personal access token it is; null: the organization's own key."""
    service_account_id: PublicServiceAccountId | None
    """Whom it speaks for; null: itself, or its person."""
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    """To the minute, and up to a few seconds late."""
    successor_id: PublicApiKeyId | None
    revoked_at: datetime | None
    revocation_reason: str | None


class ApiKeySecret(ApiKeyView):
    """A new API key. `secret` is shown here and never again."""

    secret: str


class ApiKeyPage(Response):
    """A page of API keys; `next_cursor` is null on the last."""

    items: list[ApiKeyView]
    next_cursor: str | None
