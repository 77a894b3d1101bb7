"""OAuth clients on the wire, in the names of RFC 7591."""

from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import Field

from argus.kernel.schema import Request, Response
from argus.services.auth.clients.metadata import AuthenticationMethod, ClientMetadata, GrantType
from argus.services.auth.clients.other_servers import OtherServer
from argus.services.auth.ids import (
    PublicClientId,
    PublicClientSecretId,
    PublicServiceAccountId,
)


class ClientRequest(ClientMetadata, Request):
    """What a client is to be."""

    resources: Annotated[list[str], Field(min_length=1, max_length=20)] | None = None
    """Identifiers of the resources that it may get tokens for; left out, the platform only."""
    service_account_id: PublicServiceAccountId | None = None
    """Whom it acts for with `client_credentials`."""
    authorization_servers: Annotated[list[OtherServer], Field(max_length=20)] = Field(
        default_factory=list[OtherServer]
    )
    """Other servers for which it gets identity assertions about members of the organization."""

    @property
    def metadata(self) -> ClientMetadata:
        return ClientMetadata.model_validate(
            self.model_dump(include=set(ClientMetadata.model_fields))
        )


class SecretRequest(Request):
    """One more secret for a client."""

    overlap_s: int | None = Field(default=None, ge=0, le=30 * 86_400)
    """For how long the others go on working; left out, until they are revoked."""

    @property
    def overlap(self) -> timedelta | None:
        return None if self.overlap_s is None else timedelta(seconds=self.overlap_s)


class ClientMetadataView(Response):
    """Client metadata (RFC 7591 section 2), as the server keeps it."""

    client_name: str
    redirect_uris: list[str]
    grant_types: list[GrantType]
    response_types: list[str]
    token_endpoint_auth_method: AuthenticationMethod
    scope: str | None
    client_uri: str | None
    logo_uri: str | None
    policy_uri: str | None
    tos_uri: str | None
    jwks_uri: str | None
    jwks: dict[str, Any] | None
    post_logout_redirect_uris: list[str]
    backchannel_logout_uri: str | None
    dpop_bound_access_tokens: bool
    require_pushed_authorization_requests: bool


class ClientView(ClientMetadataView):
    """A client of the organization, without its secrets."""

    client_id: PublicClientId
    resources: list[str]
    service_account_id: PublicServiceAccountId | None
    authorization_servers: list[OtherServer]
    created_by: str
    created_at: datetime
    changed_at: datetime


class NewClientView(ClientView):
    """A new client. `client_secret` is shown here and never again; null if it has none."""

    client_secret: str | None


class ClientPage(Response):
    """A page of clients; `next_cursor` is null on the last."""

    items: list[ClientView]
    next_cursor: str | None


class ClientSecretView(Response):
    """A live secret of a client, without the secret itself."""

    id: PublicClientSecretId
    hint: str
    """The beginning of the secret, to recognise it by."""
    created_by: str
    created_at: datetime
    expires_at: datetime | None


class NewClientSecretView(ClientSecretView):
    """A new secret. `client_secret` is shown here and never again."""

    client_secret: str


class ClientSecretList(Response):
    """The live secrets of a client, the oldest first."""

    items: list[ClientSecretView]
