"""Authlib: what its documentation shows works here as it stands."""

from typing import Any

import httpx
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from support.oauth import OAuth
from support.peers import EXCHANGE, Person, agent

CALLBACK = "https://app.example/callback"
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
VERIFIER = "a-verifier-that-is-long-enough-for-anybody-to-accept"


def relying_party(*arguments: Any, **settings: Any) -> Any:
    """A client of Authlib, whose classes have no types."""
    return AsyncOAuth2Client(*arguments, trust_env=False, **settings)


async def discover(oauth: OAuth) -> dict[str, Any]:
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"{oauth.issuer}/.well-known/openid-configuration")
        keys = await client.get(answer.json()["jwks_uri"])
    return {**answer.json(), "keys": KeySet.import_key_set(keys.json())}


async def test_a_person_signs_in_and_the_client_stays_until_it_leaves(
    oauth: OAuth, ada: Person
) -> None:
    known = await discover(oauth)
    registered = await oauth.client(ada.caller, token_endpoint_auth_method="client_secret_basic")
    async with relying_party(
        registered.id,
        registered.secret,
        scope="openid email offline_access",
        redirect_uri=CALLBACK,
        code_challenge_method="S256",
    ) as client:
        url, state = client.create_authorization_url(
            known["authorization_endpoint"], code_verifier=VERIFIER, nonce="n-0S6_WzA2Mj"
        )
        tokens = await client.fetch_token(
            known["token_endpoint"],
            authorization_response=await ada.visit(url),
            state=state,
            code_verifier=VERIFIER,
        )
        decoded = jwt.decode(tokens["id_token"], known["keys"], algorithms=["RS256"])
        claims = CodeIDToken(
            decoded.claims,
            decoded.header,
            {"iss": {"value": known["issuer"]}, "aud": {"value": registered.id}},
            {"nonce": "n-0S6_WzA2Mj", "access_token": tokens["access_token"]},
        )
        claims.validate()
        person = (await client.get(known["userinfo_endpoint"])).json()
        assert person == {
            "sub": claims["sub"],
            "email": "ada@example.com",
            "email_verified": True,
        }
        refreshed = await client.refresh_token(known["token_endpoint"])
        assert refreshed["refresh_token"] != tokens["refresh_token"]
        about = (known["introspection_endpoint"], refreshed["access_token"])
        assert (await client.introspect_token(*about)).json()["active"]
        left = await client.revoke_token(known["revocation_endpoint"], refreshed["refresh_token"])
        assert left.status_code == 200
        assert not (await client.introspect_token(*about)).json()["active"]


async def test_a_machine_proves_itself_by_its_key(oauth: OAuth, ada: Person) -> None:
    known, key = await discover(oauth), RSAKey.generate_key(2048)
    registered, _ = await oauth.machine(
        ada.caller,
        "org:read",
        token_endpoint_auth_method="private_key_jwt",
        jwks={"keys": [key.as_dict(private=False)]},
    )
    pem = key.as_pem(private=True).decode()
    async with relying_party(
        registered.id, pem, token_endpoint_auth_method="private_key_jwt"
    ) as client:
        client.register_client_auth_method(PrivateKeyJWT(known["token_endpoint"]))
        tokens = await client.fetch_token(
            known["token_endpoint"], grant_type="client_credentials", resource=oauth.issuer
        )
    assert tokens["scope"] == "org:read"


async def test_a_device_is_let_in(oauth: OAuth, ada: Person) -> None:
    known = await discover(oauth)
    registered = await oauth.client(ada.caller, grant_types=[DEVICE], redirect_uris=[])
    async with relying_party(registered.id) as client:
        begun = await client.request(
            "POST",
            known["device_authorization_endpoint"],
            withhold_token=True,
            data={
                "client_id": registered.id,
                "scope": "openid org:read",
                "resource": oauth.issuer,
            },
        )
        await ada.visit(begun.json()["verification_uri_complete"])
        tokens = await client.fetch_token(
            known["token_endpoint"], grant_type=DEVICE, device_code=begun.json()["device_code"]
        )
    assert tokens["scope"] == "openid org:read"


async def test_an_agent_acts_for_a_person(oauth: OAuth, ada: Person) -> None:
    known = await discover(oauth)
    registered = await agent(oauth, ada.caller)
    async with relying_party(registered.id, registered.secret) as client:
        tokens = await client.fetch_token(
            known["token_endpoint"],
            grant_type=EXCHANGE,
            subject_token=ada.caller.token,
            subject_token_type="urn:ietf:params:oauth:token-type:access_token",
            resource=oauth.issuer,
            scope="org:read",
        )
    assert tokens["scope"] == "org:read"
