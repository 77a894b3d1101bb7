"""A resource: what tokens are for (RFC 8707), and what they can allow there."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from argus.contracts.permissions import CREDENTIALS, Permission
from argus.kernel.ids import OrganizationId
from argus.kernel.principal import AuthenticationMethod

MAX_IDENTIFIER = 500

_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!$-\[\]-~]+")

IDENTITY_SCOPES: Mapping[str, str] = {
    "openid": "Know that it is you",
    "profile": "See your name",
    "email": "See your e-mail address",
    "offline_access": "Keep this access while you are signed out",
}
"""OpenID Connect Core sections 5.4 and 11: what they allow is the same at every resource."""

_PERMISSION_SCOPES: Mapping[Permission, str] = {
    Permission.ORG_READ: "See the organization and its members",
    Permission.PROJECT_READ: "See projects",
    Permission.PROJECT_WRITE: "Make and change projects",
    Permission.TEST_READ: "See tests",
    Permission.TEST_WRITE: "Make and change tests",
    Permission.TEST_DELETE: "Delete tests",
    Permission.TEST_EXECUTE: "Run tests",
    Permission.RESULTS_READ: "See results of tests",
    Permission.RESULTS_EXPORT: "Export results of tests",
    Permission.AUDIT_READ: "Read the audit log",
    Permission.AUDIT_EXPORT: "Export the audit log",
    Permission.HEALING_READ: "See how tests were healed",
    Permission.INTEGRATION_READ: "See integrations",
    Permission.BILLING_READ: "See plan, invoices and usage",
    Permission.ENTITLEMENT_CHECK: "Check what the plan includes",
    Permission.TOKEN_VALIDATE: "Check tokens and keys of the organization",
    Permission.USAGE_RECORD: "Record usage that may be charged",
}


@dataclass(frozen=True)
class Resource:
    """An audience with its scopes."""

    identifier: str
    """The `aud` of its tokens, as it was registered."""
    name: str
    scopes: Mapping[str, str]
    """What each scope allows, for the person who is asked, by its name."""
    organization_id: OrganizationId | None
    """Who registered it; None for the platform itself."""


def platform_resource(issuer: str) -> Resource:
    """The platform itself: its scopes are the permissions that an OAuth token may carry."""
    carried = {
        permission.value: _PERMISSION_SCOPES[permission]
        for permission in Permission
        if AuthenticationMethod.OAUTH2 in CREDENTIALS[permission]
    }
    return Resource(issuer, "Argus", carried | dict(IDENTITY_SCOPES), None)


def check_identifier(text: str) -> str:
    """The text, if it is an absolute URI without a fragment (RFC 8707 section 2).

    Raises:
        ValueError
    """
    if not _URI.fullmatch(text) or len(text) > MAX_IDENTIFIER:
        raise ValueError("expected an absolute URI without a fragment, such as https://api.example")
    return text


def comparable(identifier: str) -> str:
    """The spelling in which two identifiers are compared: scheme and host in lower case, an empty
    path without its slash. Everything else counts.
    """
    try:
        parts = urlsplit(identifier)
    except ValueError:
        return identifier
    path = "" if parts.path == "/" else parts.path
    return urlunsplit((parts.scheme.lower(), parts.netloc.lower(), path, parts.query, ""))
