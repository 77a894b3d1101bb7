"""Microsoft Entra ID: an OpenID provider whose issuers are one per tenant.

An address that its tokens tell is whatever a tenant's administrator typed ("nOAuth"), so people are
known by tenant and object id, and an address counts only where Microsoft states that the tenant
owns its domain.
"""

import re
from collections.abc import Mapping
from typing import Any

from argus.services.auth.foreign_tokens.keys import RemoteKey
from argus.services.auth.providers.identity import UpstreamIdentity
from argus.services.auth.providers.settings import MicrosoftProvider

_PLACEHOLDER = "{tenantid}"
_TENANT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Microsoft:
    """The dialect of the v2.0 endpoints."""

    def __init__(self, settings: MicrosoftProvider) -> None:
        self._authority, self._tenants = settings.authority, settings.tenants
        only = settings.tenants[0] if len(settings.tenants) == 1 else None
        self.location = f"{settings.authority}/{only or 'common'}/v2.0"
        self.published_issuer = self._issuer(only or _PLACEHOLDER)

    def issuer_of(self, claims: Mapping[str, Any], key: RemoteKey, /) -> str | None:
        """The token's own tenant, if it may sign in and the key signs for it."""
        tenant = claims.get("tid")
        if not isinstance(tenant, str) or not _TENANT.fullmatch(tenant):
            return None
        if self._tenants and tenant not in self._tenants:
            return None
        issuer = self._issuer(tenant)
        signs_for = (key.issuer or issuer).replace(_PLACEHOLDER, tenant)
        return issuer if signs_for == issuer else None

    def identity(self, issuer: str, claims: Mapping[str, Any]) -> UpstreamIdentity | None:
        """The person by their object id, which is the same for every application."""
        object_id, email, name = claims.get("oid"), claims.get("email"), claims.get("name")
        if not isinstance(object_id, str) or not object_id:
            return None
        return UpstreamIdentity(
            issuer=issuer,
            subject=object_id,
            email=email if isinstance(email, str) else "",
            email_verified=claims.get("xms_edov") in (True, 1, "1", "true"),
            name=name if isinstance(name, str) else "",
        )

    def _issuer(self, tenant: str) -> str:
        return f"{self._authority}/{tenant}/v2.0"
