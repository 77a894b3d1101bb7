import asyncio

import pytest

from argus.contracts.identity.rpc import LIST_MEMBERSHIPS, REGISTER_USER
from argus.contracts.identity.v1 import identity_pb2 as pb
from argus.kernel.errors import ArgusError
from support.platform import TestPlatform


async def register(platform: TestPlatform, email: str, name: str = "") -> pb.RegisterUserResponse:
    return await platform.rpc.call(REGISTER_USER, pb.RegisterUserRequest(email=email, name=name))


async def test_a_new_person_owns_a_personal_organization(platform: TestPlatform) -> None:
    ada = await register(platform, "ada@example.com", name="Ada")
    answer = await platform.rpc.call(
        LIST_MEMBERSHIPS, pb.ListMembershipsRequest(user_id=ada.user.id)
    )
    assert answer.user == ada.user
    [membership] = answer.memberships
    assert membership.organization_id == ada.personal_organization_id
    assert (membership.organization_name, membership.personal) == ("Ada", True)
    assert membership.roles == ["owner"]


async def test_registration_is_told_within_the_new_organization(platform: TestPlatform) -> None:
    ada = await register(platform, "ada@example.com")
    told = platform.outbox("identity")
    assert {event["type"] for event in told} == {
        "OrganizationCreated",
        "MemberJoined",
        "UserRegistered",
    }
    assert {event["organization"] for event in told} == {ada.personal_organization_id}
    assert "ada@example.com" not in str(told)


async def test_a_nameless_person_is_called_by_the_local_part(platform: TestPlatform) -> None:
    assert (await register(platform, "ada@example.com")).user.name == "ada"


async def test_an_address_registers_once_whatever_its_case(platform: TestPlatform) -> None:
    await register(platform, "ada@example.com")
    with pytest.raises(ArgusError) as refused:
        await register(platform, "ADA@Example.com")
    assert refused.value.code == "identity.user.email_taken"


async def test_of_two_registrations_at_once_one_wins(platform: TestPlatform) -> None:
    outcomes = await asyncio.gather(
        register(platform, "ada@example.com"),
        register(platform, "Ada@example.com"),
        return_exceptions=True,
    )
    refused = [outcome for outcome in outcomes if isinstance(outcome, ArgusError)]
    assert [error.code for error in refused] == ["identity.user.email_taken"]
    assert len(platform.query("select from identity.users")) == 1
    assert len(platform.query("select from identity.organizations")) == 1


async def test_what_is_no_address_is_refused(platform: TestPlatform) -> None:
    for email in ("", "ada", "ada@example.com\r\nBcc: eve@example.com"):
        with pytest.raises(ArgusError) as refused:
            await register(platform, email)
        assert refused.value.code == "identity.email.invalid", email


async def test_a_name_is_one_that_people_read(platform: TestPlatform) -> None:
    for name in ("x" * 201, " ", "Ada\r\nBcc: eve@example.com", "Ada\x00"):
        with pytest.raises(ArgusError) as refused:
            await register(platform, "ada@example.com", name)
        assert refused.value.code == "kernel.request.invalid", name


async def test_a_bad_invitation_registers_nobody(platform: TestPlatform) -> None:
    with pytest.raises(ArgusError) as refused:
        await platform.rpc.call(
            REGISTER_USER,
            pb.RegisterUserRequest(email="ada@example.com", invitation_token="inv_forged"),
        )
    assert refused.value.code == "identity.invitation.not_found"
    assert platform.query("select from identity.users") == []
    assert platform.outbox("identity") == []
