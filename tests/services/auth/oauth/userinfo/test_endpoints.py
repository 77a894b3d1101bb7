"""UserInfo tells what the scopes cover, to tokens that may ask."""

import pytest

from support.organizations import Tenant
from support.platform import TestPlatform
from support.relying_party import RelyingParty


@pytest.mark.operation("get_user_info", "post_user_info")
async def test_user_info_follows_the_scopes(
    platform: TestPlatform, app: RelyingParty, acme: Tenant
) -> None:
    browser = await app.signed_in(acme.owner)
    sub = {"sub": acme.owner.user_id}
    email = {"email": "ada@example.com", "email_verified": True}
    for scope, expected in (
        ("openid", sub),
        ("openid email", sub | email),
        ("openid profile", sub | {"name": "Ada Owner"}),
    ):
        tokens = await app.tokens(browser, scope=scope)
        headers = {"Authorization": f"Bearer {tokens['access_token']}"}
        for method in ("GET", "POST"):
            answer = await platform.client.request(method, "/oauth/userinfo", headers=headers)
            assert answer.json() == expected
            assert answer.headers["cache-control"] == "no-store"


async def test_a_token_without_the_scope_openid_learns_nothing(
    platform: TestPlatform, app: RelyingParty, acme: Tenant
) -> None:
    browser = await app.signed_in(acme.owner)
    tokens = await app.tokens(browser, resource=app.oauth.issuer, scope="org:read")
    assert "id_token" not in tokens
    for headers in (acme.owner.headers, {"Authorization": f"Bearer {tokens['access_token']}"}):
        answer = await platform.client.get("/oauth/userinfo", headers=headers)
        assert answer.status_code == 403
        assert 'error="insufficient_scope"' in answer.headers["www-authenticate"]
