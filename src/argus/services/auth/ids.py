"""Identifiers that only this service makes."""

from typing import Annotated, NewType
from uuid import UUID

from argus.kernel.ids import public_id

ApiKeyId = NewType("ApiKeyId", UUID)
PublicApiKeyId = Annotated[ApiKeyId, public_id("key")]

ClientUuid = NewType("ClientUuid", UUID)
"""Of a client that an organization registered; its public form is its OAuth `client_id`."""
PublicClientId = Annotated[ClientUuid, public_id("cli")]

ClientSecretId = NewType("ClientSecretId", UUID)
PublicClientSecretId = Annotated[ClientSecretId, public_id("sec")]

ResourceId = NewType("ResourceId", UUID)
PublicResourceId = Annotated[ResourceId, public_id("res")]

ServiceAccountId = NewType("ServiceAccountId", UUID)
PublicServiceAccountId = Annotated[ServiceAccountId, public_id("sa")]

ConsentId = NewType("ConsentId", UUID)
PublicConsentId = Annotated[ConsentId, public_id("cns")]

ExternalIdentityId = NewType("ExternalIdentityId", UUID)
PublicExternalIdentityId = Annotated[ExternalIdentityId, public_id("xid")]

PasskeyId = NewType("PasskeyId", UUID)
PublicPasskeyId = Annotated[PasskeyId, public_id("pky")]
