"""A client as the authorization server deals with it, from wherever it is known."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from argus.kernel.ids import OrganizationId
from argus.services.auth.clients.metadata import (
    DEVICE_CODE,
    REFRESH_TOKEN,
    ClientMetadata,
)
from argus.services.auth.clients.other_servers import OtherServer
from argus.services.auth.ids import ServiceAccountId
from argus.services.auth.service_accounts.registry import ServiceAccount

FIRST_PARTY_ID = "argus"


class ClientOrigin(StrEnum):
    """Who says what the client is, and so how much of it may be believed."""

    BUILT_IN = "built_in"
    """Argus's own pages, CLI and SDK."""
    ORGANIZATION = "organization"
    """Registered by a person of an organization."""
    DOCUMENT = "document"
    """A metadata document at the URL that is the client's id (CIMD)."""
    REGISTRATION = "registration"
    """Registered by itself (RFC 7591); nobody vouches for it."""


@dataclass(frozen=True)
class Client:
    """An OAuth client (RFC 6749 section 2). Its secrets are not in it."""

    id: str
    """`client_id`."""
    origin: ClientOrigin
    metadata: ClientMetadata
    organization_id: OrganizationId | None = None
    """Who registered it; None for those that no organization did."""
    resources: tuple[str, ...] = ()
    """Audiences it may get tokens for, in their registered spelling; none: any that it names."""
    service_account_id: ServiceAccountId | None = None
    """Whom it acts for with `client_credentials`."""
    authorization_servers: tuple[OtherServer, ...] = ()
    """For which of them it gets identity assertions."""

    def may_use(self, grant_type: str) -> bool:
        """Whether the client registered for this grant."""
        return grant_type in self.metadata.grant_types

    def permitted(self, scopes: Iterable[str]) -> frozenset[str]:
        """Those of the scopes that it may ask for."""
        limit = self.metadata.scopes
        return frozenset(scopes) if limit is None else limit.intersection(scopes)

    def may_still_have(self, scopes: Iterable[str], audience: str) -> bool:
        """Whether what a person let it have earlier is within what it is registered for now."""
        is_linked = not self.resources or audience in self.resources
        return is_linked and self.permitted(scopes).issuperset(scopes)


FIRST_PARTY = Client(
    id=FIRST_PARTY_ID,
    origin=ClientOrigin.BUILT_IN,
    metadata=ClientMetadata(
        client_name="Argus",
        grant_types=(DEVICE_CODE, REFRESH_TOKEN),
        response_types=(),
        token_endpoint_auth_method="none",  # noqa: S106 - a method
    ),
)


@dataclass(frozen=True)
class KnownClient:
    """A client with what proves that it is the one, and what tokens of its own tell.

    All of it was read together: who changes any of it after `epoch` ends the tokens that have that
    epoch, or touches the client.
    """

    client: Client
    secrets: tuple[tuple[bytes, datetime | None], ...] = ()
    """SHA-256 of each, and when it ends."""
    account: ServiceAccount | None = None
    """Whom it speaks for; None too once that is disabled."""
    epoch: int = 0
    """Of revocations, read before the rest was."""
