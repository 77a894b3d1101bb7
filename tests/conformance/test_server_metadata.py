"""What the server tells of itself: RFC 8414, OpenID Connect Discovery."""

from typing import Any

import pytest

from argus.services.auth.oauth.metadata.endpoints import router
from support.platform import TestPlatform

ADDRESSES = ("/.well-known/oauth-authorization-server", "/.well-known/openid-configuration")


async def metadata(platform: TestPlatform) -> dict[str, Any]:
    answer = await platform.client.get(ADDRESSES[0])
    assert answer.status_code == 200
    return answer.json()


@pytest.mark.requirement(
    "rfc8414:3.1:get",
    "rfc8414:3.2:answer",
    "rfc8414:3.3:issuer-matches",
    "rfc8414:2:issuer-form",
    "oidc-discovery:4:path",
    "oidc-discovery:4.2:answer",
    "oidc-discovery:4.3:issuer-matches",
    "rfc9700:2.6:metadata",
)
@pytest.mark.operation("get_server_metadata")
async def test_the_metadata_is_found_where_clients_look(platform: TestPlatform) -> None:
    issuer = platform.composition.settings.base_url
    for address in ADDRESSES:
        answer = await platform.client.get(address)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/json"
        body = answer.json()
        assert body["issuer"] == issuer
        assert not {"?", "#"} & set(body["issuer"])
        assert [] not in body.values()


@pytest.mark.requirement("rfc8414:3:path")
def test_an_issuer_with_a_path_is_found_in_all_three_forms() -> None:
    served = {getattr(route, "path", "") for route in router("https://host.example/t1").routes}
    assert served >= {
        "/.well-known/oauth-authorization-server/t1",
        "/.well-known/openid-configuration/t1",
        "/t1/.well-known/openid-configuration",
    }


@pytest.mark.requirement(
    "rfc6749:3.1:no-fragment",
    "rfc8414:2:required-members",
    "rfc8414:2:signing-algorithms",
    "rfc8414:2:challenge-methods",
    "rfc7636:4.2:s256",
    "rfc8628:4:metadata",
    "rfc9126:2:metadata",
    "rfc9207:2.3:advertised",
    "rfc9449:5.1:algorithms-advertised",
    "rfc9470:7:metadata",
    "rfc9700:2.1.1:pkce-advertised",
    "oidc-discovery:3:required-members",
    "oidc-discovery:3:rs256",
    "oidc-rpinitiated:2.1:metadata",
    "oidc-backchannel:2.1:metadata",
)
async def test_the_metadata_tells_what_clients_need(platform: TestPlatform) -> None:
    body = await metadata(platform)
    issuer = body["issuer"]
    for endpoint in (
        "authorization_endpoint",
        "token_endpoint",
        "jwks_uri",
        "userinfo_endpoint",
        "pushed_authorization_request_endpoint",
        "device_authorization_endpoint",
        "introspection_endpoint",
        "revocation_endpoint",
        "end_session_endpoint",
    ):
        assert body[endpoint].startswith(issuer + "/"), endpoint
        assert "#" not in body[endpoint]
    assert body["response_types_supported"] == ["code"]
    assert body["code_challenge_methods_supported"] == ["S256"]
    assert body["subject_types_supported"] == ["public"]
    assert "RS256" in body["id_token_signing_alg_values_supported"]
    assert "private_key_jwt" in body["token_endpoint_auth_methods_supported"]
    assert "ES256" in body["dpop_signing_alg_values_supported"]
    for name, values in body.items():
        if name.endswith("_alg_values_supported"):
            assert not any(value == "none" or value.startswith("HS") for value in values), name
    assert body["token_endpoint_auth_signing_alg_values_supported"]
    assert body["authorization_response_iss_parameter_supported"] is True
    assert body["acr_values_supported"]
    assert body["backchannel_logout_supported"] is True
    assert body["backchannel_logout_session_supported"] is True


@pytest.mark.requirement("rfc9700:2.4:no-password-grant", "rfc9700:2.1.2:no-implicit")
async def test_neither_the_password_nor_the_implicit_grant_is_offered(
    platform: TestPlatform,
) -> None:
    grants = set((await metadata(platform))["grant_types_supported"])
    assert grants >= {"authorization_code", "refresh_token", "client_credentials"}
    assert not grants & {"password", "implicit"}


async def test_every_endpoint_that_is_named_answers(platform: TestPlatform) -> None:
    """A name in the metadata without an endpoint behind it would be a lie."""
    body = await metadata(platform)
    issuer = body["issuer"]
    for name, address in body.items():
        if name.endswith(("_endpoint", "_uri")):
            path = address.removeprefix(issuer)
            answers = [await platform.client.get(path), await platform.client.post(path)]
            assert any(answer.status_code not in (404, 405) for answer in answers), name
