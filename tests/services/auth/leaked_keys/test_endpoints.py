"""Whoever shows a key may end it."""

from typing import Any

import pytest

from argus.contracts.auth.reasons import InactiveReason
from argus.kernel.principal import system
from argus.services.auth.api_key_format import generate
from argus.services.auth.leaked_keys.service import LeakedKeys
from support.auth import Auth
from support.clients import post, service_account
from support.organizations import Tenant
from support.platform import TestPlatform


async def report(platform: TestPlatform, text: str) -> list[dict[str, Any]]:
    answer = await platform.client.post("/api/v1/api-keys/leaked", json={"text": text})
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


@pytest.mark.operation("report_leaked_keys")
async def test_every_live_key_in_a_text_is_revoked_whosever_it_is(
    platform: TestPlatform, auth: Auth, acme: Tenant
) -> None:
    other = await platform.owner("eve@example.com")
    leaked = [await auth.api_key(by, "org:read") for by in (acme.owner, other)]
    kept, unknown = await auth.api_key(other, "org:read"), generate("argus_sk_")
    text = "\n".join([f"export KEY={key['secret']}" for key in leaked] + [unknown, "argus_sk_x"])
    found = await report(platform, text)
    assert [(key["hint"], key["revoked"]) for key in found] == [
        (leaked[0]["hint"], True),
        (leaked[1]["hint"], True),
        (unknown[:13], False),
    ]
    assert not await auth.is_live(leaked[0]["secret"])
    assert not await auth.is_live(leaked[1]["secret"])
    assert await auth.is_live(kept["secret"])
    told = [(data["api_key_id"], data["reason"]) for _, data in auth.events("ApiKeyRevoked")]
    assert told == [(key["id"], "leaked") for key in leaked]
    organizations = [
        envelope["organization"]
        for envelope in platform.outbox("auth")
        if envelope["type"] == "ApiKeyRevoked"
    ]
    assert organizations == [acme.id, other.organization_id]


async def test_a_key_that_has_ended_is_not_revoked_again(
    platform: TestPlatform, auth: Auth
) -> None:
    made = await auth.api_key(await platform.owner(), "org:read")
    for revoked in (True, False):
        [found] = await report(platform, made["secret"])
        assert found["revoked"] is revoked
    assert len(auth.events("ApiKeyRevoked")) == 1


async def test_a_key_of_a_disabled_account_is_not_live(platform: TestPlatform, auth: Auth) -> None:
    owner = await platform.owner()
    account = await service_account(platform, owner, "org:read")
    made = await auth.api_key(owner, "org:read", service_account_id=account["id"])
    leaked = auth.resources.get(LeakedKeys)
    for inactive in (None, InactiveReason.REVOKED):
        async with platform.unit_of_work("auth", system("operator")) as uow:
            [found] = await leaked.find(uow, made["secret"])
        assert found.why_inactive is inactive
        await post(platform, owner, f"service-accounts/{account['id']}/disable")


async def test_a_text_without_keys_finds_nothing(platform: TestPlatform) -> None:
    assert await report(platform, "the key begins with argus_sk_, and the rest is secret") == []
