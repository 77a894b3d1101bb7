import pytest

from argus.contracts.auth.rpc import CREATE_API_KEY
from argus.contracts.auth.v1 import auth_pb2
from support.platform import TestPlatform


@pytest.mark.operation("get_my_profile")
async def test_a_person_sees_their_profile(platform: TestPlatform) -> None:
    ada = await platform.owner("Ada@example.com")
    profile = (await platform.client.get("/api/v1/users/me", headers=ada.headers)).json()
    assert (profile["id"], profile["email"]) == (ada.user_id, "Ada@example.com")
    assert profile["email_verified"] is True


@pytest.mark.operation("change_my_profile")
async def test_a_person_changes_their_name(platform: TestPlatform) -> None:
    ada = await platform.owner()
    changed = await platform.client.patch(
        "/api/v1/users/me", json={"name": "  Ada King "}, headers=ada.headers
    )
    assert (changed.status_code, changed.json()["name"]) == (200, "Ada King")
    shown = await platform.client.get("/api/v1/users/me", headers=ada.headers)
    assert shown.json() == changed.json()


async def test_nothing_else_of_a_profile_can_be_changed(platform: TestPlatform) -> None:
    ada = await platform.owner()
    for body in (
        {},
        {"name": ""},
        {"name": "   "},
        {"name": "x" * 201},
        {"name": "Ada\r\nBcc: eve@example.com"},
        {"name": 7},
        {"name": "Ada", "email": "eve@example.com"},
        {"name": "Ada", "email_verified": True},
    ):
        answer = await platform.client.patch("/api/v1/users/me", json=body, headers=ada.headers)
        assert (answer.status_code, answer.json()["code"]) == (422, "kernel.request.invalid"), body


async def test_an_api_key_has_no_profile_and_creates_no_organization(
    platform: TestPlatform,
) -> None:
    ada = await platform.owner()
    key = await platform.rpc.call(
        CREATE_API_KEY,
        auth_pb2.CreateApiKeyRequest(
            organization_id=ada.organization_id, name="CI", scopes=["org:read"]
        ),
    )
    headers = {"X-API-Key": key.secret}
    for answer in (
        await platform.client.get("/api/v1/users/me", headers=headers),
        await platform.client.post("/api/v1/organizations", json={"name": "X"}, headers=headers),
        await platform.client.delete("/api/v1/members/me", headers=headers),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "kernel.access.forbidden")


async def test_nobody_has_a_profile_without_signing_in(platform: TestPlatform) -> None:
    assert (await platform.client.get("/api/v1/users/me")).status_code == 401
