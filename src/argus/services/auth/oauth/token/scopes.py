"""Which scopes a token gets (RFC 6749 section 3.3). Pure.

More than may be granted is refused rather than cut: a client learns at once what it cannot have.
"""

from argus.services.auth.clients.client import Client
from argus.services.auth.oauth.errors import InvalidScope
from argus.services.auth.resources.errors import InvalidTarget
from argus.services.auth.resources.resource import IDENTITY_SCOPES, Resource
from argus.services.auth.service_accounts.registry import ServiceAccount


def scopes_of_account(
    account: ServiceAccount, client: Client, target: Resource, asked: frozenset[str] | None
) -> tuple[str, ...]:
    """Scopes of a token for the account itself: what its client asks, else all it may have.

    Raises:
        InvalidTarget: the resource is another organization's.
        InvalidScope: more is asked than the resource offers, or client or account may have.
    """
    if target.organization_id not in (None, account.organization_id):
        raise InvalidTarget("the resource is another organization's")
    return _chosen(asked, ceiling_of(account, client, target))


def scopes_of_delegation(
    granted: frozenset[str], ceiling: frozenset[str], asked: frozenset[str] | None
) -> tuple[str, ...]:
    """Scopes of a token for an actor: what the person grants and the actor may do, both.

    Raises:
        InvalidScope: more is asked than that, or nothing is left.
    """
    scopes = _chosen(asked, granted & ceiling)
    if not scopes:
        raise InvalidScope("nothing is left that both the person and the client may do")
    return scopes


def ceiling_of(account: ServiceAccount, client: Client, target: Resource) -> frozenset[str]:
    """What a service account may do at a resource, at most. Who a person is, is not among it.

    At the platform that is what it is granted, elsewhere what the resource offers; both within what
    its client may ask for.
    """
    offered = target.scopes.keys() - IDENTITY_SCOPES.keys()
    if target.organization_id is None:
        offered &= account.permissions
    return client.permitted(offered)


def _chosen(asked: frozenset[str] | None, ceiling: frozenset[str]) -> tuple[str, ...]:
    if asked is None:
        return tuple(sorted(ceiling))
    refused = sorted(asked - ceiling)
    if refused:
        raise InvalidScope(f"not to be had here: {' '.join(refused)}")
    return tuple(sorted(asked))
