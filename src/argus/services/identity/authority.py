"""Who may give or take which roles: nobody deals in more authority than they hold."""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from argus.contracts.permissions import ROLE_PERMISSIONS, SCOPE_ONLY_ROLES, Permission, Role


def covers(permissions: AbstractSet[str], roles: Iterable[str]) -> bool:
    """Whether a holder of `permissions` may give `roles`, or take them away.

    Full access covers every role. Anything less covers a role whose permissions it includes; and
    no role that takes its permissions from scopes, since these may name any.
    """
    if Permission.ADMIN_FULL_ACCESS in permissions:
        return True
    return all(
        Role(role) not in SCOPE_ONLY_ROLES and ROLE_PERMISSIONS[Role(role)] <= permissions
        for role in roles
    )


def permissions_of(roles: Iterable[str]) -> frozenset[str]:
    """What stored roles grant a person, whatever credential they would use."""
    return frozenset[str]().union(*(ROLE_PERMISSIONS[Role(role)] for role in roles))


def in_order(roles: Iterable[Role]) -> list[str]:
    """The roles as they are stored: each once, in the order of the matrix."""
    given = set(roles)
    return [role.value for role in Role if role in given]
