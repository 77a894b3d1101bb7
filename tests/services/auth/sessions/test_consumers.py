"""What identity tells ends tokens."""

from argus.contracts.identity.rpc import DEACTIVATE_USER
from argus.contracts.identity.v1 import identity_pb2
from support.auth import Auth
from support.organizations import Tenant
from support.platform import PASSWORD, TestPlatform


async def test_changed_roles_end_the_tokens_with_the_old_ones(
    platform: TestPlatform, auth: Auth, acme: Tenant
) -> None:
    bob = await acme.member("bob@example.com", "member")
    elsewhere = await platform.sign_in("bob@example.com")
    answer = await platform.client.patch(
        f"/api/v1/members/{bob.user_id}", json={"roles": ["viewer"]}, headers=acme.owner.headers
    )
    assert answer.status_code == 204, answer.text
    await platform.relay()
    assert not await auth.is_live(bob.token)
    assert await auth.is_live(elsewhere.token), "tokens for other organizations are as good"
    assert await auth.is_live(acme.owner.token)
    renewed = (await auth.refresh(bob.refresh_token)).json()
    principal = await auth.validate(renewed["access_token"], acme.owner)
    assert principal["principal"]["roles"] == ["viewer"]


async def test_a_removed_members_tokens_for_that_organization_end(
    platform: TestPlatform, auth: Auth, acme: Tenant
) -> None:
    bob = await acme.member("bob@example.com", "member")
    elsewhere = await platform.sign_in("bob@example.com")
    await platform.client.delete(f"/api/v1/members/{bob.user_id}", headers=acme.owner.headers)
    await platform.relay()
    assert not await auth.is_live(bob.token)
    assert await auth.is_live(elsewhere.token)


async def test_a_deactivated_users_sessions_and_tokens_end(
    platform: TestPlatform, auth: Auth
) -> None:
    owner = await platform.owner()
    await platform.rpc.call(
        DEACTIVATE_USER, identity_pb2.DeactivateUserRequest(user_id=owner.user_id)
    )
    await platform.relay()
    assert not await auth.is_live(owner.token)
    live = "select id from auth.session where revoked_at is null"
    assert platform.query(live) == []
    answer = await platform.client.post(
        "/api/v1/auth/sign-in", json={"email": owner.email, "password": PASSWORD}
    )
    assert answer.status_code == 401


async def test_a_deleted_organizations_tokens_and_keys_end(
    platform: TestPlatform, auth: Auth, acme: Tenant
) -> None:
    key = (await auth.api_key(acme.owner, "org:read"))["secret"]
    elsewhere = await platform.sign_in(acme.owner.email)
    other_key = (await auth.api_key(elsewhere, "org:read"))["secret"]
    answer = await platform.client.delete(
        f"/api/v1/organizations/{acme.id}", headers=acme.owner.headers
    )
    assert answer.status_code == 204, answer.text
    await platform.relay()
    assert not await auth.is_live(acme.owner.token)
    assert not await auth.is_live(key)
    assert await auth.is_live(elsewhere.token)
    assert await auth.is_live(other_key)
