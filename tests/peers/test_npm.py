"""openid-client and oauth4webapi: what their documentation shows works here as it stands.

They check what a good client checks: issuer, state, nonce, `at_hash`, signatures, `iss` of the
answer, token types and proofs of possession.
"""

from typing import Any

from joserfc.jwk import ECKey

from support.oauth import OAuth, RegisteredClient
from support.peers import Peer, Person, agent

CALLBACK = "https://app.example/callback"
WITH_SECRET = {"token_endpoint_auth_method": "client_secret_basic"}
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


def settings(oauth: OAuth, client: RegisteredClient, **more: Any) -> dict[str, Any]:
    return {
        "issuer": oauth.issuer,
        "client_id": client.id,
        "client_secret": client.secret,
        "redirect_uri": CALLBACK,
        **more,
    }


async def test_a_person_signs_in_and_the_client_stays_until_it_leaves(
    oauth: OAuth, ada: Person, peer: Peer
) -> None:
    client = await oauth.client(ada.caller, **WITH_SECRET)
    found = await peer.run("code", settings(oauth, client))
    assert found["person"] == {
        "sub": ada.caller.user_id,
        "name": "Ada Owner",
        "email": "ada@example.com",
        "email_verified": True,
    }
    assert (found["before"], found["after"]) == (True, False)


async def test_a_client_without_secret_pushes_its_request_and_holds_a_key(
    oauth: OAuth, ada: Person, peer: Peer
) -> None:
    found = await peer.run("pushed_with_key", settings(oauth, await oauth.client(ada.caller)))
    assert found["type"] == "dpop"
    assert found["person"]["sub"] == ada.caller.user_id


async def test_a_machine_proves_itself_by_its_key(oauth: OAuth, ada: Person, peer: Peer) -> None:
    key = ECKey.generate_key("P-256")
    client, account = await oauth.machine(
        ada.caller,
        "org:read",
        token_endpoint_auth_method="private_key_jwt",
        jwks={"keys": [key.as_dict(private=False)]},
    )
    private = settings(oauth, client, key=key.as_dict(private=True))
    found = await peer.run("client_credentials", private)
    assert (found["scope"], found["refresh"]) == ("org:read", None)
    assert found.get("sub", account) == account


async def test_an_agent_acts_for_a_person(oauth: OAuth, ada: Person, peer: Peer) -> None:
    client = await agent(oauth, ada.caller)
    by_ada = settings(oauth, client, subject_token=ada.caller.token)
    found = await peer.run("token_exchange", by_ada)
    assert found == {"scope": "org:read", "type": "urn:ietf:params:oauth:token-type:access_token"}


async def test_a_device_is_let_in(oauth: OAuth, ada: Person, peer: Peer) -> None:
    client = await oauth.client(ada.caller, grant_types=[DEVICE], redirect_uris=[])
    found = await peer.run("device", settings(oauth, client))
    assert found["scope"] == "openid org:read"


async def test_a_client_is_told_that_a_page_would_be_needed(
    oauth: OAuth, ada: Person, openid_client: Peer
) -> None:
    client = await oauth.client(ada.caller, **WITH_SECRET)
    found = await openid_client.run("refused", settings(oauth, client))
    assert found == {"error": "login_required"}


async def test_signing_out_at_the_client_ends_its_session(
    oauth: OAuth, ada: Person, openid_client: Peer
) -> None:
    client = await oauth.client(ada.caller, **WITH_SECRET, post_logout_redirect_uris=[CALLBACK])
    found = await openid_client.run("sign_out", settings(oauth, client))
    assert found["ended"] == f"{CALLBACK}?state=bye"
    assert found["active"] is False
