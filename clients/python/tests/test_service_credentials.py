"""How a service proves who it is, and what it does with the token that it gets."""

import base64
import json
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from argus_client import (
    ApiKey,
    ArgusClient,
    ClientSecret,
    ConfigurationError,
    PlatformRefused,
    PrivateKey,
    Settings,
    Unavailable,
)
from argus_client.fake_argus import FakeArgus
from argus_client.key_set import parse_key_set
from argus_client.signing import PrivateKeyType, SigningKey
from client_support import MovableClocks

TOKEN = "POST /oauth/token"
URL = "https://argus.example"


def pem(key: PrivateKeyType) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def test_its_token_is_kept_and_renewed_ahead_of_its_end(
    argus: ArgusClient, argus_issuer: FakeArgus, clocks: MovableClocks
) -> None:
    first = argus.access_token()
    assert argus.access_token() == first
    clocks.wall_ahead = 500  # of 600 s
    assert argus.access_token() != first
    assert argus_issuer.asked.count(TOKEN) == 2


def test_a_token_that_still_works_is_used_while_argus_is_away(
    argus: ArgusClient, argus_issuer: FakeArgus, clocks: MovableClocks
) -> None:
    first = argus.access_token()
    argus_issuer.stop()
    clocks.wall_ahead = 500
    assert argus.access_token() == first
    clocks.wall_ahead = 601
    with pytest.raises(Unavailable):
        argus.access_token()


def test_a_token_that_was_revoked_is_replaced(argus: ArgusClient, argus_issuer: FakeArgus) -> None:
    argus_issuer.instead["GET /api/v1/billing/entitlements/sso"] = [(401, {})]
    argus_issuer.entitle("sso")
    assert argus.entitled("sso")
    assert argus_issuer.asked.count(TOKEN) == 2


def test_credentials_that_are_wrong_are_said_to_be(
    argus: ArgusClient, argus_issuer: FakeArgus
) -> None:
    argus_issuer.instead[TOKEN] = [(401, {"error": "invalid_client", "error_description": "no"})]
    with pytest.raises(PlatformRefused, match="401 invalid_client: no"):
        argus.verify(argus_issuer.token())


def test_a_secret_goes_as_rfc_6749_has_it() -> None:
    headers, fields = ClientSecret("cli:1", "a b%").token_request(URL, 0)
    pair = base64.b64decode(headers["Authorization"].removeprefix("Basic ")).decode()
    assert pair == "cli%3A1:a+b%25"
    assert fields == {}
    assert "a b%" not in repr(ClientSecret("cli:1", "a b%"))


@pytest.mark.parametrize(
    "private",
    [ec.generate_private_key(ec.SECP256R1()), rsa.generate_private_key(65537, 2048)],
    ids=["P-256", "RSA"],
)
def test_an_assertion_is_signed_and_good_once(
    private: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey,
) -> None:
    jwk = SigningKey(private).public_jwk()
    credentials = PrivateKey("cli_1", pem(private), jwk["kid"])
    (first, second) = (credentials.token_request(URL, 1000)[1] for _ in range(2))
    assert first["client_assertion"] != second["client_assertion"]
    signed, _, signature = first["client_assertion"].rpartition(".")
    header, payload = (json.loads(base64.urlsafe_b64decode(p + "==")) for p in signed.split("."))
    key = parse_key_set({"keys": [jwk]})[header["kid"]]
    assert key.verify(signed.encode(), base64.urlsafe_b64decode(signature + "=="))
    assert header["alg"] == key.algorithm
    assert payload.pop("jti")
    expected = {"iss": "cli_1", "sub": "cli_1", "aud": URL, "iat": 1000, "exp": 1060}
    assert payload == expected


def test_an_ed25519_key_signs_too() -> None:
    private = ed25519.Ed25519PrivateKey.generate()
    assertion = PrivateKey("cli_1", pem(private)).token_request(URL, 0)[1]["client_assertion"]
    signed, _, signature = assertion.rpartition(".")
    private.public_key().verify(base64.urlsafe_b64decode(signature + "=="), signed.encode())


@pytest.mark.parametrize(
    "text",
    [b"no key", pem(ec.generate_private_key(ec.SECP384R1()))],
    ids=["text", "P-384"],
)
def test_a_key_that_cannot_be_used_is_said_to_be_none(text: bytes) -> None:
    with pytest.raises(ConfigurationError, match="private key"):
        PrivateKey("cli_1", text).token_request(URL, 0)


def test_an_api_key_is_sent_as_it_is(argus_issuer: FakeArgus) -> None:
    settings = replace(argus_issuer.settings, credentials=ApiKey("argus_sk_x"))
    with ArgusClient(settings) as argus:
        assert argus.verify(argus_issuer.token())
        assert argus.access_token() == ""
    assert TOKEN not in argus_issuer.asked


def test_the_environment_sets_up_a_service(tmp_path: Path) -> None:
    key_file = tmp_path / "key.pem"
    key_file.write_bytes(b"pem")
    given = {"ARGUS_URL": URL + "/", "ARGUS_CLIENT_ID": "cli_1"}
    by_secret = Settings.from_environment(given | {"ARGUS_CLIENT_SECRET": "s"})
    assert (by_secret.url, by_secret.issuer, by_secret.audience) == (URL, URL, URL)
    assert by_secret.credentials == ClientSecret("cli_1", "s")
    by_key = Settings.from_environment(given | {"ARGUS_CLIENT_KEY_FILE": str(key_file)})
    assert by_key.credentials == PrivateKey("cli_1", b"pem")
    other = {"ARGUS_API_KEY": "k", "ARGUS_AUDIENCE": "https://me.example", "ARGUS_SERVICE": "me"}
    by_api_key = Settings.from_environment({"ARGUS_URL": URL, **other})
    assert (by_api_key.credentials, by_api_key.service) == (ApiKey("k"), "me")
    assert by_api_key.audience == "https://me.example"


def test_all_that_is_missing_is_named_at_once() -> None:
    with pytest.raises(ConfigurationError) as error:
        Settings.from_environment({})
    for name in ("ARGUS_URL", "ARGUS_CLIENT_ID", "ARGUS_CLIENT_SECRET", "ARGUS_API_KEY"):
        assert name in str(error.value)


@pytest.mark.parametrize(
    "url", ["http://argus.example", "argus.example", "ftp://argus.example", "https://", ""]
)
def test_an_address_to_which_no_secret_may_go_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError):
        Settings(url=url, credentials=ApiKey("k"))
