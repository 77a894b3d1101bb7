"""Impersonation over the interface: granted for a while, begun for a reason, listed, ended."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from argus.services.auth.clients.metadata import TOKEN_EXCHANGE
from argus.services.auth.oauth.token.token_exchange import ACCESS_TOKEN_TYPE
from support.audit import Log
from support.auth import Auth, outcome
from support.oauth import MACHINE, OAuth
from support.organizations import Tenant
from support.platform import STRONG, Caller, TestPlatform

PATH = "/api/v1/impersonations"
REASON = "ticket 4711"
FORBIDDEN = (403, "kernel.access.forbidden")
NOT_FOUND = (404, "auth.impersonation.not_found")


@pytest.fixture
async def bob(acme: Tenant) -> Caller:
    return await acme.member("bob@example.com", "member")


@pytest.fixture
async def ada(platform: TestPlatform, acme: Tenant) -> Caller:
    """The owner, signed in by two factors."""
    return await platform.sign_in(acme.owner.email, acme.id, factor=STRONG)


@pytest.fixture
async def cleo(platform: TestPlatform, acme: Tenant, ada: Caller) -> Caller:
    """An administrator, signed in by two factors, to whom the owner has granted it."""
    await acme.member("cleo@example.com", "admin")
    cleo = await platform.sign_in("cleo@example.com", acme.id, factor=STRONG)
    assert (await grant(platform, ada, cleo)).status_code == 204
    return cleo


async def grant(platform: TestPlatform, by: Caller, to: Caller, days: int = 1) -> httpx.Response:
    return await platform.client.put(
        f"{PATH}/grants/{to.user_id}", json={"life_s": days * 86_400}, headers=by.headers
    )


async def begin(platform: TestPlatform, by: Caller, user: Caller, **body: Any) -> httpx.Response:
    return await platform.client.post(
        PATH, json={"user_id": user.user_id, "reason": REASON} | body, headers=by.headers
    )


async def running(platform: TestPlatform, by: Caller) -> list[dict[str, Any]]:
    answer = await platform.client.get(PATH, headers=by.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


@pytest.mark.operation(
    "begin_impersonation", "list_impersonations", "end_impersonation", "grant_impersonation"
)
async def test_who_was_granted_it_acts_as_a_member_until_it_is_ended(
    platform: TestPlatform, auth: Auth, ada: Caller, bob: Caller, cleo: Caller
) -> None:
    assert (await grant(platform, ada, cleo)).status_code == 204, "once more"
    begun = await begin(platform, cleo, bob, life_s=600)
    assert begun.status_code == 201, begun.text
    told = begun.json()
    assert told["page"] == f"/impersonations/{told['id']}"
    me = await auth.get("/api/v1/auth/me", bearer(told["access_token"], bob))
    assert (me.json()["id"], me.json()["actors"]) == (bob.user_id, [cleo.user_id])
    [listed] = await running(platform, ada)
    assert listed == {
        "id": told["id"],
        "user_id": bob.user_id,
        "administrator_id": cleo.user_id,
        "reason": REASON,
        "started_at": "2030-01-01T12:00:00Z",
        "ends_at": "2030-01-01T12:10:00Z",
        "ended_at": None,
    }
    ended = await platform.client.delete(f"{PATH}/{told['id']}", headers=cleo.headers)
    assert ended.status_code == 204
    assert not await auth.is_live(told["access_token"])
    [listed] = await running(platform, ada)
    assert listed["ended_at"] == "2030-01-01T12:00:00Z"
    again = await platform.client.delete(f"{PATH}/{told['id']}", headers=cleo.headers)
    assert outcome(again) == NOT_FOUND


def bearer(token: str, person: Caller) -> Caller:
    return Caller(person.user_id, person.organization_id, person.email, token, "")


async def test_it_is_over_when_its_time_is(
    platform: TestPlatform, auth: Auth, ada: Caller, bob: Caller, cleo: Caller
) -> None:
    token = (await begin(platform, cleo, bob, life_s=60)).json()["access_token"]
    platform.clock.advance(timedelta(seconds=60))
    assert not await auth.is_live(token)
    assert [each["ended_at"] for each in await running(platform, ada)] == ["2030-01-01T12:01:00Z"]


async def test_the_list_comes_in_pages(
    platform: TestPlatform, ada: Caller, bob: Caller, cleo: Caller
) -> None:
    begun = [(await begin(platform, cleo, bob)).json()["id"] for _ in range(3)]
    first = await platform.client.get(f"{PATH}?limit=2", headers=ada.headers)
    cursor = first.json()["next_cursor"]
    second = await platform.client.get(f"{PATH}?limit=2&cursor={cursor}", headers=ada.headers)
    seen = [each["id"] for page in (first, second) for each in page.json()["items"]]
    assert seen == begun[::-1]
    assert second.json()["next_cursor"] is None


async def test_no_role_is_enough_without_the_grant_and_the_grant_expires(
    platform: TestPlatform, ada: Caller, bob: Caller
) -> None:
    assert outcome(await begin(platform, ada, bob)) == FORBIDDEN
    assert (await grant(platform, ada, ada)).status_code == 204
    assert (await begin(platform, ada, bob)).status_code == 201
    platform.clock.advance(timedelta(days=1))
    ada = await platform.sign_in(ada.email, ada.organization_id, factor=STRONG)
    assert outcome(await begin(platform, ada, bob)) == FORBIDDEN


@pytest.mark.operation("withdraw_impersonation_grant", "list_impersonation_grants")
async def test_the_grant_is_listed_and_withdrawn(
    platform: TestPlatform, auth: Auth, ada: Caller, bob: Caller, cleo: Caller
) -> None:
    path = f"{PATH}/grants/{cleo.user_id}"
    [granted] = (await auth.get(f"{PATH}/grants", ada)).json()["items"]
    assert (granted["user_id"], granted["granted_by"]) == (cleo.user_id, ada.user_id)
    assert (await platform.client.delete(path, headers=ada.headers)).status_code == 204
    assert (await auth.get(f"{PATH}/grants", ada)).json()["items"] == []
    assert outcome(await begin(platform, cleo, bob)) == FORBIDDEN
    again = await platform.client.delete(path, headers=ada.headers)
    assert outcome(again) == (404, "auth.impersonation.grant_not_found")
    names = [name for name, _ in auth.events("ImpersonationGranted", "ImpersonationGrantWithdrawn")]
    assert names == ["ImpersonationGranted", "ImpersonationGrantWithdrawn"]


async def test_only_an_owner_grants_it_and_only_within_the_organization(
    platform: TestPlatform, ada: Caller, bob: Caller, cleo: Caller
) -> None:
    assert outcome(await grant(platform, cleo, cleo)) == FORBIDDEN
    eve = await platform.owner("eve@example.com")
    assert outcome(await grant(platform, ada, eve)) == (404, "auth.organization.not_found")
    assert outcome(await begin(platform, cleo, eve)) == (404, "auth.organization.not_found")
    weak = await platform.sign_in(cleo.email, cleo.organization_id)
    step_up = (401, "kernel.access.step_up_required")
    assert outcome(await begin(platform, weak, bob)) == step_up


async def test_a_removed_member_comes_back_without_the_grant(
    platform: TestPlatform, acme: Tenant, ada: Caller, cleo: Caller
) -> None:
    path = f"/api/v1/members/{cleo.user_id}"
    assert (await platform.client.delete(path, headers=ada.headers)).status_code == 204
    await platform.relay()
    assert platform.query("select 1 from auth.impersonation_grant") == []


async def test_others_end_it_only_if_they_manage_security(
    platform: TestPlatform, auth: Auth, acme: Tenant, ada: Caller, bob: Caller, cleo: Caller
) -> None:
    begun = (await begin(platform, cleo, bob)).json()
    eve = await platform.owner("eve@example.com")
    dan = await acme.member("dan@example.com", "member")
    path = f"{PATH}/{begun['id']}"
    for other in (eve, dan, bob):
        refused = await platform.client.delete(path, headers=other.headers)
        assert outcome(refused) == NOT_FOUND
    assert outcome(await auth.get(PATH, dan)) == FORBIDDEN
    assert (await platform.client.delete(path, headers=ada.headers)).status_code == 204
    assert not await auth.is_live(begun["access_token"])


async def test_it_ends_with_the_session_that_began_it(
    platform: TestPlatform, auth: Auth, bob: Caller, cleo: Caller
) -> None:
    token = (await begin(platform, cleo, bob)).json()["access_token"]
    await platform.client.post("/api/v1/auth/sign-out", headers=cleo.headers)
    assert not await auth.is_live(token)
    revoked = auth.events("SessionRevoked")[-2:]
    assert {told["user_id"] for _, told in revoked} == {bob.user_id, cleo.user_id}


async def test_what_is_done_stands_in_the_audit_log_under_both_names(
    platform: TestPlatform, ada: Caller, bob: Caller, cleo: Caller
) -> None:
    begun = (await begin(platform, cleo, bob)).json()
    headers = {"Authorization": f"Bearer {begun['access_token']}"}
    assert (await platform.client.post("/api/v1/auth/sign-out", headers=headers)).is_success
    await platform.relay()
    log = Log(platform, ada)
    [started] = (await log.get("entries", type="ImpersonationStarted"))["entries"]
    assert (started["principal"], started["subject"]) == (cleo.user_id, bob.user_id)
    assert started["event"]["data"]["reason"] == REASON
    [ended] = (await log.get("entries", type="SessionRevoked"))["entries"]
    assert ended["principal"] == bob.user_id
    assert ended["event"]["principal"]["actors"] == [cleo.user_id]
    for person in (bob, cleo):
        assert "SessionRevoked" in await log.types(principal=person.user_id), person.email


async def test_the_token_is_not_exchanged_for_another(
    platform: TestPlatform, oauth: OAuth, ada: Caller, bob: Caller, cleo: Caller
) -> None:
    begun = (await begin(platform, cleo, bob)).json()
    agent, _ = await oauth.machine(
        ada, "org:read", grant_types=[MACHINE, TOKEN_EXCHANGE], redirect_uris=[]
    )
    await oauth.consent(bob, agent, "org:read")
    subject = {"subject_token_type": ACCESS_TOKEN_TYPE, "resource": oauth.issuer}
    own = await oauth.token(agent, TOKEN_EXCHANGE, subject_token=bob.token, **subject)
    assert own.status_code == 200, own.text
    answer = await oauth.token(
        agent, TOKEN_EXCHANGE, subject_token=begun["access_token"], **subject
    )
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
