"""Who asks, as headers that a proxy hands to the service behind it.

Every header is always there, empty where there is nothing to say: a proxy that copies them replaces
whatever a client sent under these names.
"""

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from argus.kernel.ids import format_id
from argus.kernel.principal import Principal, PrincipalKind

_PLAIN = "!#$&'()*+-./:=?@^_`{|}~"
"""Besides letters and digits; all else in a name, above all the comma and line ends, is
percent-encoded: names of roles and clients come from organizations and other issuers.
"""

_DESCRIPTIONS = {
    "X-User-ID": "The person who asks, or for whom an agent does; empty for anything else.",
    "X-Org-ID": "The organization that the credential is for.",
    "X-Principal-ID": "Who asks, of any kind.",
    "X-Principal-Kind": "`user`, `service_account` or `agent`.",
    "X-Roles": "Roles, separated by commas, percent-encoded.",
    "X-Permissions": "What roles, scopes and kind of credential allow together; as `X-Roles`.",
    "X-Actors": "Who acts for the one who asks, outermost first; as `X-Roles`.",
}
HEADERS: dict[str, Any] = {
    name: {"description": description, "schema": {"type": "string"}}
    for name, description in _DESCRIPTIONS.items()
}
"""As OpenAPI describes them."""


def identity_headers(principal: Principal) -> dict[str, str]:
    """The headers that tell of an authenticated principal."""
    is_user = principal.kind is PrincipalKind.USER
    organization_id = principal.organization_id
    return {
        "X-User-ID": principal.id if is_user else "",
        "X-Org-ID": format_id("org", organization_id) if organization_id else "",
        "X-Principal-ID": principal.id,
        "X-Principal-Kind": principal.kind.value,
        "X-Roles": _names(sorted(principal.roles)),
        "X-Permissions": _names(sorted(principal.permissions)),
        "X-Actors": _names(principal.actors),
    }


def _names(names: Iterable[str]) -> str:
    return ",".join(quote(name, safe=_PLAIN) for name in names)
