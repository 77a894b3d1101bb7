"""Signing keys are published ahead of use and kept until their last token has expired."""

import asyncio
from datetime import timedelta

import pytest
from joserfc.jwk import KeySet

from argus.contracts.auth.reasons import InactiveReason
from argus.kernel.ids import OrganizationId, format_id, new_id
from argus.services.auth.access_token import AccessTokenVerifier
from argus.services.auth.settings import AuthSettings
from argus.services.auth.signing_keys import service
from argus.services.auth.signing_keys.errors import SigningKeyNotFound
from argus.services.auth.signing_keys.service import CHANNEL, SigningKeys
from argus.services.auth.tokens.minting import Bounds, Mint, Standing
from support.auth import Auth
from support.platform import TestPlatform


def another_process(platform: TestPlatform) -> SigningKeys:
    return SigningKeys(
        platform.modules["auth"].database,
        platform.composition.keyring,
        platform.clock,
        AuthSettings(),
    )


@pytest.mark.operation("get_key_set")
@pytest.mark.requirement(
    "rfc7517:4.1:kty",
    "rfc7517:4.2:use",
    "rfc7517:4.4:alg",
    "rfc7517:5:keys",
    "rfc7517:9.2:no-private-part",
)
async def test_the_key_set_shows_public_keys_that_verifiers_may_cache(
    platform: TestPlatform, auth: Auth
) -> None:
    """RFC 7517 sections 4 and 5: `use` and `alg` on each, and no private part."""
    answer = await platform.client.get("/.well-known/jwks.json")
    assert answer.headers["cache-control"] == "public, max-age=300"
    [key] = answer.json()["keys"]
    assert set(key) == {"kty", "n", "e", "kid", "alg", "use"}
    assert (key["alg"], key["use"]) == ("RS256", "sig")
    [imported] = KeySet.import_key_set(answer.json()).keys
    assert imported.thumbprint() == key["kid"]
    assert (await platform.client.get("/.well-known/jwks.json")).json() == answer.json()


async def test_concurrent_starts_make_exactly_one_key(platform: TestPlatform, auth: Auth) -> None:
    starting = [another_process(platform) for _ in range(8)]
    async with asyncio.TaskGroup() as group:
        signers = [group.create_task(keys.signer()) for keys in starting]
    assert len({signer.result().kid for signer in signers}) == 1
    assert len(platform.query("select kid from auth.signing_key")) == 1
    assert len(auth.events("SigningKeyRotated")) == 1


@pytest.mark.requirement("rfc7517:9.2:no-private-part")
async def test_the_private_key_is_sealed_in_the_database(
    platform: TestPlatform, auth: Auth
) -> None:
    key = await auth.keys.signer()
    [row] = platform.query("select sealed_key from auth.signing_key")
    assert b"PRIVATE" not in row["sealed_key"]
    assert key.pair.as_der(private=True) not in row["sealed_key"]


@pytest.mark.requirement("oidc-core:10.1.1:rotation")
@pytest.mark.requirement("rfc7517:4.5:distinct-kids")
async def test_a_key_is_rotated_after_30_days_and_published_an_hour_before(
    platform: TestPlatform, auth: Auth
) -> None:
    first = await auth.keys.signer()
    platform.clock.advance(timedelta(days=30) - timedelta(hours=1, minutes=1))
    await auth.maintain()
    assert len(await auth.keys.published()) == 1
    platform.clock.advance(timedelta(minutes=1))
    await auth.maintain()
    await auth.maintain()
    assert len(await auth.keys.published()) == 2
    assert (await auth.keys.signer()).kid == first.kid
    platform.clock.advance(timedelta(hours=1))
    assert (await auth.keys.signer()).kid != first.kid


@pytest.mark.requirement("oidc-core:10.1.1:rotation")
async def test_a_key_is_kept_until_its_last_token_has_expired(
    platform: TestPlatform, auth: Auth
) -> None:
    first = await auth.keys.signer()
    second = await auth.keys.rotate()
    platform.clock.advance(timedelta(minutes=59, seconds=59))
    owner = await platform.owner()
    assert await auth.is_live(owner.token)
    platform.clock.advance(timedelta(minutes=9, seconds=59))
    await auth.maintain()
    assert await auth.is_live(owner.token), "signed by the first key, in its last second"
    platform.clock.advance(timedelta(minutes=51))
    assert await auth.keys.find(first.kid) is not None, (
        "an hour is the longest life that can be set"
    )
    platform.clock.advance(timedelta(minutes=1))
    assert await auth.keys.find(first.kid) is None
    await auth.maintain()
    assert [row["kid"] for row in platform.query("select kid from auth.signing_key")] == [
        second.kid
    ]


async def test_tokens_go_on_being_good_while_keys_are_rotated(
    platform: TestPlatform, auth: Auth
) -> None:
    owner = await platform.owner()
    refresh_token = owner.refresh_token
    token = owner.token
    signers: set[str] = set()
    for _ in range(12):
        await auth.keys.rotate()
        platform.clock.advance(timedelta(minutes=9))
        assert await auth.is_live(token)
        renewed = (await auth.refresh(refresh_token)).json()
        token, refresh_token = renewed["access_token"], renewed["refresh_token"]
        signers.add((await auth.keys.signer()).kid)
        await auth.maintain()
    assert len(signers) > 3


async def test_concurrent_rotations_when_it_is_due_make_one_key(platform: TestPlatform) -> None:
    processes = [another_process(platform) for _ in range(4)]
    for keys in processes:
        await keys.signer()
    platform.clock.advance(timedelta(days=30))
    async with asyncio.TaskGroup() as group:
        for keys in processes:
            group.create_task(keys.maintain())
    assert len(platform.query("select kid from auth.signing_key")) == 2


async def test_a_process_learns_of_anothers_key_when_a_token_names_it(
    platform: TestPlatform, auth: Auth
) -> None:
    """At most every ten seconds: junk does not make it look each time."""
    here, there = another_process(platform), another_process(platform)
    await here.signer()
    made = await there.rotate()
    assert await here.find(made.kid) is None, "it has just looked"
    platform.clock.advance(timedelta(seconds=10))
    assert await here.find(made.kid) is not None


async def test_a_slow_database_is_waited_for_where_only_it_knows_the_key(
    platform: TestPlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "_PATIENCE_S", 0.05)
    here, there = another_process(platform), another_process(platform)
    known = await here.signer()
    made = await there.rotate()
    platform.clock.advance(timedelta(minutes=1))
    async with asyncio.TaskGroup() as group:
        with platform.owner_connection.transaction():
            platform.owner_connection.execute("lock table auth.signing_key")
            assert await here.find(known.kid) is not None, "by what it knows"
            platform.clock.advance(timedelta(minutes=1))
            finding = group.create_task(here.find(made.kid))
            await asyncio.wait([finding], timeout=0.2)
            assert not finding.done()
    assert finding.result() is not None


@pytest.mark.requirement("rfc8725:3.2:agility")
async def test_keys_may_be_for_es256(
    monkeypatch: pytest.MonkeyPatch, platform: TestPlatform, auth: Auth
) -> None:
    """Chosen by the installation; the keys that exist keep their algorithm."""
    owner = await platform.owner()
    monkeypatch.setenv("ARGUS_AUTH_SIGNING_ALGORITHM", "ES256")
    await another_process(platform).rotate()
    platform.clock.advance(timedelta(hours=1))
    refreshed = (await auth.refresh(owner.refresh_token)).json()
    assert (await auth.keys.signer()).algorithm == "ES256"
    assert await auth.is_live(refreshed["access_token"])
    keys = (await platform.client.get("/.well-known/jwks.json")).json()["keys"]
    assert [(key["kty"], key["alg"]) for key in keys] == [("RSA", "RS256"), ("EC", "ES256")]


async def test_a_withdrawn_keys_tokens_are_refused_at_once_and_another_key_signs(
    platform: TestPlatform, auth: Auth
) -> None:
    owner = await platform.owner()
    leaked = await auth.keys.signer()
    await auth.keys.withdraw(leaked.kid)
    assert not await auth.is_live(owner.token)
    assert (await auth.keys.signer()).kid != leaked.kid
    renewed = (await auth.refresh(owner.refresh_token)).json()
    assert await auth.is_live(renewed["access_token"]), "nobody has to sign in again"
    keys = (await platform.client.get("/.well-known/jwks.json")).json()["keys"]
    assert [key["kid"] for key in keys] == [(await auth.keys.signer()).kid]
    assert auth.events("SigningKeyWithdrawn") == [("SigningKeyWithdrawn", {"kid": leaked.kid})]
    with pytest.raises(SigningKeyNotFound):
        await auth.keys.withdraw(leaked.kid)


async def test_the_published_successor_of_a_withdrawn_key_signs_sooner(
    platform: TestPlatform, auth: Auth
) -> None:
    leaked = await auth.keys.signer()
    successor = await auth.keys.rotate()
    await auth.keys.withdraw(leaked.kid)
    assert (await auth.keys.signer()).kid == successor.kid
    assert len(await auth.keys.published()) == 1


async def test_a_key_that_leaks_before_it_signs_is_replaced_and_ends_no_token(
    platform: TestPlatform, auth: Auth
) -> None:
    owner = await platform.owner()
    leaked = await auth.keys.rotate()
    await auth.keys.withdraw(leaked.kid)
    assert await auth.is_live(owner.token)
    assert (await auth.keys.signer()).kid != leaked.kid


async def test_processes_that_are_awake_refuse_a_withdrawn_key_at_once(
    platform: TestPlatform, auth: Auth
) -> None:
    elsewhere = another_process(platform)
    leaked = await elsewhere.signer()
    listener = platform.composition.listener
    async with asyncio.timeout(20), asyncio.TaskGroup() as group, elsewhere.awake(listener):
        listening = group.create_task(listener.run())
        async with listener.subscribe(CHANNEL, "") as wakeup:
            assert await wakeup.wait(20), "connected"
            await elsewhere.signer()
            await auth.keys.withdraw(leaked.kid)
            assert await wakeup.wait(20)
            while await elsewhere.find(leaked.kid) is not None:  # noqa: ASYNC110 - it is woken too
                await asyncio.sleep(0)
            assert (await elsewhere.signer()).kid != leaked.kid
        listening.cancel()


async def test_a_process_that_is_not_awake_knows_within_a_minute(
    monkeypatch: pytest.MonkeyPatch, platform: TestPlatform, auth: Auth
) -> None:
    monkeypatch.setattr(service, "_PATIENCE_S", 30)  # no outage: the database may be slow
    elsewhere = another_process(platform)
    leaked = await elsewhere.signer()
    await auth.keys.withdraw(leaked.kid)
    platform.clock.advance(timedelta(minutes=1))
    assert await elsewhere.find(leaked.kid) is None


async def test_the_first_key_is_found_by_a_process_that_has_just_seen_none(
    platform: TestPlatform,
) -> None:
    early, first = another_process(platform), another_process(platform)
    assert await early.find("not made yet") is None
    key = await first.signer()
    assert await early.find(key.kid) is not None


STANDING = Standing(format_id("usr", new_id()), OrganizationId(new_id()), ("owner",), 1)
BOUNDS = Bounds(client_id="argus", scopes=None, audience=None)


async def test_no_valid_token_is_refused_while_keys_rotate_under_load(
    monkeypatch: pytest.MonkeyPatch, platform: TestPlatform
) -> None:
    """Six processes sign, verify each other's tokens and rotate, all at once, for a day."""
    monkeypatch.setattr(service, "_PATIENCE_S", 30)  # no outage: the database may be slow
    monkeypatch.setenv("ARGUS_AUTH_SIGNING_ALGORITHM", "ES256")
    processes = [another_process(platform) for _ in range(6)]
    issuer = "https://argus.example"
    refused: list[str] = []
    used: set[str] = set()

    async def serve(keys: SigningKeys, others: list[SigningKeys]) -> None:
        mint = Mint(platform.clock, AuthSettings(), issuer)
        for _ in range(4):
            key = await keys.signer()
            used.add(key.kid)
            token = (await mint.mint(key, STANDING, BOUNDS, None)).token
            for other in others:
                verifier = AccessTokenVerifier(other, platform.clock, issuer)
                answer = await verifier.verify(token, issuer)
                if isinstance(answer, InactiveReason):
                    refused.append(answer)
            await asyncio.sleep(0)

    for step in range(24):
        async with asyncio.TaskGroup() as group:
            for keys in processes:
                group.create_task(serve(keys, processes))
            group.create_task(processes[step % 6].rotate())
            group.create_task(processes[(step + 1) % 6].maintain())
        platform.clock.advance(timedelta(hours=1))
    assert refused == []
    assert len(used) > 20
