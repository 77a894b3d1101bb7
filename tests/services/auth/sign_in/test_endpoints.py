import asyncio
import hmac
from datetime import timedelta
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher as Argon2
from argon2 import extract_parameters

from argus.contracts.auth.rpc import SET_PASSWORD
from argus.contracts.auth.v1 import auth_pb2
from argus.contracts.identity.rpc import DEACTIVATE_USER
from argus.contracts.identity.v1 import identity_pb2
from argus.services.auth.password_hasher import PEPPER
from argus.services.auth.sign_in_throttle import FREE_PER_ACCOUNT, FREE_PER_ADDRESS
from support.auth import Auth, outcome, statements
from support.organizations import Tenant
from support.platform import PASSWORD, TestPlatform

REFUSED = (401, "auth.credentials.invalid")
THROTTLED = (429, "auth.sign_in.throttled")
WRONG = "not the password"


async def sign_in(
    platform: TestPlatform, email: str, password: str = PASSWORD, **body: str
) -> httpx.Response:
    return await platform.client.post(
        "/api/v1/auth/sign-in",
        json={"email": email, "password": password, **body},
        headers={"User-Agent": "Lynx/2.9"},
    )


@pytest.mark.operation("sign_in")
async def test_signing_in_begins_a_session_for_the_personal_organization(
    platform: TestPlatform, auth: Auth
) -> None:
    owner = await platform.owner("ada@example.com")
    answer = await sign_in(platform, " Ada@Example.com ")
    assert answer.status_code == 200
    body = answer.json()
    assert body["token_type"] == "Bearer"
    assert body["expires_in"] == 600
    assert (body["user_id"], body["organization_id"]) == (owner.user_id, owner.organization_id)
    assert answer.headers["cache-control"] == "no-store"
    assert await auth.is_live(body["access_token"])
    signed_in = {"user_id": owner.user_id, "session_id": body["session_id"], "strength": ["pwd"]}
    assert auth.events("UserSignedIn")[-1] == ("UserSignedIn", signed_in)


async def test_the_tokens_are_for_the_organization_that_is_named(
    platform: TestPlatform, auth: Auth, acme: Tenant
) -> None:
    answer = await sign_in(platform, "ada@example.com", organization_id=acme.id)
    assert answer.json()["organization_id"] == acme.id


async def test_an_organization_one_is_no_member_of_does_not_exist(
    platform: TestPlatform, acme: Tenant
) -> None:
    await platform.owner("eve@example.com")
    answer = await sign_in(platform, "eve@example.com", organization_id=acme.id)
    assert outcome(answer) == (404, "auth.organization.not_found")


@pytest.mark.requirement(
    "attacks:people:enumeration-by-body",
    "attacks:people:enumeration-by-status",
)
async def test_unknown_wrong_and_deactivated_cannot_be_told_apart(
    platform: TestPlatform, auth: Auth
) -> None:
    """Body, status and headers are the same; the time is a multiple of the same step."""
    await platform.owner("ada@example.com")
    gone = await platform.owner("gone@example.com")
    await platform.rpc.call(
        DEACTIVATE_USER, identity_pb2.DeactivateUserRequest(user_id=gone.user_id)
    )
    answers = [
        await sign_in(platform, "nobody@example.com"),
        await sign_in(platform, "ada@example.com", WRONG),
        await sign_in(platform, "gone@example.com"),
    ]

    def visible(answer: httpx.Response) -> tuple[int, dict[str, Any], set[str]]:
        body = {name: value for name, value in answer.json().items() if name != "request_id"}
        return answer.status_code, body, set(answer.headers)

    assert {outcome(answer) for answer in answers} == {REFUSED}
    assert visible(answers[0]) == visible(answers[1]) == visible(answers[2])


@pytest.mark.usefixtures("vouching")
async def test_an_unknown_address_costs_as_much_as_a_wrong_password(
    platform: TestPlatform,
) -> None:
    """The same statements and the same hash; only the event of a failure is told of somebody."""
    await platform.owner("ada@example.com")
    with statements() as for_known:
        await sign_in(platform, "ada@example.com", WRONG)
    with statements() as for_unknown:
        await sign_in(platform, "nobody@example.com", WRONG)
    assert "insert into auth.outbox" in for_known[-1]
    assert for_known[:-1] == for_unknown


@pytest.mark.usefixtures("vouching")
async def test_a_sign_in_takes_few_statements(platform: TestPlatform) -> None:
    """They run in the process that validates; begin and commit of its four units come on top."""
    await platform.owner("ada@example.com")
    await sign_in(platform, "ada@example.com")  # what is remembered, is
    with statements() as seen:
        assert (await sign_in(platform, "ada@example.com")).status_code == 200
    assert len(seen) <= 14, seen


async def test_a_failed_sign_in_is_told_for_a_user_that_exists_only(
    platform: TestPlatform, auth: Auth
) -> None:
    owner = await platform.owner("ada@example.com")
    await sign_in(platform, "nobody@example.com")
    await sign_in(platform, "ada@example.com", WRONG)
    assert auth.events("SignInFailed") == [("SignInFailed", {"user_id": owner.user_id})]


@pytest.mark.parametrize("email", ["ada@example.com", "nobody@example.com"])
async def test_failures_make_an_account_wait_whether_it_exists_or_not(
    platform: TestPlatform, email: str
) -> None:
    await platform.owner("ada@example.com")
    for _ in range(FREE_PER_ACCOUNT):
        assert outcome(await sign_in(platform, email, WRONG)) == REFUSED
    blocked = await sign_in(platform, email)
    assert outcome(blocked) == THROTTLED
    assert blocked.headers["retry-after"] == "1"
    platform.clock.advance(timedelta(seconds=1))
    assert outcome(await sign_in(platform, email, WRONG)) == REFUSED
    assert (await sign_in(platform, email)).headers["retry-after"] == "2"


async def test_a_success_ends_the_waiting(platform: TestPlatform) -> None:
    await platform.owner("ada@example.com")
    for _ in range(FREE_PER_ACCOUNT - 1):
        await sign_in(platform, "ada@example.com", WRONG)
    assert (await sign_in(platform, "ada@example.com")).status_code == 200
    assert outcome(await sign_in(platform, "ada@example.com", WRONG)) == REFUSED
    assert (await sign_in(platform, "ada@example.com")).status_code == 200


@pytest.mark.parametrize("known", [True, False])
async def test_other_spellings_of_an_address_wait_whether_it_exists_or_not(
    platform: TestPlatform, known: bool
) -> None:
    if known:
        await platform.owner("bob@b\u00fccher.example")
    for _ in range(FREE_PER_ACCOUNT):
        assert outcome(await sign_in(platform, "bob@b\u00fccher.example", WRONG)) == REFUSED
    for same in (" BOB@b\u00fccher.example", "bob@xn--bcher-kva.example"):
        assert outcome(await sign_in(platform, same, WRONG)) == THROTTLED


async def test_parallel_guesses_count_before_they_are_answered(platform: TestPlatform) -> None:
    await platform.owner("ada@example.com")
    async with asyncio.TaskGroup() as group:
        guesses = [
            group.create_task(sign_in(platform, "ada@example.com", f"guess number {number}"))
            for number in range(20)
        ]
    outcomes = [outcome(guess.result()) for guess in guesses]
    assert outcomes.count(REFUSED) == FREE_PER_ACCOUNT
    assert outcomes.count(THROTTLED) == 20 - FREE_PER_ACCOUNT


async def test_an_address_that_tries_many_accounts_waits(platform: TestPlatform) -> None:
    assert outcome(await sign_in(platform, "nobody0@example.com", WRONG)) == REFUSED
    platform.owner_connection.execute(
        "update auth.sign_in_attempt set attempts = %s", [FREE_PER_ADDRESS - 1]
    )
    assert outcome(await sign_in(platform, "nobody1@example.com", WRONG)) == REFUSED
    assert outcome(await sign_in(platform, "nobody2@example.com", WRONG)) == THROTTLED
    platform.clock.advance(timedelta(hours=2))
    assert outcome(await sign_in(platform, "nobody2@example.com", WRONG)) == REFUSED


async def test_neither_address_is_readable_in_the_database(platform: TestPlatform) -> None:
    await sign_in(platform, "nobody@example.com", WRONG)
    rows = platform.query("select * from auth.sign_in_attempt")
    assert len(rows) == 2
    assert "example" not in str(rows)
    assert "127.0.0.1" not in str(rows)


async def test_a_password_is_taken_as_it_is_typed(platform: TestPlatform) -> None:
    owner = await platform.owner("ada@example.com")
    spaced = "  two spaces before and after  "
    await platform.rpc.call(
        SET_PASSWORD, auth_pb2.SetPasswordRequest(user_id=owner.user_id, password=spaced)
    )
    assert outcome(await sign_in(platform, "ada@example.com", spaced.strip())) == REFUSED
    assert (await sign_in(platform, "ada@example.com", spaced)).status_code == 200


async def test_a_password_whose_pepper_is_lost_is_refused_like_a_wrong_one(
    platform: TestPlatform,
) -> None:
    await platform.owner("ada@example.com")
    platform.owner_connection.execute("update auth.password set pepper_id = 'lost'")
    assert outcome(await sign_in(platform, "ada@example.com")) == REFUSED


async def test_a_password_stored_at_another_cost_is_hashed_anew(platform: TestPlatform) -> None:
    await platform.owner("ada@example.com")
    [before] = platform.query("select hash, pepper_id from auth.password")
    pepper = platform.composition.keyring.derive_all(PEPPER)[before["pepper_id"]]
    secret = hmac.digest(pepper, PASSWORD.encode(), "sha256").hex()
    platform.owner_connection.execute(
        "update auth.password set hash = %s", [Argon2(time_cost=1, memory_cost=64).hash(secret)]
    )
    assert (await sign_in(platform, "ada@example.com")).status_code == 200
    [after] = platform.query("select hash from auth.password")
    assert extract_parameters(after["hash"]) == extract_parameters(before["hash"])


async def test_what_is_no_address_is_refused_like_an_unknown_one(platform: TestPlatform) -> None:
    assert outcome(await sign_in(platform, "not an address")) == REFUSED


async def test_a_malformed_request_is_refused(platform: TestPlatform) -> None:
    for body in (
        {},
        {"email": "ada@example.com"},
        {"email": "a" * 321, "password": "x"},
        {"email": "ada@example.com", "password": ""},
        {"email": "ada@example.com", "password": "x" * 1025},
        {"email": "ada@example.com", "password": ["x"]},
        {"email": "ada@example.com", "password": "x", "roles": ["owner"]},
        {"email": "ada@example.com", "password": "x", "organization_id": "org_1"},
    ):
        answer = await platform.client.post("/api/v1/auth/sign-in", json=body)
        assert outcome(answer) == (422, "kernel.request.invalid"), body
        assert "x" * 20 not in answer.text
