import pytest

from argus.contracts.permissions import Role
from argus.services.identity.authority import covers, in_order, permissions_of

COVERED_BY_ADMIN = {
    Role.ADMIN,
    Role.MEMBER,
    Role.VIEWER,
    Role.PROJECT_ADMIN,
    Role.PROJECT_MEMBER,
    Role.PROJECT_VIEWER,
}


@pytest.mark.parametrize("role", Role)
def test_an_owner_may_give_every_role(role: Role) -> None:
    assert covers(permissions_of(["owner"]), [role])


@pytest.mark.parametrize("role", Role)
def test_an_admin_may_give_the_roles_that_hold_no_more_than_an_admin(role: Role) -> None:
    assert covers(permissions_of(["admin"]), [role]) == (role in COVERED_BY_ADMIN)


@pytest.mark.parametrize("role", [Role.SERVICE_ACCOUNT, Role.API_USER])
def test_a_role_whose_permissions_come_from_scopes_is_the_owners_to_give(role: Role) -> None:
    everything_but_full_access = permissions_of(["owner"]) - {"admin:full_access"}
    assert not covers(everything_but_full_access, [role])


def test_authority_adds_up_over_roles() -> None:
    assert covers(permissions_of(["admin", "billing_admin"]), [Role.BILLING_ADMIN])


def test_one_role_beyond_authority_spoils_the_rest() -> None:
    assert not covers(permissions_of(["admin"]), [Role.VIEWER, Role.OWNER])


def test_who_holds_nothing_may_give_nothing() -> None:
    assert not covers(permissions_of([]), [Role.VIEWER])


def test_roles_are_kept_once_and_in_the_order_of_the_matrix() -> None:
    assert in_order([Role.VIEWER, Role.OWNER, Role.VIEWER]) == ["owner", "viewer"]
