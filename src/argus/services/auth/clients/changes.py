"""What a change of a client means for the tokens that it has. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

_AUTHORITY = frozenset(
    {
        "dpop_bound_access_tokens",
        "grant_types",
        "jwks",
        "jwks_uri",
        "resources",
        "scope",
        "service_account_id",
        "token_endpoint_auth_method",
    }
)
"""What tokens rest on; everything else about a client may change while they live."""

Values = Mapping[str, Any]
"""Everything about a client that can be changed, by its name in RFC 7591 or Argus's own."""


def changed(before: Values, after: Values) -> list[str]:
    """The names of what is different."""
    return sorted(name for name, value in after.items() if value != before.get(name))


def ends_tokens(names: Iterable[str]) -> bool:
    """Whether access tokens from before the change are no good any more."""
    return not _AUTHORITY.isdisjoint(names)


def is_narrower(before: Values, after: Values) -> bool:
    """Whether something that the client could get for people is out of its reach now."""
    scopes_before, scopes_after = (
        None if values["scope"] is None else {*values["scope"].split()}
        for values in (before, after)
    )
    loses_scopes = scopes_after is not None and (
        scopes_before is None or not scopes_before <= scopes_after
    )
    resources_before, resources_after = (
        {*values.get("resources", ())} for values in (before, after)
    )
    return loses_scopes or not resources_before <= resources_after
