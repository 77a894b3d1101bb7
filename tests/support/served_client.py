"""A running installation and the client of a service of one of its organizations."""

from dataclasses import dataclass

from argus_client import AsyncArgusClient, ClientSecret
from support.auth import Auth
from support.oauth import OAuth
from support.organizations import Tenant
from support.platform import TestPlatform

PERMISSIONS = ("token:validate", "usage:record", "entitlement:check")


@dataclass
class Served:
    """A running installation, one of its organizations, and the client of a service of that."""

    platform: TestPlatform
    acme: Tenant
    argus: AsyncArgusClient
    secret: ClientSecret

    @property
    def url(self) -> str:
        return self.platform.composition.settings.base_url

    @property
    def auth(self) -> Auth:
        return Auth(self.platform)

    @property
    def oauth(self) -> OAuth:
        return OAuth(self.platform)

    @property
    def environment(self) -> dict[str, str]:
        return {
            "ARGUS_URL": self.url,
            "ARGUS_CLIENT_ID": self.secret.client_id,
            "ARGUS_CLIENT_SECRET": self.secret.secret,
        }
