"""Other issuers' JWTs under attack (RFC 8725)."""

import base64
import hmac
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from joserfc import jws
from joserfc.jwk import ECKey

from argus.contracts.auth.reasons import InactiveReason
from argus.kernel.outbound import Outbound
from argus.kernel.settings import KernelSettings
from argus.services.auth.foreign_tokens.keys import RemoteKeys
from argus.services.auth.foreign_tokens.verification import (
    MAX_LENGTH,
    ForeignToken,
    verify,
)
from support.loopback import Issuer, Signer, serving
from support.platform import FrozenClock

CLAIMS = {"iss": "https://issuer.test", "sub": "ada"}


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    server = Issuer(Signer())
    with serving(server):
        yield server


@pytest.fixture(scope="module")
def keys() -> RemoteKeys:
    outbound = Outbound(KernelSettings(outbound_allow=("127.0.0.0/8",)))
    return RemoteKeys(outbound, FrozenClock())


async def answer(issuer: Issuer, keys: RemoteKeys, token: str) -> ForeignToken | InactiveReason:
    return await verify(token, keys, f"{issuer.url}/keys")


def encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).decode().rstrip("=")


async def test_a_genuine_token_is_read(issuer: Issuer, keys: RemoteKeys) -> None:
    found = await answer(issuer, keys, issuer.signer.sign(CLAIMS, typ="application/AT+JWT"))
    assert isinstance(found, ForeignToken)
    assert (found.type, found.claims) == ("at+jwt", CLAIMS)


@pytest.mark.requirement("attacks:tokens:algorithm-confusion")
async def test_the_public_key_is_no_secret_to_sign_with(issuer: Issuer, keys: RemoteKeys) -> None:
    signed = ".".join(
        encoded(orjson.dumps(part)) for part in ({"alg": "HS256", "kid": "one"}, CLAIMS)
    )
    secret = issuer.signer.key.as_pem(private=False)
    token = f"{signed}.{encoded(hmac.digest(secret, signed.encode(), 'sha256'))}"
    assert await answer(issuer, keys, token) is InactiveReason.ALGORITHM


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", ""])
async def test_an_unsigned_token_is_refused(
    issuer: Issuer, keys: RemoteKeys, algorithm: str
) -> None:
    header = encoded(orjson.dumps({"alg": algorithm, "kid": "one"}))
    token = f"{header}.{encoded(orjson.dumps(CLAIMS))}."
    assert isinstance(await answer(issuer, keys, token), InactiveReason)


async def test_another_algorithm_than_the_key_is_for_is_refused(
    issuer: Issuer, keys: RemoteKeys
) -> None:
    token = Signer("one", "PS256", issuer.signer.key).sign(CLAIMS)
    assert await answer(issuer, keys, token) is InactiveReason.ALGORITHM


@pytest.mark.requirement("attacks:tokens:jku-injection")
async def test_keys_that_the_token_offers_are_not_looked_at(
    issuer: Issuer, keys: RemoteKeys
) -> None:
    attacker = Issuer(Signer("one", "RS256"))
    with serving(attacker):
        for offer in (
            {"jwk": attacker.signer.jwk},
            {"jku": f"{attacker.url}/keys"},
            {"x5u": f"{attacker.url}/keys"},
        ):
            token = attacker.signer.sign(CLAIMS, **offer)
            assert isinstance(await answer(issuer, keys, token), InactiveReason)
    assert attacker.asked == []


@pytest.mark.parametrize("kid", ["../../../dev/null", "' or 1=1 --", "x" * 200, "\x00"])
async def test_a_strange_key_id_finds_nothing(issuer: Issuer, keys: RemoteKeys, kid: str) -> None:
    token = issuer.signer.sign(CLAIMS, kid=kid)
    assert await answer(issuer, keys, token) is InactiveReason.UNKNOWN


@pytest.mark.parametrize("header", [{"crit": ["b64"], "b64": True}, {"kid": 5}, {"typ": 5}])
async def test_a_header_that_is_not_understood_is_refused(
    issuer: Issuer, keys: RemoteKeys, header: dict[str, Any]
) -> None:
    protected = {"alg": "RS256", "kid": "one", **header}
    signed = issuer.signer.sign(CLAIMS).rpartition(".")[2]
    token = f"{encoded(orjson.dumps(protected))}.{encoded(orjson.dumps(CLAIMS))}.{signed}"
    assert await answer(issuer, keys, token) is InactiveReason.MALFORMED


async def test_a_changed_token_is_refused(issuer: Issuer, keys: RemoteKeys) -> None:
    header, _, signature = issuer.signer.sign(CLAIMS).split(".")
    changed = encoded(orjson.dumps(CLAIMS | {"sub": "mallory"}))
    token = f"{header}.{changed}.{signature}"
    assert await answer(issuer, keys, token) is InactiveReason.SIGNATURE


@pytest.mark.parametrize(
    "token", ["", "a", "a.b", "a.b.c", "é.é.é", "....", "e30.e30.e30", "W10.W10.", "a" * 20_000]
)
async def test_what_is_no_token_is_refused(issuer: Issuer, keys: RemoteKeys, token: str) -> None:
    assert await answer(issuer, keys, token) is InactiveReason.MALFORMED


@pytest.mark.requirement("attacks:tokens:oversized")
async def test_an_oversized_token_is_not_even_read(issuer: Issuer, keys: RemoteKeys) -> None:
    token = issuer.signer.sign(CLAIMS | {"padding": "x" * MAX_LENGTH})
    assert await answer(issuer, keys, token) is InactiveReason.MALFORMED


async def test_claims_that_are_no_object_are_refused(issuer: Issuer, keys: RemoteKeys) -> None:
    for payload in (b"[]", b"5", b"null", b"not json"):
        token = jws.serialize_compact(
            {"alg": "RS256", "kid": "one"}, payload, issuer.signer.key, algorithms=["RS256"]
        )
        assert await answer(issuer, keys, token) is InactiveReason.MALFORMED


async def test_elliptic_keys_verify_as_well(issuer: Issuer, keys: RemoteKeys) -> None:
    elliptic = Issuer(Signer("ec", "ES384", ECKey.generate_key("P-384")))
    with serving(elliptic):
        found = await verify(elliptic.signer.sign(CLAIMS), keys, f"{elliptic.url}/keys")
    assert isinstance(found, ForeignToken)
