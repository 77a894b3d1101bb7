"""What a client remembers, asks, and does while Argus or its feed is away."""

import asyncio
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace

import pytest

from argus_client import (
    ArgusClient,
    AsyncArgusClient,
    Forbidden,
    PlatformRefused,
    Proof,
    RevocationsStale,
    Unavailable,
)
from argus_client.fake_argus import FakeArgus
from argus_client.ids import uuid_bytes
from argus_client.questions import Questions
from argus_client.signing import SigningKey
from client_support import MovableClocks, eventually, is_good, is_revoked, reason_of

KEYS = "GET /.well-known/jwks.json"
BATCH = "POST /api/v1/auth/validate/batch"


def test_a_token_is_verified_without_a_question(
    argus: ArgusClient, argus_issuer: FakeArgus
) -> None:
    first = argus.verify(argus_issuer.token("results:read"))
    asked = len(argus_issuer.asked)
    principal = argus.verify(argus_issuer.token("results:read", roles=["viewer"]))
    assert len(argus_issuer.asked) == asked
    assert first.organization_id == argus_issuer.organization_id
    principal.require("results:read")
    with pytest.raises(Forbidden, match="results:export"):
        principal.require("results:read", "results:export")


def test_a_session_may_what_its_roles_may_and_a_scope_of_ones_own_what_it_names(
    argus: ArgusClient, argus_issuer: FakeArgus
) -> None:
    member = argus.verify(argus_issuer.token(roles=["member"]))
    assert member.may("test:write")
    assert not member.may("org:write")
    assert not member.may("invoices:read")  # no role grants what is not Argus's
    limited = argus.verify(argus_issuer.token("invoices:read", "org:write", roles=["member"]))
    assert limited.may("invoices:read")
    assert not limited.may("org:write")


def test_a_revoked_token_is_refused_though_it_was_remembered(
    argus: ArgusClient, argus_issuer: FakeArgus
) -> None:
    token, other = argus_issuer.token(), argus_issuer.token()
    argus.verify(token)
    argus_issuer.revoke(token)
    eventually(lambda: is_revoked(argus, token))
    assert argus.verify(other)
    assert argus.verify(argus_issuer.token())


def test_a_token_ends_when_it_expires_though_it_was_remembered(
    argus: ArgusClient, argus_issuer: FakeArgus, clocks: MovableClocks
) -> None:
    token = argus_issuer.token(expires_in=30)
    argus.verify(token)
    clocks.wall_ahead = 31
    assert reason_of(argus, token) == "expired"


@pytest.mark.parametrize("prefix", ["usr", "org", "ses"])
def test_the_end_of_a_person_an_organization_or_a_session_ends_their_tokens(
    argus: ArgusClient, argus_issuer: FakeArgus, prefix: str
) -> None:
    token = argus_issuer.token()
    principal = argus.verify(token)
    names = {"usr": principal.id, "org": principal.organization_id, "ses": principal.credential}
    argus_issuer.tell(uuid_bytes(names[prefix], prefix))
    eventually(lambda: is_revoked(argus, token))


def test_a_cut_feed_is_trusted_until_the_bound_and_then_nothing_is_accepted(
    argus: ArgusClient, argus_issuer: FakeArgus, clocks: MovableClocks
) -> None:
    token = argus_issuer.token(expires_in=3000)
    argus.verify(token)
    argus_issuer.cut_feed()
    clocks.advance(50)
    assert argus.verify(token)
    assert argus.verify(argus_issuer.token())
    clocks.advance(15)
    for refused in (token, argus_issuer.token()):
        with pytest.raises(RevocationsStale):
            argus.verify(refused)
    argus_issuer.mend_feed()
    eventually(lambda: is_good(argus, token))


def test_what_was_revoked_during_a_cut_is_known_after_it(
    argus: ArgusClient, argus_issuer: FakeArgus
) -> None:
    token = argus_issuer.token()
    argus.verify(token)
    argus_issuer.cut_feed()
    argus_issuer.revoke(token)
    assert argus.verify(token)  # within the bound
    argus_issuer.mend_feed()
    eventually(lambda: is_revoked(argus, token))


def test_a_service_may_have_argus_asked_when_the_feed_is_gone(
    argus_issuer: FakeArgus, clocks: MovableClocks
) -> None:
    settings = replace(argus_issuer.settings, when_stale="ask")
    with ArgusClient(settings, wall=clocks.wall, monotonic=clocks.monotonic) as argus:
        good, bad = (argus_issuer.token("test:read", expires_in=3000) for _ in range(2))
        expected = argus.verify(good)
        argus_issuer.cut_feed()
        argus_issuer.revoke(bad)
        clocks.advance(100)
        answered = argus.verify(good)
        assert (answered.id, answered.permissions) == (expected.id, expected.permissions)
        assert is_revoked(argus, bad)
        argus_issuer.stop()
        with pytest.raises(Unavailable):
            argus.verify(good)


def test_while_argus_is_down_tokens_go_on_being_verified(
    argus: ArgusClient, argus_issuer: FakeArgus
) -> None:
    token, key = argus_issuer.token(), argus_issuer.api_key("results:read")
    argus.verify(token)
    argus.verify(key)
    argus_issuer.stop()
    assert argus.verify(token)
    assert argus.verify(argus_issuer.token())
    assert argus.verify(key)
    with pytest.raises(Unavailable):
        argus.verify(argus_issuer.api_key())


def test_a_service_that_starts_before_argus_finds_it_later(
    argus: ArgusClient, argus_issuer: FakeArgus
) -> None:
    argus_issuer.stop()
    token = argus_issuer.token()
    for _ in range(2):
        with pytest.raises(Unavailable):
            argus.verify(token)
    argus_issuer.start()
    eventually(lambda: is_good(argus, token))


def test_unknown_keys_make_it_look_again_but_not_often(
    argus: ArgusClient, argus_issuer: FakeArgus, clocks: MovableClocks
) -> None:
    argus.verify(argus_issuer.token())
    stranger = FakeArgus(organization_id=argus_issuer.organization_id)

    def forged() -> str:
        return stranger.token(iss=argus_issuer.url, audience=argus_issuer.url)

    clocks.advance(11)
    with ThreadPoolExecutor(8) as pool:
        reasons = list(pool.map(lambda _: reason_of(argus, forged()), range(64)))
    assert reasons == ["unknown"] * 64
    assert argus_issuer.asked.count(KEYS) == 2
    argus_issuer.key = stranger.key  # rotated without notice
    clocks.advance(11)
    assert argus.verify(forged())
    assert argus_issuer.asked.count(KEYS) == 3


def test_a_service_that_starts_under_load_asks_once_for_each_thing(
    argus: ArgusClient, argus_issuer: FakeArgus
) -> None:
    tokens = [argus_issuer.token() for _ in range(32)]
    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(argus.verify, tokens))
    assert sorted(argus_issuer.asked) == [KEYS, "GET /api/v1/auth/me", "POST /oauth/token"]


def test_keys_are_fetched_anew_while_the_old_are_used(
    argus: ArgusClient, argus_issuer: FakeArgus, clocks: MovableClocks
) -> None:
    argus.verify(argus_issuer.token())
    clocks.monotonic_ahead = 301
    argus_issuer.cut_feed()
    argus_issuer.mend_feed()  # the clock has moved: it has to be heard again
    eventually(lambda: is_good(argus, argus_issuer.token()))
    eventually(lambda: argus_issuer.asked.count(KEYS) == 2)


def test_a_keys_answer_is_remembered_until_something_about_it_changes(
    argus: ArgusClient, argus_issuer: FakeArgus
) -> None:
    key = argus_issuer.api_key("results:read", "test:execute")
    principal = argus.verify(key)
    assert principal.method == "api_key"
    assert principal.permissions == {"results:read", "test:execute"}
    assert all(argus.verify(key) == principal for _ in range(5))
    assert argus_issuer.validated == [key]
    argus_issuer.tell(uuid_bytes(argus_issuer.user_id, "usr"))  # somebody else's affair
    argus_issuer.tell(uuid_bytes(principal.organization_id, "org"))
    eventually(lambda: bool(argus.verify(key)) and len(argus_issuer.validated) == 2)
    argus_issuer.revoke(key)
    eventually(lambda: is_revoked(argus, key))


def test_a_keys_answer_is_asked_anew_after_a_while_whatever_the_feed_says(
    argus: ArgusClient, argus_issuer: FakeArgus, clocks: MovableClocks
) -> None:
    key = argus_issuer.api_key()
    argus.verify(key)
    clocks.wall_ahead = 301
    argus.verify(key)
    assert argus_issuer.validated == [key, key]


def test_while_the_feed_is_away_each_use_of_a_key_is_asked(
    argus: ArgusClient, argus_issuer: FakeArgus, clocks: MovableClocks
) -> None:
    key = argus_issuer.api_key()
    argus.verify(key)
    argus_issuer.cut_feed()
    clocks.advance(61)
    argus.verify(key)
    argus_issuer.revoke(key)
    assert is_revoked(argus, key)


def test_an_unknown_key_is_asked_about_once_in_a_while(
    argus: ArgusClient, argus_issuer: FakeArgus, clocks: MovableClocks
) -> None:
    for _ in range(5):
        assert reason_of(argus, "argus_sk_unknown") == "unknown"
    assert argus_issuer.validated == ["argus_sk_unknown"]
    clocks.advance(6)
    assert reason_of(argus, "argus_sk_unknown") == "unknown"
    assert len(argus_issuer.validated) == 2


async def test_many_that_ask_at_once_are_few_requests(
    monkeypatch: pytest.MonkeyPatch, argus_issuer: FakeArgus
) -> None:
    same, others = argus_issuer.api_key(), [argus_issuer.api_key() for _ in range(150)]
    all_asked, send_all = threading.Event(), Questions._send_all  # noqa: SLF001

    def send_when_all_asked(questions: Questions) -> None:
        assert all_asked.wait(60)
        send_all(questions)

    monkeypatch.setattr(Questions, "_send_all", send_when_all_asked)
    async with AsyncArgusClient(argus_issuer.settings) as argus:
        await argus.verify(argus_issuer.token())
        async with asyncio.TaskGroup() as group:
            for key in [same] * 150 + others:
                group.create_task(argus.verify(key))
            await asyncio.sleep(0)
            all_asked.set()
    assert sorted(argus_issuer.validated) == sorted({same, *others})
    assert argus_issuer.asked.count(BATCH) == 2


async def test_who_gives_up_waiting_does_not_take_the_others_answer_away(
    argus_issuer: FakeArgus,
) -> None:
    key = argus_issuer.api_key()
    async with AsyncArgusClient(argus_issuer.settings) as argus:
        async with asyncio.TaskGroup() as group:
            impatient = group.create_task(argus.verify(key))
            patient = group.create_task(argus.verify(key))
            await asyncio.sleep(0)
            impatient.cancel()
        assert (await patient).method == "api_key"


async def test_both_clients_share_what_they_know(argus_issuer: FakeArgus) -> None:
    argus = ArgusClient(argus_issuer.settings)
    async with argus.awaitable as awaitable:
        token = argus_issuer.token()
        assert await awaitable.verify(token) is argus.verify(token)
        assert await awaitable.access_token() == argus.access_token()


def test_a_bound_token_is_not_accepted_without_a_proof(
    argus: ArgusClient, argus_issuer: FakeArgus
) -> None:
    token = argus_issuer.token(cnf={"jkt": "thumbprint"})
    argus.verify(token, Proof("a proof", "GET", "https://reports.example/"))
    argus.verify(token)
    assert argus_issuer.validated == [token, token]  # Argus decides, each time
    assert argus.verify(argus_issuer.token())


@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")
def test_a_forked_process_follows_the_feed_itself(
    argus: ArgusClient, argus_issuer: FakeArgus
) -> None:
    token = argus_issuer.token()
    argus.verify(token)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            assert argus.verify(token)
            argus_issuer_revoked = argus_issuer.token()
            assert argus.verify(argus_issuer_revoked)
            code = 0
        finally:
            os._exit(code)
    assert os.waitpid(child, 0)[1] == 0
    assert argus_issuer.asked.count("GET /api/v1/auth/me") == 2
    assert argus.verify(token)


def test_an_rsa_key_verifies_as_well(clocks: MovableClocks) -> None:
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = SigningKey(rsa.generate_private_key(65537, 2048))
    with FakeArgus(key=key) as fake, ArgusClient(fake.settings) as argus:
        assert argus.verify(fake.token()).id == fake.user_id


def test_a_page_of_a_proxy_is_not_taken_for_argus(
    argus: ArgusClient, argus_issuer: FakeArgus
) -> None:
    for request in ("POST /oauth/token", "GET /api/v1/auth/me", BATCH):
        argus_issuer.instead[request] = [(200, "<html>"), (200, []), (200, {})]
    argus_issuer.instead[KEYS] = [(200, "<html>"), (200, {})]
    token, key = argus_issuer.token(), argus_issuer.api_key()
    for _ in range(9):
        with suppress(Unavailable, PlatformRefused):
            argus.verify(token)
    eventually(lambda: is_good(argus, token) and is_good(argus, key))
