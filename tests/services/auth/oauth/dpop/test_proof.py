"""What is a good proof of possession: RFC 9449 section 4.3."""

import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from argus.services.auth.oauth.dpop.proof import Proof, ProofRefused, read_proof

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
URL = "https://argus.example/oauth/token"
KEY = ECKey.generate_key("P-256")
GOOD: dict[str, Any] = {"jti": "1", "htm": "POST", "htu": URL, "iat": int(NOW.timestamp())}


def sign(
    claims: dict[str, Any] | str,
    key: Any = KEY,
    alg: str = "ES256",
    **header: Any,
) -> str:
    head = {"typ": "dpop+jwt", "alg": alg, "jwk": key.as_dict(private=False)} | header
    payload = claims if isinstance(claims, str) else json.dumps(claims)
    return jws.serialize_compact(head, payload, key, algorithms=[alg])


def read(presented: str, *, access_token: str | None = None, url: str = URL) -> Proof:
    return read_proof(presented, method="POST", url=url, now=NOW, access_token=access_token)


@pytest.mark.requirement("rfc9449:4.3:well-formed", "rfc9449:4.3:signature")
@pytest.mark.parametrize(
    ("key", "alg"),
    [
        (KEY, "ES256"),
        (RSAKey.generate_key(2048), "RS256"),
        (RSAKey.generate_key(2048), "PS256"),
        (OKPKey.generate_key("Ed25519"), "Ed25519"),
    ],
)
def test_a_proof_names_the_key_that_signed_it(key: Any, alg: str) -> None:
    assert read(sign(GOOD, key, alg)).jkt == key.thumbprint()


def test_what_a_key_says_besides_itself_does_not_count() -> None:
    """Some clients send `alg`, `use` or `kid` along; the thumbprint is of the key alone."""
    jwk = KEY.as_dict(private=False) | {"alg": "ES256", "use": "sig", "kid": "mine", "ext": True}
    assert read(sign(GOOD, jwk=jwk)).jkt == KEY.thumbprint()


@pytest.mark.requirement("rfc8725:3.4:inputs")
def test_a_point_that_is_not_on_its_curve_is_no_key() -> None:
    jwk = KEY.as_dict(private=False)
    for point in ({"x": jwk["y"]}, {"x": "AA", "y": "AA"}, {"x": f"{jwk['x']}AAAA"}):
        with pytest.raises(ProofRefused):
            read(sign(GOOD, jwk=jwk | point))


@pytest.mark.requirement("rfc9449:4.3:no-private-key")
def test_a_private_key_is_refused() -> None:
    with pytest.raises(ProofRefused, match="private"):
        read(sign(GOOD, jwk=KEY.as_dict(private=True)))


@pytest.mark.requirement("rfc9449:4.3:signature")
def test_a_signature_by_another_key_is_refused() -> None:
    other = ECKey.generate_key("P-256").as_dict(private=False)
    with pytest.raises(ProofRefused):
        read(sign(GOOD, jwk=other))


@pytest.mark.requirement("rfc9449:4.3:asymmetric")
def test_only_asymmetric_algorithms_prove_anything() -> None:
    secret = OctKey.generate_key(256)
    symmetric = sign(GOOD, secret, "HS256", jwk=secret.as_dict(private=True))
    header = {"typ": "dpop+jwt", "alg": "none", "jwk": KEY.as_dict(private=False)}
    unsigned = ".".join([*(_base64url(json.dumps(part)) for part in (header, GOOD)), ""])
    confused = sign(GOOD, alg="ES256", jwk=RSAKey.generate_key(2048).as_dict(private=False))
    for proof in (symmetric, unsigned, confused):
        with pytest.raises(ProofRefused):
            read(proof)


@pytest.mark.requirement("rfc9449:4.3:typ")
@pytest.mark.parametrize("typ", ["JWT", "at+jwt", "dpop", ""])
def test_another_type_of_token_is_no_proof(typ: str) -> None:
    with pytest.raises(ProofRefused):
        read(sign(GOOD, typ=typ))


@pytest.mark.requirement(
    "rfc9449:4.3:well-formed", "rfc9449:4.3:htm", "rfc9449:4.3:htu", "rfc9449:4.3:iat"
)
@pytest.mark.parametrize(
    "claims",
    [
        {"jti": None},
        {"jti": ""},
        {"jti": "x" * 257},
        {"htm": None},
        {"htm": "GET"},
        {"htm": "post"},
        {"htu": None},
        {"htu": "https://argus.example/oauth/revoke"},
        {"htu": "http://argus.example/oauth/token"},
        {"htu": "https://argus.example:8443/oauth/token"},
        {"htu": "https://argus.example.evil.example/oauth/token"},
        {"htu": "https://argus.example@evil.example/oauth/token"},
        {"htu": "https://argus.example/oauth/token/"},
        {"htu": "/oauth/token"},
        {"htu": "https://argus.example:port/oauth/token"},
        {"iat": None},
        {"iat": str(GOOD["iat"])},
        {"iat": GOOD["iat"] - 301},
        {"iat": GOOD["iat"] + 301},
        {"iat": float("inf")},
        {"iat": float("nan")},
    ],
)
def test_a_proof_of_something_else_is_refused(claims: dict[str, Any]) -> None:
    changed = {name: value for name, value in (GOOD | claims).items() if value is not None}
    with pytest.raises(ProofRefused):
        read(sign(changed))


@pytest.mark.parametrize(
    "claims",
    [
        {"htu": "HTTPS://Argus.Example:443/oauth/token?a=b#c"},
        {"iat": GOOD["iat"] - 300},
        {"iat": GOOD["iat"] + 300},
        {"iat": GOOD["iat"] + 0.5},
        {"added_by_a_later_version": 1},
    ],
)
@pytest.mark.requirement("rfc9449:4.3:normalized")
def test_what_is_the_same_in_another_spelling_is_accepted(claims: dict[str, Any]) -> None:
    """RFC 9449 section 4.3: query and fragment do not count, and the rest is normalized."""
    assert read(sign(GOOD | claims)).jti == "1"


@pytest.mark.requirement("rfc9449:4.3:ath")
def test_with_an_access_token_the_proof_is_for_that_token() -> None:
    right = _base64url(hashlib.sha256(b"token").digest())
    assert read(sign(GOOD | {"ath": right}), access_token="token").ath == right
    for ath in (None, "", "token", _base64url(hashlib.sha256(b"other").digest())):
        with pytest.raises(ProofRefused, match="access token"):
            read(sign(GOOD | ({} if ath is None else {"ath": ath})), access_token="token")


@pytest.mark.parametrize(
    "junk", ["", "x", "a.b.c", "e30.e30.e30", "é.é.é", "ey" * 3000, sign("[]"), sign("{")]
)
def test_junk_is_refused(junk: str) -> None:
    with pytest.raises(ProofRefused):
        read(junk)


@pytest.mark.parametrize(
    "jwk",
    [
        {},
        {"kty": "EC"},
        {"kty": "EC", "crv": "P-384", "x": "AA", "y": "AA"},
        {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"},
        {"kty": "RSA", "n": "AQAB", "e": "AQAB"},
        {"kty": "RSA", "n": "A" * 5000, "e": "AQAB"},
        {"kty": "OKP", "crv": "Ed25519", "x": "AA"},
        {"kty": "oct", "k": "AA"},
    ],
)
def test_a_key_that_is_none_is_refused(jwk: Any) -> None:
    with pytest.raises(ProofRefused):
        read(sign(GOOD, jwk=jwk))


def test_a_proof_expires_when_it_is_too_old() -> None:
    proof = read(sign(GOOD))
    assert proof.expires_at == (NOW + timedelta(minutes=5)).timestamp()


def _base64url(data: bytes | str) -> str:
    raw = data.encode() if isinstance(data, str) else data
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
