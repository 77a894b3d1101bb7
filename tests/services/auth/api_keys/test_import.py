"""Keys of another system go on working although only their bcrypt hashes are known."""

from typing import Any

import bcrypt
import httpx
import pytest

from argus.kernel.ids import parse_id
from argus.services.auth.api_key_digests import ApiKeyDigests
from argus.services.auth.password_hasher import PasswordHasher
from argus.services.auth.presented_keys import PresentedKeys
from argus.services.auth.revocations.feed import RevocationFeed
from argus.services.auth.revocations.repository import touched
from argus.services.auth.settings import AuthSettings
from support.auth import Auth, hear_of, outcome
from support.organizations import Tenant
from support.platform import Caller, TestPlatform

SECRET = "agx_0123456789abcdefghijklmnopqrstuv"


pytestmark = pytest.mark.usefixtures("vouching")  # else a slow hash has little time


def entry(secret: str = SECRET, **more: Any) -> dict[str, Any]:
    """A row of the other system: cheap to verify, because its cost is its own."""
    hashed = bcrypt.hashpw(secret.encode(), bcrypt.gensalt(4)).decode()
    return {"name": "old", "hint": secret[:8], "bcrypt_hash": hashed, "scopes": []} | more


async def bring(platform: TestPlatform, by: Caller, *keys: dict[str, Any]) -> httpx.Response:
    return await platform.client.post(
        "/api/v1/api-keys/import", json={"keys": keys}, headers=by.headers
    )


def rows(platform: TestPlatform) -> list[dict[str, Any]]:
    return platform.query("select lookup, pepper_id, slow_hash from auth.api_key order by id")


@pytest.mark.operation("import_api_keys")
async def test_an_imported_key_works_and_is_found_fast_after_its_first_use(
    platform: TestPlatform, auth: Auth
) -> None:
    owner = await platform.owner()
    answer = await bring(platform, owner, entry(scopes=["org:read"]), entry("agx_" + "z" * 32))
    assert answer.status_code == 201, answer.text
    [key, _] = answer.json()["items"]
    me = (await platform.client.get("/api/v1/auth/me", headers={"X-API-Key": SECRET})).json()
    assert (me["id"], me["permissions"]) == (key["id"], ["org:read"])
    assert await auth.is_live(SECRET), "recognised, and not written yet"
    await auth.maintain()
    [recognised, unused] = rows(platform)
    assert recognised["lookup"] is not None
    assert unused["lookup"] is None
    assert await auth.is_live(SECRET)
    assert SECRET not in str(platform.query("select * from auth.api_key"))
    assert [data["imported"] for _, data in auth.events("ApiKeyCreated")] == [True, True]


async def test_a_key_that_only_begins_like_an_imported_one_is_refused(
    platform: TestPlatform, auth: Auth
) -> None:
    owner = await platform.owner()
    await bring(platform, owner, entry())
    assert not await auth.is_live(SECRET[:-1] + "w")
    assert not await auth.is_live(SECRET + "w")
    assert await auth.is_live(SECRET)


async def test_guessing_at_an_imported_key_soon_costs_nothing_more(
    platform: TestPlatform, auth: Auth
) -> None:
    """Five slow hashes a row, until the next round of maintenance."""
    owner = await platform.owner()
    await bring(platform, owner, entry())
    for number in range(5):
        assert not await auth.is_live(f"{SECRET[:-1]}{number}")
    assert not await auth.is_live(SECRET), "not asked any more"
    await auth.maintain()
    assert await auth.is_live(SECRET)


async def test_an_import_grants_no_more_than_the_importer_holds(
    platform: TestPlatform, acme: Tenant
) -> None:
    guard = await acme.member("bob@example.com", "security_admin")
    answer = await bring(platform, guard, entry(), entry(scopes=["usage:record"]))
    assert outcome(answer) == (422, "auth.api_key.scope_not_grantable")
    assert rows(platform) == []


async def test_what_cannot_be_a_key_is_not_imported(platform: TestPlatform) -> None:
    owner = await platform.owner()
    foreign = await bring(platform, owner, entry("sk_live_" + "x" * 32))
    assert outcome(foreign) == (422, "auth.api_key.import_not_possible")
    for wrong in (entry(bcrypt_hash=SECRET), entry(hint="agx_"), entry(hint="x" * 17)):
        assert outcome(await bring(platform, owner, wrong)) == (422, "kernel.request.invalid")


async def test_a_used_key_gets_a_bcrypt_hash_off_the_way_and_survives_the_loss_of_the_pepper(
    platform: TestPlatform, auth: Auth
) -> None:
    made = await auth.api_key(await platform.owner(), "org:read")
    assert await auth.is_live(made["secret"])
    assert rows(platform)[0]["slow_hash"] is None
    await auth.maintain()
    slow_hash = rows(platform)[0]["slow_hash"]
    assert slow_hash.startswith("$2b$12$")
    assert bcrypt.checkpw(made["secret"].encode(), slow_hash.encode())
    platform.query(
        "update auth.api_key set pepper_id = 'lost', lookup = sha256('lost') returning id"
    )
    hear_of(platform, touched(parse_id("key", made["id"])))
    assert await auth.is_live(made["secret"])
    await auth.maintain()
    assert rows(platform)[0]["pepper_id"] == auth.resources.get(ApiKeyDigests).pepper_id
    assert await auth.is_live(made["secret"])


async def test_another_process_recognises_a_key_by_itself(
    platform: TestPlatform, auth: Auth
) -> None:
    await bring(platform, await platform.owner(), entry())
    assert await auth.is_live(SECRET)
    elsewhere = PresentedKeys(
        platform.modules["auth"].database,
        auth.resources.get(ApiKeyDigests),
        auth.resources.get(PasswordHasher),
        auth.resources.get(RevocationFeed),
        AuthSettings(),
    )
    async with elsewhere.answering():
        found = await elsewhere.identify(SECRET)
    assert not isinstance(found, str)
