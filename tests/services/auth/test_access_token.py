"""Access tokens by RFC 9068 (profile), RFC 8725 (best practice) and RFC 7519 (claims)."""

import base64
import hmac
import json
from datetime import timedelta
from typing import Any, cast

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256, SHA512
from joserfc.jwk import ECKey, RSAKey

from argus.kernel.ids import format_id, new_id
from argus.services.auth.signing_keys.repository import SigningKey
from support.auth import Auth
from support.platform import Caller, TestPlatform


def parts(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    header, payload, _ = token.split(".")
    return decode(header), decode(payload)


def decode(part: str) -> dict[str, Any]:
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def encode(part: dict[str, Any]) -> str:
    return base64url(json.dumps(part).encode())


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def sign(alg: object, pair: RSAKey, data: bytes) -> bytes:
    """A signature by hand: a library refuses to make most of what an attacker would."""
    public = pair.as_pem(private=False)
    private = cast("RSAPrivateKey", pair.private_key)
    if alg == "HS256":
        return hmac.digest(public, data, "sha256")
    if alg == "PS256":
        return private.sign(data, PSS(MGF1(SHA256()), 32), SHA256())
    return private.sign(data, PKCS1v15(), SHA512() if alg == "RS512" else SHA256())


class Forger:
    """Makes tokens from a genuine one, with the genuine key unless told otherwise."""

    def __init__(self, key: SigningKey, genuine: str) -> None:
        self.pair = cast("RSAKey", key.pair)
        self.header, self.claims = parts(genuine)

    def token(
        self,
        claims: dict[str, Any] | None = None,
        *,
        header: dict[str, Any] | None = None,
        pair: RSAKey | None = None,
    ) -> str:
        """With these claims and header members changed; None leaves a claim out."""
        merged = {
            name: value
            for name, value in (self.claims | (claims or {})).items()
            if value is not None
        }
        head = self.header | (header or {})
        signed = f"{encode(head)}.{encode(merged)}"
        return f"{signed}.{base64url(sign(head['alg'], pair or self.pair, signed.encode()))}"


@pytest.fixture
async def owner(platform: TestPlatform) -> Caller:
    return await platform.owner()


@pytest.fixture
async def forger(auth: Auth, owner: Caller) -> Forger:
    return Forger(await auth.keys.signer(), owner.token)


async def reason(auth: Auth, owner: Caller, token: str, **body: str) -> str | None:
    return (await auth.validate(token, owner, **body))["reason"]


@pytest.mark.requirement(
    "rfc9068:2.1:signed",
    "rfc9068:2.1:typ",
    "rfc9068:2.2:claims",
    "rfc9068:3:default-audience",
    "rfc9470:6.1:claims",
)
async def test_an_access_token_has_the_claims_of_its_profile(
    platform: TestPlatform, auth: Auth, owner: Caller
) -> None:
    """RFC 9068 sections 2.1 and 2.2; `kid` is an RFC 7638 thumbprint."""
    header, claims = parts(owner.token)
    key = await auth.keys.signer()
    assert header == {"alg": "RS256", "typ": "at+jwt", "kid": key.pair.thumbprint()}
    now = int(platform.clock.now().timestamp())
    base_url = platform.composition.settings.base_url
    [session] = platform.query("select id from auth.session")
    assert claims.pop("jti")
    assert claims == {
        "iss": base_url,
        "aud": base_url,
        "sub": owner.user_id,
        "iat": now,
        "exp": now + 600,
        "auth_time": now,
        "acr": "urn:argus:acr:1",
        "amr": ["pwd"],
        "client_id": "argus",
        "sid": format_id("ses", session["id"]),
        "org": owner.organization_id,
        "roles": ["owner"],
        "epoch": 1,
    }


async def test_the_forger_can_make_a_good_token(auth: Auth, owner: Caller, forger: Forger) -> None:
    """Otherwise the refusals below would prove nothing."""
    assert await reason(auth, owner, forger.token()) is None
    assert await reason(auth, owner, forger.token(header={"typ": "application/AT+JWT"})) is None
    assert await reason(auth, owner, forger.token({"added_by_a_later_version": True})) is None


@pytest.mark.requirement("rfc8725:3.11:typed", "rfc8725:3.12:exclusive", "rfc9068:4:typ-checked")
@pytest.mark.requirement("attacks:tokens:wrong-type")
async def test_no_other_type_of_token_is_taken_for_an_access_token(
    auth: Auth, owner: Caller, forger: Forger
) -> None:
    """RFC 8725 section 3.11, RFC 9068 section 4."""
    for typ in ("JWT", "jwt", "logout+jwt", "oauth-id-jag+jwt", "", None, 1):
        assert await reason(auth, owner, forger.token(header={"typ": typ})) == "malformed", typ


@pytest.mark.requirement(
    "rfc8725:3.1:algorithm-of-the-key",
    "rfc8725:3.2:no-none",
    "rfc9068:4:signature-checked",
)
@pytest.mark.requirement("attacks:tokens:algorithm-confusion")
async def test_the_header_does_not_choose_the_algorithm(
    auth: Auth, owner: Caller, forger: Forger
) -> None:
    """RFC 8725 sections 2.1 and 3.1: neither `none`, nor HMAC with the public key as its secret."""
    unsigned = f"{encode(forger.header | {'alg': 'none'})}.{encode(forger.claims)}."
    assert await reason(auth, owner, unsigned) == "algorithm"
    for alg in ("HS256", "RS512", "PS256", "ES256", "rs256"):
        assert await reason(auth, owner, forger.token(header={"alg": alg})) == "algorithm", alg
    for alg in ("", None, ["RS256"]):
        why = await reason(auth, owner, forger.token(header={"alg": alg}))
        assert why in ("algorithm", "malformed"), alg


@pytest.mark.requirement("rfc8725:3.10:jku", "rfc8725:3.8:issuer-and-subject")
@pytest.mark.requirement("attacks:tokens:jku-injection")
async def test_keys_that_a_header_offers_are_not_looked_at(
    auth: Auth, owner: Caller, forger: Forger
) -> None:
    """RFC 8725 section 3.10."""
    own = RSAKey.generate_key(2048)
    for offered in (
        {"jwk": ECKey.generate_key("P-256").as_dict(private=False)},
        {"jku": "http://127.0.0.1:1/jwks.json"},
        {"x5u": "http://127.0.0.1:1/cert.pem"},
    ):
        signed = forger.token(header=offered, pair=own)
        assert await reason(auth, owner, signed) == "signature", offered
        unknown = forger.token(header=offered | {"kid": own.thumbprint()}, pair=own)
        assert await reason(auth, owner, unknown) == "unknown", offered


@pytest.mark.requirement("rfc8725:3.3:all-validated")
async def test_extensions_that_are_not_understood_are_refused(
    auth: Auth, owner: Caller, forger: Forger
) -> None:
    """RFC 7515 section 4.1.11."""
    token = forger.token(header={"crit": ["exp"], "exp": 1})
    assert await reason(auth, owner, token) == "malformed"


@pytest.mark.requirement("rfc8725:3.10:kid")
@pytest.mark.requirement("attacks:tokens:kid-injection")
async def test_a_strange_kid_is_no_key(auth: Auth, owner: Caller, forger: Forger) -> None:
    for kid in ["../../etc/passwd", "' or 1=1 --", "", None, 7, ["x"]]:
        why = await reason(auth, owner, forger.token(header={"kid": kid}))
        assert why in ("unknown", "malformed"), kid


@pytest.mark.requirement(
    "rfc8725:3.3:all-validated",
    "rfc9068:4:signature-checked",
    "rfc6749:10.3:unguessable-access-token",
)
async def test_a_changed_token_is_refused(auth: Auth, owner: Caller, forger: Forger) -> None:
    header, _, signature = owner.token.split(".")
    claims = encode(forger.claims | {"roles": ["owner", "admin"]})
    assert await reason(auth, owner, f"{header}.{claims}.{signature}") == "signature"
    assert await reason(auth, owner, forger.token(pair=RSAKey.generate_key(2048))) == "signature"


@pytest.mark.requirement(
    "rfc8725:3.8:issuer-and-subject",
    "rfc8725:3.9:audience",
    "rfc9068:4:issuer-checked",
    "rfc9068:4:audience-checked",
    "rfc9700:2.3:audience",
    "rfc9700:4.10.2:audience-restriction",
)
@pytest.mark.requirement("attacks:tokens:wrong-audience")
async def test_a_token_is_for_its_issuer_and_audience_only(
    auth: Auth, owner: Caller, forger: Forger
) -> None:
    """RFC 7519 section 4.1.3, RFC 8725 sections 3.8 and 3.9: compared exactly."""
    here = forger.claims["iss"]
    for issuer in (here + "/", here.upper(), "https://evil.example"):
        assert await reason(auth, owner, forger.token({"iss": issuer})) == "issuer", issuer
    for audience in (here + "/", "https://billing.example"):
        assert await reason(auth, owner, forger.token({"aud": audience})) == "audience", audience
    other = forger.token({"aud": "https://billing.example"})
    assert await reason(auth, owner, other, audience="https://billing.example") is None
    assert await reason(auth, owner, owner.token, audience="https://x.example") == "audience"


@pytest.mark.requirement("rfc9068:4:expiry-checked", "rfc6749:7:validated")
async def test_a_token_is_good_from_its_start_to_its_end(
    platform: TestPlatform, auth: Auth, owner: Caller, forger: Forger
) -> None:
    """RFC 7519 sections 4.1.4 to 4.1.6; the issuer's clock may be a minute ahead."""
    now = int(platform.clock.now().timestamp())
    assert await reason(auth, owner, forger.token({"exp": now})) == "expired"
    assert await reason(auth, owner, forger.token({"exp": now + 1})) is None
    for claim in ("iat", "nbf"):
        assert await reason(auth, owner, forger.token({claim: now + 60})) is None
        assert await reason(auth, owner, forger.token({claim: now + 61})) == "not_yet_valid"
    platform.clock.advance(timedelta(minutes=9, seconds=59))
    assert await auth.is_live(owner.token)
    platform.clock.advance(timedelta(seconds=1))
    assert not await auth.is_live(owner.token)


@pytest.mark.requirement("rfc9068:2.2:claims")
async def test_a_token_without_a_required_claim_is_refused(
    auth: Auth, owner: Caller, forger: Forger
) -> None:
    """RFC 9068 section 2.2."""
    for claim in ["iss", "sub", "aud", "exp", "iat", "jti", "client_id"]:
        assert await reason(auth, owner, forger.token({claim: None})) == "malformed", claim


@pytest.mark.requirement("rfc8725:3.8:issuer-and-subject")
async def test_claims_of_the_wrong_form_are_refused(
    auth: Auth, owner: Caller, forger: Forger
) -> None:
    for claims in (
        {"exp": "tomorrow"},
        {"sub": "admin"},
        {"sub": format_id("key", new_id())},
        {"org": owner.user_id},
        {"roles": "owner"},
        {"aud": [forger.claims["aud"], "https://evil.example"]},
    ):
        assert await reason(auth, owner, forger.token(claims)) == "malformed", claims


@pytest.mark.requirement("rfc8725:3.6:no-compression", "rfc8725:3.7:utf8")
async def test_junk_is_an_answer_and_never_an_error(auth: Auth, owner: Caller) -> None:
    for junk in [
        "x",
        ".",
        "..",
        "a.b.c",
        "e30.e30.e30",
        "W10.e30.e30",
        "é.é.é",
        "ey" * 5000,
        f"{encode({'alg': 'RS256', 'typ': 'at+jwt', 'kid': 'x', 'pad': 'x' * 600})}.e30.e30",
        "....",
        "eyJhbGciOiJSU0EtT0FFUCJ9.a.b.c.d",
    ]:
        assert await reason(auth, owner, junk) == "malformed"


@pytest.mark.requirement("attacks:tokens:oversized")
async def test_an_oversized_token_is_not_even_read(
    auth: Auth, owner: Caller, forger: Forger
) -> None:
    assert await reason(auth, owner, forger.token({"pad": "x" * 8192})) == "malformed"


@pytest.mark.requirement("rfc8693:4.1:act")
async def test_a_delegated_token_names_the_chain_of_actors_outermost_first(
    auth: Auth, owner: Caller, forger: Forger
) -> None:
    """RFC 8693 section 4.1; a scope limits what its bearer may do."""
    agent_a, agent_b = format_id("agt", new_id()), format_id("sa", new_id())
    token = forger.token(
        {
            "act": {"sub": agent_b, "act": {"sub": agent_a}},
            "scope": "org:read api_key:create nonsense",
        }
    )
    principal = (await auth.validate(token, owner))["principal"]
    assert principal["actors"] == [agent_b, agent_a]
    assert principal["method"] == "oauth2"
    assert principal["permissions"] == ["org:read"]
