from datetime import UTC, datetime

import pytest

from argus.contracts.auth.principal import from_message, to_message
from argus.kernel.ids import OrganizationId, ProjectId, SessionId, format_id, new_id
from argus.kernel.principal import AuthenticationMethod, Principal, PrincipalKind

USER_ID = new_id()
PERSON = Principal(
    kind=PrincipalKind.USER,
    id=format_id("usr", USER_ID),
    organization_id=OrganizationId(new_id()),
    project_id=ProjectId(new_id()),
    roles=frozenset({"owner", "billing_admin"}),
    scopes=None,
    permissions=frozenset({"org:read", "org:write"}),
    method=AuthenticationMethod.SESSION,
    session_id=SessionId(new_id()),
    authenticated_at=datetime(2026, 3, 1, 12, tzinfo=UTC),
    strength=("pwd", "otp"),
    actors=("agent_a", "agent_b"),
    client_id="argus",
    credential="ses_1",
    address="192.0.2.7",
    user_id=USER_ID,
    expires_at=datetime(2026, 3, 1, 13, tzinfo=UTC),
)
MACHINE = Principal(
    kind=PrincipalKind.SERVICE_ACCOUNT,
    id="key_1",
    organization_id=OrganizationId(new_id()),
    scopes=frozenset(),
    method=AuthenticationMethod.API_KEY,
)


@pytest.mark.parametrize("principal", [PERSON, MACHINE], ids=["person", "machine"])
def test_a_principal_survives_the_way_over_the_wire(principal: Principal) -> None:
    assert from_message(to_message(principal), principal.address) == principal


def test_no_scopes_at_all_is_told_from_not_limited_by_scopes() -> None:
    assert from_message(to_message(MACHINE)).scopes == frozenset()
    assert from_message(to_message(PERSON)).scopes is None
