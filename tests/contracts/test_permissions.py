"""A role or a grant gives a permission, a scope limits it, the kind of credential carries it."""

import pytest

from argus.contracts.permissions import (
    CREDENTIALS,
    ROLE_PERMISSIONS,
    SCOPE_ONLY_ROLES,
    Permission,
    Role,
    effective_permissions,
)
from argus.kernel.principal import AuthenticationMethod

SESSION, KEY = AuthenticationMethod.SESSION, AuthenticationMethod.API_KEY
EVERYTHING = frozenset(permission.value for permission in Permission)
CREDENTIAL_AREAS = ("api_key:", "org:manage", "org:delete", "admin:")


@pytest.mark.parametrize("method", AuthenticationMethod)
@pytest.mark.parametrize("role", SCOPE_ONLY_ROLES)
def test_a_scope_that_nobody_granted_gives_nothing(
    role: Role, method: AuthenticationMethod
) -> None:
    """Whoever holds such a role and asks for every scope there is."""
    assert effective_permissions([role.value], EVERYTHING, method) == frozenset()


def test_what_was_granted_by_name_is_limited_by_scopes_and_by_the_credential() -> None:
    granted = ["test:read", "test:write", "api_key:create", "no:such"]
    scopes = frozenset({"test:read", "api_key:create", "org:read", "no:such"})
    assert effective_permissions([Role.API_USER], scopes, KEY, granted) == {"test:read"}
    assert effective_permissions([Role.API_USER], None, KEY, granted) == {"test:read", "test:write"}
    assert effective_permissions(["made up"], None, SESSION, granted) == set(granted) - {"no:such"}


@pytest.mark.parametrize("role", ROLE_PERMISSIONS)
def test_in_a_session_without_scopes_a_role_gives_exactly_what_it_has(role: Role) -> None:
    held = {permission.value for permission in ROLE_PERMISSIONS[role]}
    assert effective_permissions([role.value], None, SESSION) == held
    assert effective_permissions([role.value], frozenset({"org:read"}), SESSION) == held & {
        "org:read"
    }


@pytest.mark.parametrize("method", [each for each in AuthenticationMethod if each is not SESSION])
def test_only_a_session_reaches_credentials_members_and_administration(
    method: AuthenticationMethod,
) -> None:
    for permission in Permission:
        if permission.value.startswith(CREDENTIAL_AREAS):
            assert CREDENTIALS[permission] == {SESSION}, permission
    reached = effective_permissions([Role.OWNER], None, method, EVERYTHING)
    assert not [held for held in reached if held.startswith(CREDENTIAL_AREAS)]


def test_every_permission_can_be_carried_and_nobody_may_anything_without_a_credential() -> None:
    assert set(CREDENTIALS) == set(Permission)
    assert all(CREDENTIALS.values())
    anonymous = AuthenticationMethod.ANONYMOUS
    assert effective_permissions([Role.OWNER], None, anonymous, EVERYTHING) == frozenset()
