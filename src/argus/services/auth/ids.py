"""Identifiers that only this service makes."""

from typing import Annotated, NewType
from uuid import UUID

from argus.kernel.ids import public_id

ApiKeyId = NewType("ApiKeyId", UUID)
PublicApiKeyId = Annotated[ApiKeyId, public_id("key")]
