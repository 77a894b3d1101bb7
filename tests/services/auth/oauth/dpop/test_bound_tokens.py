"""Tokens that are bound to a key, from the token endpoint to the edge: RFC 9449."""

import asyncio
from datetime import timedelta

import httpx
import pytest

from argus.services.auth.oauth.dpop.nonces import DpopNonces
from support.auth import Auth, outcome
from support.oauth import DpopKey, OAuth, RegisteredClient, refusal
from support.platform import Caller, TestPlatform

ME = "/api/v1/auth/me"
BAD_PROOF = (400, "invalid_dpop_proof")
NOT_PROVED = (401, "kernel.access.proof_not_valid")


@pytest.fixture
async def owner(platform: TestPlatform) -> Caller:
    return await platform.owner()


@pytest.fixture
async def client(oauth: OAuth, owner: Caller) -> RegisteredClient:
    return await oauth.client(owner)


@pytest.fixture
def key(platform: TestPlatform) -> DpopKey:
    return DpopKey(platform)


@pytest.fixture
async def token(oauth: OAuth, owner: Caller, client: RegisteredClient, key: DpopKey) -> str:
    return (await oauth.let_in(owner, client, "org:read", jkt=key.jkt)).access_token


async def get_me(platform: TestPlatform, headers: dict[str, str]) -> httpx.Response:
    return await platform.client.get(ME, headers=headers)


@pytest.mark.requirement("rfc9449:7.1:scheme", "rfc9449:6.1:jkt", "rfc9449:4.3:key-of-the-token")
@pytest.mark.requirement("rfc9700:2.2.1:sender-constrained")
async def test_a_bound_token_is_good_with_a_proof_of_its_key_only(
    platform: TestPlatform, key: DpopKey, token: str
) -> None:
    answer = await get_me(platform, key.headers(token, ME))
    assert answer.status_code == 200, answer.text
    for wrong in (
        DpopKey(platform).headers(token, ME),
        key.headers(token, "/api/v1/auth/sessions"),
        key.headers(token, ME, "POST"),
        key.headers(token, ME) | {"DPoP": key.proof(ME, "GET")},
        key.headers(token, ME) | {"DPoP": key.proof(ME, "GET", token="another")},
        {"Authorization": f"DPoP {token}"},
    ):
        answer = await get_me(platform, wrong)
        assert outcome(answer) == NOT_PROVED


@pytest.mark.requirement("rfc9449:7.2:not-as-bearer", "rfc9449:7.1:challenge")
async def test_a_bound_token_is_no_bearer_token(
    platform: TestPlatform, key: DpopKey, token: str
) -> None:
    proof = {"DPoP": key.proof(ME, "GET", token=token)}
    for headers in ({}, proof):
        answer = await get_me(platform, {"Authorization": f"Bearer {token}", **headers})
        assert outcome(answer) == NOT_PROVED
        challenge = answer.headers["www-authenticate"]
        assert challenge.startswith("DPoP ")
        assert 'error="invalid_dpop_proof"' in challenge
        assert 'algs="ES256 RS256 PS256 Ed25519"' in challenge


@pytest.mark.requirement("rfc9449:7.2:no-error-without-token")
async def test_who_sends_nothing_is_told_no_error(platform: TestPlatform) -> None:
    answer = await get_me(platform, {})
    assert answer.status_code == 401
    assert "DPoP" in answer.headers["www-authenticate"]
    assert "error" not in answer.headers["www-authenticate"]


async def test_a_token_that_is_not_bound_does_not_come_with_a_proof(
    platform: TestPlatform, auth: Auth, owner: Caller, key: DpopKey
) -> None:
    """Else a proof would seem to protect what it does not."""
    assert outcome(await get_me(platform, key.headers(owner.token, ME))) == NOT_PROVED
    api_key = (await auth.api_key(owner, "org:read"))["secret"]
    assert outcome(await get_me(platform, key.headers(api_key, ME))) == NOT_PROVED


@pytest.mark.requirement("rfc9449:11.1:replay")
async def test_a_proof_is_good_once_however_many_send_it(
    platform: TestPlatform, auth: Auth, key: DpopKey, token: str
) -> None:
    headers = key.headers(token, ME)
    async with asyncio.TaskGroup() as group:
        racers = [group.create_task(get_me(platform, headers)) for _ in range(8)]
    assert sorted(racer.result().status_code for racer in racers) == [200] + [401] * 7
    platform.clock.advance(timedelta(minutes=5))
    await auth.maintain()
    assert outcome(await get_me(platform, headers)) == NOT_PROVED
    platform.clock.advance(timedelta(seconds=1))
    await auth.maintain()
    assert platform.query("select * from auth.used_proof") == []
    assert outcome(await get_me(platform, headers)) == NOT_PROVED, "now it is too old"


@pytest.mark.requirement("rfc9449:4.3:one-header")
async def test_two_proofs_are_refused(
    platform: TestPlatform, oauth: OAuth, client: RegisteredClient, key: DpopKey, token: str
) -> None:
    both = [("DPoP", key.proof(ME, "GET", token=token)) for _ in range(2)]
    answer = await platform.client.get(ME, headers=[("Authorization", f"DPoP {token}"), *both])
    assert outcome(answer) == NOT_PROVED
    answer = await platform.client.post(
        "/oauth/token",
        data={"grant_type": "refresh_token", "refresh_token": "x", **client.form},
        headers=[("DPoP", key.proof()), ("DPoP", key.proof())],
    )
    assert refusal(answer) == BAD_PROOF


@pytest.mark.requirement("rfc9449:5:token-type", "rfc9449:5:invalid-proof")
async def test_the_token_endpoint_binds_tokens_to_the_key_that_was_proved(
    platform: TestPlatform, oauth: OAuth, owner: Caller, client: RegisteredClient, key: DpopKey
) -> None:
    issued = await oauth.let_in(owner, client, "org:read")
    proof = key.proof()
    answer = await oauth.refresh(client, issued.refresh_token, proof=proof)
    assert answer.json()["token_type"] == "DPoP"
    headers = key.headers(answer.json()["access_token"], ME)
    assert (await get_me(platform, headers)).status_code == 200
    successor = answer.json()["refresh_token"]
    for bad in (proof, "junk", key.proof(ME), key.proof(method="GET")):
        assert refusal(await oauth.refresh(client, successor, proof=bad)) == BAD_PROOF
    assert (await oauth.refresh(client, successor, proof=key.proof())).status_code == 200


@pytest.mark.requirement("rfc9449:5:refresh-bound")
async def test_a_public_clients_refresh_token_is_bound_to_its_key(
    platform: TestPlatform, oauth: OAuth, owner: Caller, client: RegisteredClient, key: DpopKey
) -> None:
    issued = await oauth.let_in(owner, client, "org:read", jkt=key.jkt)
    token = issued.refresh_token
    for proof in ("", DpopKey(platform).proof()):
        refused = await oauth.refresh(client, token, proof=proof)
        assert refusal(refused) == (400, "invalid_grant")
    assert (await oauth.refresh(client, token, proof=key.proof())).status_code == 200


async def test_a_confidential_client_may_change_its_key(
    platform: TestPlatform, oauth: OAuth, owner: Caller, key: DpopKey
) -> None:
    """RFC 9449 section 5: its refresh tokens are bound to its own authentication."""
    client = await oauth.client(owner, token_endpoint_auth_method="client_secret_post")
    issued = await oauth.let_in(owner, client, "org:read", jkt=key.jkt, is_public=False)
    new_key = DpopKey(platform)
    answer = await oauth.refresh(client, issued.refresh_token, proof=new_key.proof())
    headers = new_key.headers(answer.json()["access_token"], ME)
    assert (await get_me(platform, headers)).status_code == 200


@pytest.mark.requirement("rfc9449:5.2:bound-clients")
async def test_a_client_that_is_registered_for_bound_tokens_gets_no_others(
    oauth: OAuth, owner: Caller, key: DpopKey
) -> None:
    client = await oauth.client(owner, dpop_bound_access_tokens=True)
    issued = await oauth.let_in(owner, client, "org:read")
    assert refusal(await oauth.refresh(client, issued.refresh_token)) == BAD_PROOF
    answer = await oauth.refresh(client, issued.refresh_token, proof=key.proof())
    assert answer.json()["token_type"] == "DPoP"


async def test_another_service_may_have_a_bound_token_validated_with_its_proof(
    auth: Auth, owner: Caller, key: DpopKey, token: str
) -> None:
    url = "https://service.example/orders"
    jwt = key.proof("", "GET", token=token, htu=url)
    sent = {"jwt": jwt, "method": "GET", "url": url + "?page=2"}
    assert (await auth.validate(token, owner))["reason"] == "proof"
    assert (await auth.validate(token, owner, proof=sent))["active"]
    assert (await auth.validate(token, owner, proof=sent))["reason"] == "proof", "it was used"


class TestNonces:
    """RFC 9449 sections 8 and 9, in an installation that asks for them."""

    @pytest.fixture(autouse=True)
    def nonce_required(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ARGUS_AUTH_DPOP_NONCE", "true")

    @pytest.mark.requirement("rfc9449:8:use-nonce", "rfc9449:4.3:nonce")
    async def test_the_token_endpoint_tells_the_nonce_it_needs(
        self, oauth: OAuth, owner: Caller, client: RegisteredClient, key: DpopKey
    ) -> None:
        token = (await oauth.let_in(owner, client, "org:read")).refresh_token
        first = await oauth.refresh(client, token, proof=key.proof())
        assert refusal(first) == (400, "use_dpop_nonce")
        nonce = first.headers["dpop-nonce"]
        answer = await oauth.refresh(client, token, proof=key.proof(nonce=nonce))
        assert answer.status_code == 200, answer.text

    @pytest.mark.requirement("rfc9449:9:resource-nonce", "rfc9449:11.3:nonce-downgrade")
    async def test_so_does_the_edge(self, platform: TestPlatform, key: DpopKey, token: str) -> None:
        first = await get_me(platform, key.headers(token, ME))
        assert outcome(first) == NOT_PROVED
        assert 'error="use_dpop_nonce"' in first.headers["www-authenticate"]
        nonce = first.headers["dpop-nonce"]
        assert (await get_me(platform, key.headers(token, ME, nonce=nonce))).status_code == 200

    @pytest.mark.requirement("rfc9449:8:unpredictable")
    @pytest.mark.requirement("rfc9449:8:unknown-nonce", "rfc9449:8:one-nonce")
    async def test_an_old_or_invented_nonce_is_answered_with_a_new_one(
        self, platform: TestPlatform, auth: Auth, key: DpopKey, token: str
    ) -> None:
        nonce = auth.resources.get(DpopNonces).current()
        platform.clock.advance(timedelta(minutes=2))
        assert (await get_me(platform, key.headers(token, ME, nonce=nonce))).status_code == 200
        platform.clock.advance(timedelta(minutes=2))
        for stale in (nonce, "invented", "é"):
            answer = await get_me(platform, key.headers(token, ME, nonce=stale))
            assert outcome(answer) == NOT_PROVED
            assert answer.headers["dpop-nonce"] not in (nonce, stale)
            assert len(answer.headers.get_list("dpop-nonce")) == 1
