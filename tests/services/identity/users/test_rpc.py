import pytest

from argus.contracts.identity.rpc import (
    DEACTIVATE_USER,
    FIND_USER_BY_EMAIL,
    GET_USER,
    REGISTER_USER,
)
from argus.contracts.identity.v1 import identity_pb2 as pb
from argus.kernel.errors import ArgusError
from argus.kernel.ids import format_id, new_id
from support.platform import TestPlatform


@pytest.fixture
async def ada(platform: TestPlatform) -> pb.User:
    answer = await platform.rpc.call(
        REGISTER_USER, pb.RegisterUserRequest(email="ada@example.com", name="Ada")
    )
    return answer.user


async def find(platform: TestPlatform, email: str) -> pb.FindUserByEmailResponse:
    return await platform.rpc.call(FIND_USER_BY_EMAIL, pb.FindUserByEmailRequest(email=email))


async def test_a_user_is_found_by_address_in_any_case(platform: TestPlatform, ada: pb.User) -> None:
    assert (await find(platform, "ADA@example.COM")).user == ada


async def test_an_unknown_address_finds_nobody(platform: TestPlatform, ada: pb.User) -> None:
    for email in ("eve@example.com", "", "no address", "' or true --"):
        assert not (await find(platform, email)).HasField("user"), email


async def test_a_user_is_got_by_id(platform: TestPlatform, ada: pb.User) -> None:
    answer = await platform.rpc.call(GET_USER, pb.GetUserRequest(user_id=ada.id))
    assert answer.user == ada


async def test_an_unknown_user_is_not_found(platform: TestPlatform) -> None:
    nobody = format_id("usr", new_id())
    for call in (
        platform.rpc.call(GET_USER, pb.GetUserRequest(user_id=nobody)),
        platform.rpc.call(DEACTIVATE_USER, pb.DeactivateUserRequest(user_id=nobody)),
    ):
        with pytest.raises(ArgusError) as refused:
            await call
        assert refused.value.code == "identity.user.not_found"


async def test_deactivating_twice_tells_it_once(platform: TestPlatform, ada: pb.User) -> None:
    await platform.relay()
    for _ in range(2):
        await platform.rpc.call(DEACTIVATE_USER, pb.DeactivateUserRequest(user_id=ada.id))
    assert not (await find(platform, ada.email)).user.active
    assert [event["type"] for event in platform.outbox("identity")] == ["UserDeactivated"]
