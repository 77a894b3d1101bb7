"""Rotation, replay and reuse of refresh tokens: RFC 9700 section 4.14.2, RFC 6749 section 6."""

import asyncio
import hashlib
from datetime import timedelta

import pytest

from argus.contracts.identity.rpc import DEACTIVATE_USER
from argus.contracts.identity.v1 import identity_pb2
from argus.kernel.db.unit_of_work import UnitOfWork
from argus.kernel.ids import OrganizationId, format_id, parse_id
from argus.kernel.principal import anonymous
from argus.services.auth.sha256 import sha256_of
from argus.services.auth.tokens.errors import RefreshTokenInvalid
from argus.services.auth.tokens.repository import RefreshTokenRepository, Rotation
from argus.services.auth.tokens.service import Refresh, TokenService
from support.auth import Auth, outcome
from support.oauth import OAuth, RegisteredClient
from support.organizations import Tenant
from support.platform import TestPlatform

REFUSED = (401, "auth.refresh_token.invalid")
WITHIN_GRACE, AFTER_GRACE = timedelta(seconds=20), timedelta(seconds=21)


@pytest.mark.operation("refresh_tokens")
async def test_a_refresh_token_is_exchanged_for_new_tokens_of_the_same_session(
    platform: TestPlatform, auth: Auth
) -> None:
    owner = await platform.owner()
    platform.clock.advance(timedelta(minutes=11))
    assert not await auth.is_live(owner.token)
    answer = await auth.refresh(owner.refresh_token)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert await auth.is_live(body["access_token"])
    assert body["refresh_token"] != owner.refresh_token
    assert body["organization_id"] == owner.organization_id
    [session] = platform.query("select * from auth.session")
    assert session["last_seen_at"] == platform.clock.now()
    assert (await auth.refresh(body["refresh_token"])).status_code == 200


@pytest.mark.requirement("rfc6749:10.4:refresh-tokens-kept")
async def test_only_hashes_of_refresh_tokens_are_stored(platform: TestPlatform, auth: Auth) -> None:
    owner = await platform.owner()
    successor = (await auth.refresh(owner.refresh_token)).json()["refresh_token"]
    rows = platform.query(
        "select * from auth.refresh_token order by created_at, parent nulls first"
    )
    hashes = [hashlib.sha256(token.encode()).digest() for token in (owner.refresh_token, successor)]
    assert [row["hash"] for row in rows] == hashes
    assert [row["parent"] for row in rows] == [None, hashes[0]]
    assert successor.encode() not in rows[0]["sealed_answer"]


@pytest.mark.requirement("attacks:refresh:64-racers")
async def test_64_racers_with_one_token_all_get_the_same_answer(
    platform: TestPlatform, auth: Auth
) -> None:
    """Nobody is logged out, and the family has one successor."""
    owner = await platform.owner()
    async with asyncio.TaskGroup() as group:
        racers = [group.create_task(auth.refresh(owner.refresh_token)) for _ in range(64)]
    answers = [racer.result() for racer in racers]
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    assert len(platform.query("select * from auth.refresh_token")) == 2
    assert (await auth.refresh(answers[0].json()["refresh_token"])).status_code == 200


async def test_of_two_replicas_with_one_token_one_rotates_it(platform: TestPlatform) -> None:
    owner = await platform.owner()

    async def rotate(uow: UnitOfWork, successor: bytes) -> set[bytes]:
        rotation = Rotation(
            hash=sha256_of(owner.refresh_token),
            client_id="argus",
            jkt=None,
            successor=successor,
            bound_to=OrganizationId(parse_id("org", owner.organization_id)),
            sealed_answer=b"an answer",
        )
        return await RefreshTokenRepository(uow).rotate([rotation], platform.clock.now())

    async def rotate_too() -> set[bytes]:
        async with platform.unit_of_work("auth", anonymous()) as uow:
            return await rotate(uow, b"second")

    async with (
        asyncio.timeout(30),
        asyncio.TaskGroup() as group,
        platform.unit_of_work("auth", anonymous()) as uow,
    ):
        assert await rotate(uow, b"first") == {b"first"}
        other = group.create_task(rotate_too())
        while not platform.query("select from pg_locks where not granted"):  # noqa: ASYNC110 - of PostgreSQL
            await asyncio.sleep(0)
    assert other.result() == set()


async def test_within_the_grace_window_the_identical_answer_is_given_again(
    platform: TestPlatform, auth: Auth
) -> None:
    owner = await platform.owner()
    first = (await auth.refresh(owner.refresh_token)).json()
    platform.clock.advance(WITHIN_GRACE)
    again = (await auth.refresh(owner.refresh_token)).json()
    assert again == first | {"expires_in": first["expires_in"] - 20}


@pytest.mark.requirement("rfc9700:4.14.2:replay-revokes", "rfc9700:2.2.2:public-rotation")
@pytest.mark.requirement("attacks:refresh:replay-outside-grace")
async def test_reuse_after_the_grace_window_ends_the_session(
    platform: TestPlatform, auth: Auth
) -> None:
    """One of the two who hold the token is a thief, and nobody knows which."""
    owner = await platform.owner()
    other = await platform.sign_in(owner.email)
    first = (await auth.refresh(owner.refresh_token)).json()
    platform.clock.advance(AFTER_GRACE)
    assert outcome(await auth.refresh(owner.refresh_token)) == REFUSED
    assert not await auth.is_live(first["access_token"])
    assert outcome(await auth.refresh(first["refresh_token"])) == REFUSED
    assert await auth.is_live(other.token), "the person's other session goes on"
    revoked = {
        "user_id": owner.user_id,
        "session_id": first["session_id"],
        "reason": "refresh_reuse",
    }
    assert auth.events("SessionRevoked") == [("SessionRevoked", revoked)]
    assert outcome(await auth.refresh(owner.refresh_token)) == REFUSED
    assert len(auth.events("SessionRevoked")) == 1


@pytest.mark.requirement("attacks:refresh:replay-inside-grace")
async def test_a_replayed_answer_is_for_the_same_client_and_organization_only(
    platform: TestPlatform, auth: Auth, acme: Tenant
) -> None:
    """A mismatch within the grace window is refused and ends nothing."""
    tokens = auth.resources.get(TokenService)
    first = (await auth.refresh(acme.owner.refresh_token)).json()
    with pytest.raises(RefreshTokenInvalid):
        await tokens.refresh(acme.owner.refresh_token, Refresh(client_id="another"), anonymous())
    [personal] = platform.query("select organization_id from identity.organizations where personal")
    with pytest.raises(RefreshTokenInvalid):
        await tokens.refresh(
            acme.owner.refresh_token,
            Refresh(client_id="argus", organization_id=OrganizationId(personal["organization_id"])),
            anonymous(),
        )
    assert await auth.is_live(first["access_token"])
    assert (await auth.refresh(acme.owner.refresh_token)).json() == first


@pytest.mark.requirement("rfc6749:10.4:refresh-tokens-kept", "rfc6749:6:own-token")
async def test_another_client_cannot_use_the_token(platform: TestPlatform, auth: Auth) -> None:
    """RFC 6749 section 10.4: a refresh token is bound to the client it was issued to."""
    owner = await platform.owner()
    tokens = auth.resources.get(TokenService)
    with pytest.raises(RefreshTokenInvalid):
        await tokens.refresh(owner.refresh_token, Refresh(client_id="another"), anonymous())
    assert (await auth.refresh(owner.refresh_token)).status_code == 200


async def test_refreshing_switches_to_another_organization(
    platform: TestPlatform, auth: Auth, acme: Tenant
) -> None:
    personal = await platform.sign_in(acme.owner.email)
    switched = (await auth.refresh(personal.refresh_token, organization_id=acme.id)).json()
    assert switched["organization_id"] == acme.id
    stays = (await auth.refresh(switched["refresh_token"])).json()
    assert stays["organization_id"] == acme.id


async def test_what_was_let_in_for_one_organization_stays_there(
    platform: TestPlatform, auth: Auth, oauth: OAuth, acme: Tenant
) -> None:
    at_home = await platform.sign_in(acme.owner.email)
    limited = await oauth.let_in(at_home, RegisteredClient("argus"), "test:read")
    answer = await auth.refresh(limited.refresh_token, organization_id=acme.id)
    assert outcome(answer) == (404, "auth.organization.not_found")
    assert (await auth.refresh(limited.refresh_token)).status_code == 200


async def test_an_organization_one_is_no_member_of_leaves_the_token_unused(
    platform: TestPlatform, auth: Auth, acme: Tenant
) -> None:
    eve = await platform.owner("eve@example.com")
    answer = await auth.refresh(eve.refresh_token, organization_id=acme.id)
    assert outcome(answer) == (404, "auth.organization.not_found")
    assert (await auth.refresh(eve.refresh_token)).status_code == 200


async def test_a_removed_member_goes_on_in_their_other_organizations(
    platform: TestPlatform, auth: Auth, acme: Tenant
) -> None:
    bob = await acme.member("bob@example.com", "member")
    answer = await platform.client.delete(
        f"/api/v1/members/{bob.user_id}", headers=acme.owner.headers
    )
    assert answer.status_code == 204, answer.text
    assert outcome(await auth.refresh(bob.refresh_token)) == (404, "auth.organization.not_found")
    [personal] = platform.query(
        "select organization_id from identity.memberships where user_id = %s",
        parse_id("usr", bob.user_id),
    )
    goes_on = await auth.refresh(
        bob.refresh_token, organization_id=format_id("org", personal["organization_id"])
    )
    assert goes_on.status_code == 200


async def test_a_deactivated_user_cannot_refresh(platform: TestPlatform, auth: Auth) -> None:
    """At once, before the event arrives that ends the sessions."""
    owner = await platform.owner()
    await platform.rpc.call(
        DEACTIVATE_USER, identity_pb2.DeactivateUserRequest(user_id=owner.user_id)
    )
    assert outcome(await auth.refresh(owner.refresh_token)) == REFUSED


@pytest.mark.requirement("rfc9700:4.14.2:expires")
async def test_a_session_ends_30_days_after_sign_in_however_often_it_is_refreshed(
    platform: TestPlatform, auth: Auth
) -> None:
    token = (await platform.owner()).refresh_token
    for _ in range(2):
        platform.clock.advance(timedelta(days=14, hours=23))
        token = (await auth.refresh(token)).json()["refresh_token"]
    platform.clock.advance(timedelta(hours=2))
    assert outcome(await auth.refresh(token)) == REFUSED


async def test_junk_is_refused_like_an_expired_token(auth: Auth) -> None:
    for junk in ["argus_rt_guessed", "eyJ.eyJ.x", "'; drop table auth.session"]:
        assert outcome(await auth.refresh(junk)) == REFUSED


async def test_what_is_no_longer_needed_is_dropped(platform: TestPlatform, auth: Auth) -> None:
    """Answers after the grace window, used tokens in a week, sessions a month after their end."""
    owner = await platform.owner()
    await auth.refresh(owner.refresh_token)
    platform.clock.advance(AFTER_GRACE)
    await auth.maintain()
    sealed = "select count(sealed_answer) as answers, count(*) as tokens from auth.refresh_token"
    assert platform.query(sealed) == [{"answers": 0, "tokens": 2}]
    platform.clock.advance(timedelta(days=8))
    await auth.maintain()
    assert platform.query(sealed) == [{"answers": 0, "tokens": 1}]
    platform.clock.advance(timedelta(days=60))
    await auth.maintain()
    assert platform.query("select id from auth.session") == []
    assert platform.query(sealed) == [{"answers": 0, "tokens": 0}]
