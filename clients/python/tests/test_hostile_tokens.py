"""Tokens that somebody made up, stole or kept are refused, offline, with the right reason."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from argus_client import ArgusClient, Unauthenticated
from argus_client.fake_argus import FakeArgus
from argus_client.signing import SigningKey, base64url, compact_json

Forge = Callable[[FakeArgus], str]


@pytest.fixture(scope="module")
def argus_issuer() -> Iterator[FakeArgus]:
    """One for all of them: nothing of a forged token stays."""
    with FakeArgus() as fake:
        yield fake


@pytest.fixture(scope="module")
def argus(argus_issuer: FakeArgus) -> Iterator[ArgusClient]:
    with ArgusClient(argus_issuer.settings) as client:
        yield client


def parts(token: str) -> tuple[dict[str, Any], dict[str, Any], str]:
    header, payload, signature = token.split(".")
    head, claims = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in (header, payload))
    return head, claims, signature


def with_header(fake: FakeArgus, **changes: Any) -> str:
    """A token with a good signature over another header; None leaves a member out."""
    header, claims, _ = parts(fake.token())
    changed = {name: value for name, value in (header | changes).items() if value is not None}
    return fake.key.sign(changed, claims)


def with_claims(fake: FakeArgus, **changes: Any) -> str:
    header, claims, _ = parts(fake.token())
    return fake.key.sign(header, claims | changes)


def unsigned(fake: FakeArgus, algorithm: str) -> str:
    header, claims, _ = parts(fake.token())
    head = base64url(compact_json(header | {"alg": algorithm}))
    return f"{head}.{base64url(compact_json(claims))}."


def signed_with_public_key(fake: FakeArgus, form: PublicFormat) -> str:
    """HS256 by what everybody knows: CVE-2015-9235."""
    secret = fake.key.private.public_key().public_bytes(Encoding.PEM, form)
    header, claims, _ = parts(fake.token())
    head = base64url(compact_json(header | {"alg": "HS256"}))
    signed = f"{head}.{base64url(compact_json(claims))}"
    signature = hmac.new(secret, signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{base64url(signature)}"


def by_own_key(fake: FakeArgus) -> str:
    """Signed by the attacker's key, which the header brings along, under the issuer's `kid`."""
    own = SigningKey(ec.generate_private_key(ec.SECP256R1()))
    header, claims, _ = parts(fake.token())
    brought = {"jwk": own.public_jwk(), "jku": "http://127.0.0.1:1/keys", "x5u": "http://x.example"}
    return own.sign(header | brought, claims)


def by_unknown_key(fake: FakeArgus) -> str:
    own = SigningKey(ec.generate_private_key(ec.SECP256R1()))
    header, claims, _ = parts(fake.token())
    return own.sign(header | {"kid": own.public_jwk()["kid"]}, claims)


def of_another_kind_of_key(fake: FakeArgus) -> str:
    """RS256 under the `kid` of a P-256 key."""
    own = SigningKey(rsa.generate_private_key(65537, 2048))
    header, claims, _ = parts(fake.token())
    return own.sign({**header, "alg": "RS256"}, claims)


def tampered(fake: FakeArgus) -> str:
    header, claims, signature = parts(fake.token("results:read"))
    claims["scope"] = "admin:full_access"
    return f"{base64url(compact_json(header))}.{base64url(compact_json(claims))}.{signature}"


def with_signature(token: str, change: Callable[[str], str]) -> str:
    head, payload, signature = token.split(".")
    return f"{head}.{payload}.{change(signature)}"


def longer(signature: str) -> str:
    both = base64.urlsafe_b64decode(signature + "==")
    return base64url(both[:32] + b"\0" + both[32:])


def raw_header(text: str) -> Forge:
    return lambda fake: f"{base64url(text.encode())}.{fake.token().partition('.')[2]}"


FORGERIES: list[tuple[str, str, Forge]] = [
    ("alg none", "algorithm", lambda fake: unsigned(fake, "none")),
    ("alg None in another case", "algorithm", lambda fake: unsigned(fake, "nOnE")),
    ("no signature", "signature", lambda fake: with_signature(fake.token(), lambda _: "")),
    (
        "PEM as secret",
        "algorithm",
        lambda f: signed_with_public_key(f, PublicFormat.SubjectPublicKeyInfo),
    ),
    ("attacker's own jwk", "signature", by_own_key),
    ("a key nobody knows", "unknown", by_unknown_key),
    ("another kind of key", "algorithm", of_another_kind_of_key),
    ("tampered claims", "signature", tampered),
    ("half a signature", "signature", lambda f: with_signature(f.token(), lambda s: s[:43])),
    (
        "zero signature",
        "signature",
        lambda f: with_signature(f.token(), lambda _: base64url(bytes(64))),
    ),
    ("huge signature", "malformed", lambda f: with_signature(f.token(), lambda s: s * 100)),
    ("padding", "malformed", lambda f: with_signature(f.token(), lambda s: s + "==")),
    (
        "blanks inside",
        "malformed",
        lambda f: with_signature(f.token(), lambda s: s[:5] + "\n" + s[5:]),
    ),
    ("standard base64", "malformed", lambda f: with_signature(f.token(), lambda s: "+/" + s[2:])),
    (
        "a longer spelling of the signature's numbers",
        "signature",
        lambda fake: with_signature(fake.token(), longer),
    ),
    ("ID token", "malformed", lambda fake: with_header(fake, typ="JWT")),
    ("no typ", "malformed", lambda fake: with_header(fake, typ=None)),
    ("typ of another type", "malformed", lambda fake: with_header(fake, typ=["at+jwt"])),
    ("no kid", "malformed", lambda fake: with_header(fake, kid=None)),
    ("kid a number", "malformed", lambda fake: with_header(fake, kid=1)),
    ("kid a path", "unknown", lambda fake: with_header(fake, kid="../../dev/null")),
    ("kid SQL", "unknown", lambda fake: with_header(fake, kid="' or 1=1 --")),
    ("crit", "malformed", lambda fake: with_header(fake, crit=["exp"])),
    ("header a list", "malformed", raw_header('["alg"]')),
    ("header no JSON", "malformed", raw_header("{")),
    (
        "header not UTF-8",
        "malformed",
        lambda f: base64url(b'{"a":"\xff"}') + f.token()[f.token().index(".") :],
    ),
    ("header nested deeply", "malformed", raw_header("[" * 4000)),
    ("four segments", "unknown", lambda fake: fake.token() + ".x"),
    ("expired", "expired", lambda fake: fake.token(expires_in=-1)),
    ("expires at no number", "malformed", lambda fake: fake.token(exp="never")),
    ("expires true", "malformed", lambda fake: fake.token(exp=True)),
    ("never expires", "malformed", lambda fake: fake.token(exp=None)),
    ("expires at infinity", "malformed", lambda fake: fake.token(exp=float("inf"))),
    ("from the future", "not_yet_valid", lambda fake: fake.token(iat=int(time.time()) + 3600)),
    ("not before tomorrow", "not_yet_valid", lambda f: f.token(nbf=int(time.time()) + 86_400)),
    ("another audience", "audience", lambda fake: fake.token(audience="https://other.example")),
    ("two audiences", "audience", lambda fake: fake.token(aud=[fake.url, "https://other.example"])),
    ("no audience", "malformed", lambda fake: fake.token(aud=None)),
    ("another issuer", "issuer", lambda fake: fake.token(iss="https://evil.example")),
    ("issuer with a slash", "issuer", lambda fake: fake.token(iss=fake.url + "/")),
    ("another organization", "unknown", lambda fake: fake.token(org="org_" + "0" * 26)),
    ("organization no id", "malformed", lambda fake: fake.token(org="*")),
    ("subject no id", "malformed", lambda fake: fake.token(user_id="root")),
    ("subject an organization", "malformed", lambda fake: fake.token(user_id=fake.organization_id)),
    ("subject with underscores", "malformed", lambda f: f.token(user_id="usr_0_" + "1" * 24)),
    ("no jti", "malformed", lambda fake: fake.token(jti=None)),
    ("no epoch", "malformed", lambda fake: fake.token(epoch=None)),
    ("roles a text", "malformed", lambda fake: with_claims(fake, roles="owner")),
    ("scope a list", "malformed", lambda fake: fake.token(scope=["a"])),
    ("actors without end", "malformed", lambda fake: fake.token(act=nested(fake, 40))),
    ("huge", "malformed", lambda fake: fake.token(padding="x" * 9000)),
    ("not ASCII", "malformed", lambda fake: fake.token() + "é"),
    ("a lone surrogate", "malformed", lambda fake: fake.token() + "\ud800"),
]


def nested(fake: FakeArgus, depth: int) -> dict[str, Any]:
    act: dict[str, Any] = {"sub": fake.user_id}
    for _ in range(depth):
        act = {"sub": fake.user_id, "act": act}
    return act


@pytest.mark.parametrize(
    ("reason", "forge"), [(r, f) for _, r, f in FORGERIES], ids=[name for name, _, _ in FORGERIES]
)
def test_a_forged_token_is_refused(
    argus: ArgusClient, argus_issuer: FakeArgus, reason: str, forge: Forge
) -> None:
    with pytest.raises(Unauthenticated) as refused:
        argus.verify(forge(argus_issuer))
    assert refused.value.reason == reason
    with pytest.raises(Unauthenticated):
        argus.verify(forge(argus_issuer))  # nor is it remembered as anything


def test_the_same_token_untouched_is_accepted(argus: ArgusClient, argus_issuer: FakeArgus) -> None:
    principal = argus.verify(argus_issuer.token("results:read", user_id=argus_issuer.user_id))
    assert (principal.id, principal.method) == (argus_issuer.user_id, "oauth2")
    assert principal.permissions == {"results:read"}


@pytest.mark.parametrize("typ", ["at+jwt", "application/at+jwt", "AT+JWT"])
def test_the_type_counts_in_any_case_and_with_its_media_type(
    argus: ArgusClient, argus_issuer: FakeArgus, typ: str
) -> None:
    assert argus.verify(with_header(argus_issuer, typ=typ)).id == argus_issuer.user_id


def test_a_clock_that_is_a_little_behind_the_issuers_does_no_harm(
    argus: ArgusClient, argus_issuer: FakeArgus
) -> None:
    assert argus.verify(argus_issuer.token(iat=int(time.time()) + 50))


@pytest.mark.parametrize("credential", ["", "x", "a b", "\n", "x" * 100_000, "é", "\ud800"])
def test_what_is_neither_token_nor_key_is_refused(argus: ArgusClient, credential: str) -> None:
    with pytest.raises(Unauthenticated):
        argus.verify(credential)


def test_keys_that_are_too_weak_or_for_something_else_verify_nothing() -> None:
    from argus_client.key_set import parse_key_set

    weak = SigningKey(rsa.generate_private_key(65537, 1024)).public_jwk()  # noqa: S505
    good = SigningKey(ec.generate_private_key(ec.SECP256R1())).public_jwk()
    secret = {"kty": "oct", "k": "c2VjcmV0", "kid": "s", "alg": "HS256"}
    listed = [
        weak,
        secret,
        good | {"use": "enc"},
        good | {"alg": "none"},
        good | {"x": "AA"},
        good | {"kid": None},
        "text",
        {"kty": "EC"},
    ]
    assert parse_key_set({"keys": listed}) == {}
    assert parse_key_set({"keys": [good]}).keys() == {good["kid"]}


@pytest.mark.parametrize("document", [None, [], "x", {}, {"keys": None}])
def test_what_is_no_key_set_is_said_to_be_none(document: object) -> None:
    from argus_client.key_set import parse_key_set

    with pytest.raises(ValueError, match="keys"):
        parse_key_set(document)


def test_jti_that_is_no_uuid_is_malformed(argus: ArgusClient, argus_issuer: FakeArgus) -> None:
    good = str(uuid4())
    for jti in (good[:-1], good.replace("-", ""), "g" * 8 + good[8:], good + "0"):
        with pytest.raises(Unauthenticated, match="malformed"):
            argus.verify(argus_issuer.token(jti=jti))
