"""What one replica changes, another that remembers the credential goes by as soon as it hears of
it: the wait is for the news, and bounded.
"""

from collections.abc import AsyncGenerator, Iterator
from datetime import timedelta
from typing import Any

import bcrypt
import pytest

from argus.contracts.identity.rpc import DEACTIVATE_USER
from argus.contracts.identity.v1 import identity_pb2
from argus.services.auth.revocations import feed
from argus.services.auth.signing_keys.service import SigningKeys
from support.auth import Auth, statements
from support.clients import service_account
from support.federated import Browser, Start
from support.federated import start as start  # noqa: PLC0414 - a fixture
from support.loopback import Issuer, Signer, serving
from support.organizations import Tenant
from support.platform import STRONG, Caller, TestPlatform
from support.replicas import Replica, replica


@pytest.fixture(autouse=True)
def vouching(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each vouches for what it remembers, however busy the machine is: this is about news."""
    monkeypatch.setattr(feed, "CURRENT_S", 60.0)


@pytest.fixture
async def other(platform: TestPlatform) -> AsyncGenerator[Replica]:
    async with replica(platform) as running:
        yield running


async def knows(other: Replica, *credentials: str) -> None:
    """It takes them for good, and from now on without the database."""
    for credential in credentials:
        assert await other.principal(credential) is not None
    with statements() as seen:
        for credential in credentials:
            assert await other.principal(credential) is not None
    assert seen == []


async def send(
    platform: TestPlatform, by: Caller, method: str, path: str, **body: Any
) -> dict[str, Any]:
    answer = await platform.client.request(method, f"/api/v1/{path}", json=body, headers=by.headers)
    assert answer.is_success, answer.text
    return answer.json() if answer.content else {}


async def test_tokens_end_with_sessions_roles_memberships_and_people(
    platform: TestPlatform, acme: Tenant, other: Replica
) -> None:
    ada = acme.owner
    away, promoted, removed, suspended = [
        await acme.member(f"{name}@example.com", "member") for name in ("a", "b", "c", "d")
    ]
    await knows(other, *(each.token for each in (away, promoted, removed, suspended, ada)))
    await send(platform, away, "POST", "auth/sign-out")
    await other.refuses(away.token)
    await send(platform, ada, "PATCH", f"members/{promoted.user_id}", roles=["viewer"])
    await send(platform, ada, "DELETE", f"members/{removed.user_id}")
    await platform.rpc.call(
        DEACTIVATE_USER, identity_pb2.DeactivateUserRequest(user_id=suspended.user_id)
    )
    await platform.relay()
    for ended in (promoted, removed, suspended):
        await other.refuses(ended.token)
    await knows(other, ada.token)
    await send(platform, ada, "PUT", "organization-security", session_life_s=86_400)
    await other.refuses(ada.token)


async def test_keys_end_by_revocation_rotation_and_what_the_organization_demands(
    platform: TestPlatform, auth: Auth, acme: Tenant, other: Replica
) -> None:
    ada = acme.owner
    revoked, rotated, aged = [await auth.api_key(ada, "org:read") for _ in range(3)]
    await knows(other, *(key["secret"] for key in (revoked, rotated, aged)))
    await send(platform, ada, "POST", f"api-keys/{revoked['id']}/revoke")
    await other.refuses(revoked["secret"])
    await send(platform, ada, "POST", f"api-keys/{rotated['id']}/rotate", overlap_s=0)
    await other.refuses(rotated["secret"])
    await send(platform, ada, "PUT", "organization-security", api_key_life_s=86_400)
    assert await other.principal(aged["secret"]) is not None
    platform.clock.advance(timedelta(days=1))
    await other.refuses(aged["secret"])


async def test_a_personal_token_does_what_its_person_may_by_then(
    platform: TestPlatform, acme: Tenant, other: Replica
) -> None:
    bob = await acme.member("bob@example.com", "admin")
    bob = await platform.sign_in(bob.email, acme.id, factor=STRONG)
    made = await send(
        platform,
        bob,
        "POST",
        "personal-access-tokens",
        name="cli",
        scopes=["test:read", "test:execute"],
    )
    await knows(other, made["secret"])
    ada = acme.owner
    await send(platform, ada, "PATCH", f"members/{bob.user_id}", roles=["viewer"])
    await platform.relay()
    principal = await other.principal(made["secret"])
    while principal is not None and "test:execute" in principal.permissions:
        await other.feed.news(0.1)
        principal = await other.principal(made["secret"])
    assert principal is not None
    assert principal.permissions == {"test:read"}


async def test_a_service_accounts_key_ends_with_the_account(
    platform: TestPlatform, auth: Auth, other: Replica
) -> None:
    owner = await platform.owner()
    account = await service_account(platform, owner, "org:read")
    key = await auth.api_key(owner, "org:read", service_account_id=account["id"])
    await knows(other, key["secret"])
    await send(
        platform, owner, "PUT", f"service-accounts/{account['id']}", name="n", permissions=[]
    )
    principal = await other.principal(key["secret"])
    while principal is not None and principal.permissions:
        await other.feed.news(0.1)
        principal = await other.principal(key["secret"])
    await send(platform, owner, "POST", f"service-accounts/{account['id']}/disable")
    await other.refuses(key["secret"])


async def test_tokens_end_with_the_key_that_signed_them(
    platform: TestPlatform, auth: Auth, other: Replica
) -> None:
    owner = await platform.owner()
    await knows(other, owner.token)
    keys = auth.resources.get(SigningKeys)
    await keys.withdraw((await keys.signer()).kid)
    await other.refuses(owner.token)


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    server = Issuer(Signer())
    with serving(server):
        yield server


async def test_another_issuers_token_is_somebodys_once_linked_and_ends_with_that_account(
    start: Start, issuer: Issuer
) -> None:
    accepted = {
        "kind": "jwt",
        "issuer": issuer.url,
        "organization_id": "org_01jd8z0000e008000000000000",
        "audience": "https://api.example.com",
        "roles": ["member"],
    }
    platform = await start(accepted_issuers={"one": accepted}, providers={"one": issuer.settings})
    now = int(platform.clock.now().timestamp())
    claims = {"iss": issuer.url, "sub": "ada's number", "aud": accepted["audience"]}
    claims |= {"exp": now + 300, "iat": now, "client_id": "app", "jti": "1"}
    presented = issuer.signer.sign(claims, typ="at+jwt")
    async with replica(platform) as other:
        await knows(other, presented)
        stranger = await other.principal(presented)
        browser = Browser(platform)
        back = issuer.authorize(await browser.visit("one"))
        assert (await browser.come_back("one", back)).status_code == 303
        ada = await platform.sign_in("ada@example.com")
        principal = await other.principal(presented)
        while principal == stranger:
            await other.feed.news(0.1)
            principal = await other.principal(presented)
        assert principal is not None
        assert principal.id == ada.user_id
        await knows(other, presented)
        await platform.rpc.call(
            DEACTIVATE_USER, identity_pb2.DeactivateUserRequest(user_id=ada.user_id)
        )
        await platform.relay()
        await other.refuses(presented)


async def test_a_key_that_was_unknown_is_known_when_it_is_imported(
    platform: TestPlatform, auth: Auth, other: Replica
) -> None:
    secret = "agx_0123456789abcdefghijklmnopqrstuv"
    owner = await platform.owner()
    assert await other.principal(secret) is None
    with statements() as seen:
        assert await other.principal(secret) is None
    assert seen == [], "what nobody has is not looked up again at once"
    hashed = bcrypt.hashpw(secret.encode(), bcrypt.gensalt(4)).decode()
    entry = {"name": "old", "hint": secret[:8], "bcrypt_hash": hashed, "scopes": []}
    await send(platform, owner, "POST", "api-keys/import", keys=[entry])
    while await other.principal(secret) is None:
        await other.feed.news(0.1)
