import asyncio
import base64
from datetime import timedelta
from typing import Any

import orjson
import pytest
from joserfc import jws
from joserfc.jwk import ECKey, OctKey, RSAKey

from argus.services.auth.clients.assertions import ASSERTION_TYPE
from argus.services.auth.clients.authenticator import ClientAuthenticator, Presented, presented_by
from argus.services.auth.clients.errors import InvalidClient
from support.auth import outcome
from support.clients import WEB, client, machine, post
from support.platform import NOW, TestPlatform

ISSUER = "http://127.0.0.1:8700"


def basic(text: str) -> str:
    return f"Basic {base64.b64encode(text.encode()).decode()}"


async def authenticates(
    platform: TestPlatform, authorization: str | None = None, **form: str
) -> bool:
    authenticator = platform.modules["auth"].resources.get(ClientAuthenticator)
    try:
        await authenticator.authenticate(authorization, form)
    except InvalidClient:
        return False
    return True


@pytest.mark.requirement("rfc6749:2.3.1:basic")
def test_identifier_and_secret_of_http_basic_are_form_encoded() -> None:
    assert presented_by(basic("a%3Ab:c%25+d"), {}) == Presented("a:b", "c% d")
    assert presented_by(basic("a:b:c"), {"client_id": "a"}) == Presented("a", "b:c")


@pytest.mark.requirement("rfc6749:2.3:one-method")
@pytest.mark.parametrize(
    ("authorization", "form"),
    [
        (basic("a:b"), {"client_secret": "b"}),
        (basic("a:b"), {"client_id": "a", "client_secret": "b"}),
        (basic("a:b"), {"client_assertion": "x"}),
        (basic("a:b"), {"client_id": "other"}),
        (None, {"client_id": "a", "client_secret": "b", "client_assertion": "x"}),
    ],
)
def test_a_client_is_named_in_one_way(authorization: str | None, form: dict[str, str]) -> None:
    with pytest.raises(InvalidClient):
        presented_by(authorization, form)


@pytest.mark.parametrize(
    "authorization", ["Bearer x", "Basic", "Basic ***", basic("no-colon"), "Basic \xff"]
)
@pytest.mark.requirement("rfc6749:5.2:invalid-client")
def test_who_fails_by_the_header_is_challenged_for_it(authorization: str) -> None:
    with pytest.raises(InvalidClient) as refused:
        presented_by(authorization, {})
    assert refused.value.headers == {"WWW-Authenticate": 'Basic realm="argus"'}


def test_who_does_not_use_the_header_is_not_asked_for_a_password() -> None:
    """A browser that runs a public client would ask the person for one."""
    with pytest.raises(InvalidClient) as refused:
        presented_by(None, {})
    assert refused.value.headers == {}


@pytest.mark.requirement("rfc6749:2.2:client-id-is-no-secret")
@pytest.mark.requirement("rfc6749:3.2.1:confidential-authenticates")
async def test_a_client_proves_itself_in_the_way_that_it_is_registered_for(
    platform: TestPlatform,
) -> None:
    owner = await platform.owner()
    secret = await client(platform, owner)
    public = await client(platform, owner, token_endpoint_auth_method="none")
    keyed = await client(platform, owner, **with_keys(KEY))
    client_id, text = secret["client_id"], secret["client_secret"]
    assert await authenticates(platform, basic(f"{client_id}:{text}"))
    assert await authenticates(platform, client_id=client_id, client_secret=text)
    assert await authenticates(platform, client_id=public["client_id"])
    for wrong in (
        {"client_id": client_id},
        {"client_id": client_id, "client_secret": "argus_cs_wrong"},
        {"client_id": client_id, "client_secret": ""},
        {"client_id": public["client_id"], "client_secret": text},
        {"client_id": keyed["client_id"]},
        {"client_id": keyed["client_id"], "client_secret": text},
        {"client_id": "unknown", "client_secret": text},
        {"client_id": "cli_00000000000000000000000000"},
        {"client_id": "https://app.example"},
    ):
        assert not await authenticates(platform, **wrong), wrong
    assert not await authenticates(platform, basic(f"{client_id}:"))
    assert not await authenticates(platform, basic(f"{public['client_id']}:{text}"))
    assertion = signed(KEY, claims(client_id))
    assert not await authenticates(platform, **asserting(assertion))
    of_public = signed(KEY, claims(public["client_id"]))
    assert not await authenticates(platform, **asserting(of_public))


async def test_unknown_clients_and_wrong_secrets_are_told_alike(platform: TestPlatform) -> None:
    made = await machine(platform, await platform.owner(), "org:read")
    answers = [
        await platform.client.post(
            "/oauth/token",
            data={"grant_type": "client_credentials", "client_id": each, "client_secret": "x"},
        )
        for each in (made["client_id"], "cli_00000000000000000000000000", "unknown")
    ]
    assert {(answer.status_code, answer.text) for answer in answers} == {(401, answers[0].text)}
    assert answers[0].json()["error"] == "invalid_client"


# private_key_jwt

KEY = ECKey.generate_key("P-256", {"kid": "one"})
OTHER = ECKey.generate_key("P-256", {"kid": "one"})


def with_keys(*keys: ECKey | RSAKey) -> dict[str, Any]:
    return {
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks": {"keys": [key.as_dict(private=False) for key in keys]},
    }


def claims(client_id: str, **changed: Any) -> dict[str, Any]:
    now = int(NOW.timestamp())
    made = {
        "iss": client_id,
        "sub": client_id,
        "aud": ISSUER,
        "jti": "one",
        "iat": now,
        "exp": now + 60,
    }
    return {name: value for name, value in (made | changed).items() if value is not None}


def signed(key: Any, content: Any, *, algorithm: str = "ES256", **header: Any) -> str:
    protected = {"alg": algorithm, "kid": "one"} | header
    payload = orjson.dumps(content)
    return jws.serialize_compact(protected, payload, key, algorithms=[algorithm])


def asserting(assertion: str, **form: str) -> dict[str, str]:
    return {"client_assertion": assertion, "client_assertion_type": ASSERTION_TYPE} | form


@pytest.fixture
async def keyed(platform: TestPlatform) -> str:
    made = await client(platform, await platform.owner(), **with_keys(KEY))
    assert made["client_secret"] is None
    return made["client_id"]


RIGHT: list[dict[str, Any]] = [
    {},
    {"aud": f"{ISSUER}/oauth/token"},
    {"aud": [f"{ISSUER}/oauth/par"]},
    {"iat": None},
    {"exp": int(NOW.timestamp()) + 3600},
]


@pytest.mark.requirement("oidc-core:9:private-key-jwt", "rfc9700:2.5:asymmetric")
@pytest.mark.requirement("rfc9126:2:assertion-audience")
async def test_an_assertion_of_the_clients_key_proves_it(
    platform: TestPlatform, keyed: str
) -> None:
    for number, changed in enumerate(RIGHT):
        assertion = signed(KEY, claims(keyed, jti=str(number), **changed))
        assert await authenticates(platform, **asserting(assertion, client_id=keyed)), changed


WRONG: list[dict[str, Any]] = [
    {"iss": "other"},
    {"sub": "other"},
    {"sub": None},
    {"iss": None},
    {"aud": "https://other.example"},
    {"aud": [ISSUER, "https://other.example"]},
    {"aud": f"{ISSUER}/"},
    {"aud": None},
    {"jti": None},
    {"jti": ""},
    {"jti": 1},
    {"jti": "x" * 256},
    {"exp": None},
    {"exp": int(NOW.timestamp())},
    {"exp": int(NOW.timestamp()) + 7200},
    {"exp": "soon"},
    {"exp": float("1e300")},
    {"iat": int(NOW.timestamp()) + 120},
    {"nbf": int(NOW.timestamp()) + 120},
]


@pytest.mark.requirement("oidc-core:9:private-key-jwt")
async def test_an_assertion_that_says_anything_else_proves_nothing(
    platform: TestPlatform, keyed: str
) -> None:
    for changed in WRONG:
        assertion = signed(KEY, claims(keyed, **changed))
        assert not await authenticates(platform, **asserting(assertion)), changed


async def test_an_assertion_is_signed_by_the_clients_own_key_and_no_header_changes_that(
    platform: TestPlatform, keyed: str
) -> None:
    content = claims(keyed)
    public = KEY.as_dict(private=False)
    confused = OctKey.import_key(orjson.dumps(public))
    unsigned = signed(KEY, content).rpartition(".")[0] + "."
    for wrong in (
        signed(OTHER, content),
        signed(OTHER, content, jwk=OTHER.as_dict(private=False)),
        signed(OTHER, content, jku="https://evil.example/jwks"),
        signed(KEY, content, kid="unknown"),
        signed(KEY, content, typ="at+jwt"),
        signed(KEY, content, typ="dpop+jwt"),
        signed(KEY, content, typ="logout+jwt"),
        signed(confused, content, algorithm="HS256"),
        unsigned,
        base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
        + unsigned[unsigned.index(".") :],
        signed(KEY, [keyed]),
        signed(KEY, content) + "x" * 20_000,
        "",
        "a.b.c",
        "é.é.é",
    ):
        assert not await authenticates(platform, **asserting(wrong)), wrong[:80]
    assert not await authenticates(platform, **asserting(signed(KEY, content), client_id="other"))
    form = asserting(signed(KEY, content)) | {"client_assertion_type": "saml"}
    assert not await authenticates(platform, **form)
    assert await authenticates(platform, **asserting(signed(KEY, content, typ="JWT")))


@pytest.mark.requirement("oidc-core:9:private-key-jwt")
async def test_an_assertion_is_good_once_whoever_races(platform: TestPlatform, keyed: str) -> None:
    assertion = asserting(signed(KEY, claims(keyed)))
    async with asyncio.TaskGroup() as group:
        racers = [group.create_task(authenticates(platform, **assertion)) for _ in range(8)]
    assert sorted(racer.result() for racer in racers) == [False] * 7 + [True]
    platform.clock.advance(timedelta(seconds=30))
    assert not await authenticates(platform, **assertion)


async def test_two_clients_may_choose_the_same_jti(platform: TestPlatform, keyed: str) -> None:
    other = await client(platform, await platform.owner(), **with_keys(KEY))
    for client_id in (keyed, other["client_id"]):
        assert await authenticates(platform, **asserting(signed(KEY, claims(client_id))))


async def test_without_a_key_id_an_only_key_is_meant(platform: TestPlatform) -> None:
    owner = await platform.owner()
    key = RSAKey.generate_key(2048)
    one = await client(platform, owner, **with_keys(key))
    two = await client(platform, owner, **with_keys(key, KEY))
    for made, expected in ((one, True), (two, False)):
        content = orjson.dumps(claims(made["client_id"]))
        header = {"alg": "RS256"}
        assertion = jws.serialize_compact(header, content, key, algorithms=["RS256"])
        assert await authenticates(platform, **asserting(assertion)) is expected


NO_KEYS: list[dict[str, Any]] = [
    {},
    {"keys": []},
    {"keys": {}},
    {"keys": [KEY.as_dict(private=True)]},
    {"keys": [{"kty": "oct", "k": "c2VjcmV0"}]},
    {"keys": [KEY.as_dict(private=False)] * 21},
    {"keys": [{"kty": "EC", "crv": "P-256", "x": 1 << 80, "y": "b"}]},
    {"keys": ["x"]},
]


async def test_keys_that_are_private_or_none_are_refused(platform: TestPlatform) -> None:
    owner = await platform.owner()
    for jwks in NO_KEYS:
        body = with_keys() | {"jwks": jwks} | WEB
        answer = await post(platform, owner, "clients", body)
        assert outcome(answer) == (422, "kernel.request.invalid"), jwks
