"""Keys of other issuers: when they are fetched, and when they are believed."""

import asyncio
import base64
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import orjson
import pytest
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from argus.kernel.outbound import Outbound
from argus.kernel.settings import KernelSettings
from argus.services.auth.foreign_tokens.keys import (
    COOLDOWN,
    LONGEST_FRESH,
    LONGEST_STALE,
    SHORTEST_FRESH,
    RemoteKeys,
    parse_key_set,
)
from support.loopback import Issuer, Signer, serving
from support.platform import FrozenClock


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    server = Issuer(Signer(key=ECKey.generate_key("P-256"), algorithm="ES256"))
    with serving(server):
        yield server


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
def keys(clock: FrozenClock) -> RemoteKeys:
    return RemoteKeys(Outbound(KernelSettings(outbound_allow=("127.0.0.0/8",))), clock)


async def is_known(keys: RemoteKeys, issuer: Issuer, kid: str | None = "one") -> bool:
    return await keys.find(f"{issuer.url}/keys", kid) is not None


async def test_a_set_is_fetched_once_however_many_ask(keys: RemoteKeys, issuer: Issuer) -> None:
    assert all(await asyncio.gather(*(is_known(keys, issuer) for _ in range(20))))
    assert issuer.asked == ["/keys"]


async def test_made_up_key_ids_cost_one_request_per_cooldown(
    keys: RemoteKeys, issuer: Issuer, clock: FrozenClock
) -> None:
    await is_known(keys, issuer)
    for number in range(5):
        assert not await is_known(keys, issuer, f"made up {number}")
    assert len(issuer.asked) == 1
    clock.advance(COOLDOWN)
    for number in range(5):
        assert not await is_known(keys, issuer, f"made up {number}")
    assert len(issuer.asked) == 2


async def test_a_new_key_is_found_when_the_cooldown_is_over(
    keys: RemoteKeys, issuer: Issuer, clock: FrozenClock
) -> None:
    await is_known(keys, issuer)
    issuer.keys.append(Signer("two").jwk)
    clock.advance(COOLDOWN)
    assert await is_known(keys, issuer, "two")


async def test_a_withdrawn_key_stops_working_when_the_set_has_aged(
    keys: RemoteKeys, issuer: Issuer, clock: FrozenClock
) -> None:
    await is_known(keys, issuer)
    issuer.keys = [Signer("two").jwk]
    clock.advance(SHORTEST_FRESH - timedelta(seconds=1))
    assert await is_known(keys, issuer)
    clock.advance(timedelta(seconds=1))
    assert not await is_known(keys, issuer)


@pytest.mark.parametrize(
    ("said", "fresh"),
    [
        ("max-age=0", SHORTEST_FRESH),
        ("public, max-age=1800", timedelta(minutes=30)),
        ("max-age=999999999", LONGEST_FRESH),
        ("no-store", SHORTEST_FRESH),
    ],
)
async def test_the_issuer_says_within_bounds_how_long_a_set_is_used(
    keys: RemoteKeys, issuer: Issuer, clock: FrozenClock, said: str, fresh: timedelta
) -> None:
    issuer.headers["Cache-Control"] = said
    await is_known(keys, issuer)
    clock.advance(fresh - timedelta(seconds=1))
    await is_known(keys, issuer)
    assert len(issuer.asked) == 1
    clock.advance(timedelta(seconds=1))
    await is_known(keys, issuer)
    assert len(issuer.asked) == 2


@pytest.mark.parametrize("broken", ["fails", "empty"])
async def test_known_keys_are_used_for_a_while_when_the_issuer_is_down(
    keys: RemoteKeys, issuer: Issuer, clock: FrozenClock, broken: str
) -> None:
    await is_known(keys, issuer)
    if broken == "fails":
        issuer.fails = True
    else:
        issuer.keys = []
    clock.advance(LONGEST_STALE - timedelta(seconds=1))
    assert await is_known(keys, issuer)
    clock.advance(timedelta(seconds=1))
    assert not await is_known(keys, issuer)


async def test_a_failed_try_counts_for_the_cooldown(
    keys: RemoteKeys, issuer: Issuer, clock: FrozenClock
) -> None:
    issuer.fails = True
    for _ in range(3):
        assert not await is_known(keys, issuer)
    assert len(issuer.asked) == 1
    issuer.fails = False
    clock.advance(COOLDOWN)
    assert await is_known(keys, issuer)


async def test_a_token_without_key_id_is_of_the_only_key(
    keys: RemoteKeys, issuer: Issuer, clock: FrozenClock
) -> None:
    assert await is_known(keys, issuer, None)
    issuer.keys.append(Signer("two").jwk)
    clock.advance(SHORTEST_FRESH)
    assert not await is_known(keys, issuer, None)


async def test_keys_inside_the_own_network_are_not_fetched(
    issuer: Issuer, clock: FrozenClock
) -> None:
    keys = RemoteKeys(Outbound(KernelSettings()), clock)
    assert not await is_known(keys, issuer)
    assert issuer.asked == []


def parsed(**changes: object) -> list[tuple[str | None, str]]:
    jwk: dict[str, Any] = {**RSA.as_dict(private=False), "kid": "one", **changes}
    document = b'{"keys":[%s]}' % orjson.dumps({k: v for k, v in jwk.items() if v is not None})
    return [(key.kid, key.algorithm) for key in parse_key_set(document)]


RSA = RSAKey.generate_key(2048)


def test_a_key_is_for_exactly_one_algorithm() -> None:
    assert parsed() == [("one", "RS256")]
    assert parsed(alg="PS256") == [("one", "PS256")]
    for curve, algorithm in (("P-256", "ES256"), ("P-384", "ES384"), ("P-521", "ES512")):
        key = ECKey.generate_key(curve).as_dict(private=False)
        document = orjson.dumps({"keys": [key]})
        assert [found.algorithm for found in parse_key_set(document)] == [algorithm]
    document = orjson.dumps({"keys": [OKPKey.generate_key("Ed25519").as_dict(private=False)]})
    assert [found.algorithm for found in parse_key_set(document)] == ["EdDSA"]


@pytest.mark.parametrize(
    "changes",
    [
        {"alg": "HS256"},
        {"alg": "ES256"},
        {"alg": "none"},
        {"alg": 5},
        {"use": "enc"},
        {"n": None},
        {"n": "AQAB"},
        {"e": 3},
        {"kty": "EC"},
        {"kty": None},
    ],
    ids=str,
)
@pytest.mark.requirement("rfc7517:5:unusable-keys")
def test_what_verifies_no_signature_is_left_out(changes: dict[str, object]) -> None:
    assert parsed(**changes) == []


@pytest.mark.requirement("rfc8725:3.4:inputs")
def test_a_point_that_is_not_on_its_curve_is_left_out() -> None:
    good = ECKey.generate_key("P-256").as_dict(private=False)
    keys = [good, good | {"x": good["y"]}, good | {"y": "AA"}]
    assert len(parse_key_set(orjson.dumps({"keys": keys}))) == 1


def test_a_symmetric_key_is_left_out() -> None:
    secret = OctKey.import_key("a secret that both sides would know").as_dict()
    assert parse_key_set(orjson.dumps({"keys": [secret | {"alg": "HS256"}]})) == []


@pytest.mark.parametrize("document", [b"", b"[]", b"{}", b'{"keys":5}', b'{"keys":[5,null]}', b"x"])
def test_what_is_no_set_holds_no_keys(document: bytes) -> None:
    assert parse_key_set(document) == []


def test_a_short_rsa_key_is_left_out() -> None:
    short = {"kty": "RSA", "e": "AQAB", "n": base64.urlsafe_b64encode(bytes([255] * 128)).decode()}
    assert parse_key_set(orjson.dumps({"keys": [short]})) == []
