"""Passkeys: added, signed in with, asked as second factor; and what is no proof."""

from typing import Any, cast

import httpx
import pytest

from argus.kernel.ids import UserId, parse_id
from argus.kernel.principal import anonymous
from argus.kernel.rpc.client import Rpc
from argus.services.auth.attempts.service import Throttle
from argus.services.auth.factors.service import Factors
from argus.services.auth.passkeys.errors import PasskeyInvalid
from argus.services.auth.passkeys.service import CHALLENGE_LIFE
from argus.services.auth.password_hasher import PasswordHasher
from argus.services.auth.sign_in.service import SignInService
from argus.services.auth.sign_in_flows.service import SignInFlows, Visitor
from argus.services.auth.tokens.service import Authority, TokenService
from support.auth import Auth, outcome
from support.authenticator import Authenticator
from support.platform import Caller, TestPlatform

ADA = "ada@example.com"
PASSKEYS = "/api/v1/auth/passkeys"
INVALID = (422, "auth.passkey.invalid")
REFUSED = (401, "auth.second_factor.refused")


@pytest.fixture
def authenticator(platform: TestPlatform) -> Authenticator:
    return Authenticator(platform.composition.settings.base_url)


async def options(
    platform: TestPlatform, path: str, caller: Caller | None = None, **body: str
) -> dict[str, Any]:
    answer = await platform.client.post(
        f"/api/v1/auth/{path}", json=body or None, headers=caller.headers if caller else {}
    )
    assert answer.status_code == 200, answer.text
    return answer.json()["public_key"]


async def add(platform: TestPlatform, caller: Caller, credential: dict[str, Any]) -> httpx.Response:
    return await platform.client.post(
        PASSKEYS, json={"name": "My laptop", "credential": credential}, headers=caller.headers
    )


async def sign_in(platform: TestPlatform, credential: dict[str, Any]) -> httpx.Response:
    return await platform.client.post(
        "/api/v1/auth/sign-in/passkey", json={"credential": credential}
    )


async def register(
    platform: TestPlatform, caller: Caller, authenticator: Authenticator
) -> dict[str, Any]:
    made = authenticator.create(await options(platform, "passkeys/options", caller))
    answer = await add(platform, caller, made)
    assert answer.status_code == 201, answer.text
    return answer.json()


@pytest.mark.operation(
    "new_passkey_options",
    "add_passkey",
    "list_passkeys",
    "sign_in_passkey_options",
    "sign_in_by_passkey",
)
async def test_a_passkey_signs_in_without_a_name_or_a_second_factor(
    platform: TestPlatform, auth: Auth, authenticator: Authenticator
) -> None:
    ada = await platform.owner(ADA)
    registered = await register(platform, ada, authenticator)
    assert len(registered["recovery_codes"]) == 10
    [listed] = (await auth.get(PASSKEYS, ada)).json()["items"]
    assert (listed["name"], listed["synced"]) == ("My laptop", False)
    answer = await sign_in(
        platform, authenticator.get(await options(platform, "sign-in/passkey-options"))
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["user_id"] == ada.user_id
    assert auth.events("UserSignedIn")[-1][1]["strength"] == ["hwk", "user", "mfa"]


async def test_an_answer_is_good_once(platform: TestPlatform, authenticator: Authenticator) -> None:
    await register(platform, await platform.owner(ADA), authenticator)
    asked = await options(platform, "sign-in/passkey-options")
    answer = authenticator.get(asked)
    assert (await sign_in(platform, answer)).status_code == 200
    assert outcome(await sign_in(platform, answer)) == INVALID
    assert outcome(await sign_in(platform, authenticator.get(asked))) == INVALID


async def test_a_challenge_is_not_good_for_ever(
    platform: TestPlatform, auth: Auth, authenticator: Authenticator
) -> None:
    await register(platform, await platform.owner(ADA), authenticator)
    answer = authenticator.get(await options(platform, "sign-in/passkey-options"))
    platform.clock.advance(CHALLENGE_LIFE)
    assert outcome(await sign_in(platform, answer)) == INVALID
    await auth.maintain()
    assert not platform.query("select from auth.passkey_challenge")


async def test_a_passkey_of_another_site_or_a_copied_one_is_refused(
    platform: TestPlatform, authenticator: Authenticator
) -> None:
    await register(platform, await platform.owner(ADA), authenticator)
    here = authenticator.origin
    for origin in ("https://evil.example", here.replace("http:", "https:"), f"{here}1"):
        authenticator.origin = origin
        asked = await options(platform, "sign-in/passkey-options")
        assert outcome(await sign_in(platform, authenticator.get(asked))) == INVALID, origin
    authenticator.origin = here
    asked = await options(platform, "sign-in/passkey-options")
    assert (await sign_in(platform, authenticator.get(asked))).status_code == 200
    authenticator.sign_count = 0
    asked = await options(platform, "sign-in/passkey-options")
    assert outcome(await sign_in(platform, authenticator.get(asked))) == INVALID, "a clone"


async def test_alone_it_signs_in_only_if_it_verified_its_user(
    platform: TestPlatform, authenticator: Authenticator
) -> None:
    authenticator.verifies_user = False
    await register(platform, await platform.owner(ADA), authenticator)
    asked = await options(platform, "sign-in/passkey-options")
    assert outcome(await sign_in(platform, authenticator.get(asked))) == INVALID


async def test_another_key_under_a_known_name_is_refused(
    platform: TestPlatform, authenticator: Authenticator
) -> None:
    await register(platform, await platform.owner(ADA), authenticator)
    forged = Authenticator(
        authenticator.origin,
        credential_id=authenticator.credential_id,
        user_handle=authenticator.user_handle,
    )
    asked = await options(platform, "sign-in/passkey-options")
    assert outcome(await sign_in(platform, forged.get(asked))) == INVALID
    assert outcome(await sign_in(platform, Authenticator(forged.origin).get(asked))) == INVALID


@pytest.mark.operation("second_factor_passkey_options")
async def test_it_is_asked_after_the_password_and_challenges_are_for_one_use(
    platform: TestPlatform, auth: Auth, authenticator: Authenticator
) -> None:
    authenticator.verifies_user = False
    authenticator.synced = True
    await register(platform, await platform.owner(ADA), authenticator)
    pending = (await auth.sign_in_once(ADA)).json()
    assert pending["factors"] == ["passkey", "recovery_code"]
    flow = pending["flow"]
    elsewhere = authenticator.get(await options(platform, "sign-in/passkey-options"))
    answer = await auth.continue_sign_in(flow, "passkey", credential=elsewhere)
    assert outcome(answer) == REFUSED, "a challenge to sign in is no challenge to confirm"
    asked = await options(platform, "sign-in/continue/passkey-options", flow=flow)
    answer = await auth.continue_sign_in(flow, "passkey", credential=authenticator.get(asked))
    assert answer.status_code == 200, answer.text
    assert auth.events("UserSignedIn")[-1][1]["strength"] == ["pwd", "swk", "user", "mfa"]


async def test_another_persons_passkey_is_no_second_factor(
    platform: TestPlatform, auth: Auth, authenticator: Authenticator
) -> None:
    await register(platform, await platform.owner(ADA), authenticator)
    eves = Authenticator(authenticator.origin)
    await register(platform, await platform.owner("eve@example.com"), eves)
    flow = (await auth.sign_in_once(ADA)).json()["flow"]
    asked = await options(platform, "sign-in/continue/passkey-options", flow=flow)
    answer = await auth.continue_sign_in(flow, "passkey", credential=eves.get(asked))
    assert outcome(answer) == REFUSED


async def test_a_passkey_is_registered_once_by_whom_it_was_made_for(
    platform: TestPlatform, authenticator: Authenticator
) -> None:
    ada, eve = await platform.owner(ADA), await platform.owner("eve@example.com")
    await register(platform, ada, authenticator)
    again = authenticator.create(await options(platform, "passkeys/options", eve))
    assert outcome(await add(platform, eve, again)) == INVALID, "somebody has it"
    for_ada = Authenticator(authenticator.origin).create(
        await options(platform, "passkeys/options", ada)
    )
    assert outcome(await add(platform, eve, for_ada)) == INVALID, "the challenge was Ada's"


@pytest.mark.operation("step_up_passkey_options", "remove_passkey")
async def test_it_steps_up_and_is_removed_by_its_owner_alone(
    platform: TestPlatform, auth: Auth, authenticator: Authenticator
) -> None:
    ada, eve = await platform.owner(ADA), await platform.owner("eve@example.com")
    passkey_id = (await register(platform, ada, authenticator))["passkey"]["id"]
    asked = await options(platform, "step-up/passkey-options", ada)
    stepped = await platform.client.post(
        "/api/v1/auth/step-up",
        json={"proof": {"kind": "passkey", "credential": authenticator.get(asked)}},
        headers=ada.headers,
    )
    assert stepped.json()["acr"] == "phr"
    app = await auth.enrol_totp(eve)
    by_eve = await platform.client.post(
        "/api/v1/auth/step-up",
        json={"proof": {"kind": "totp", "code": app.code()}},
        headers=eve.headers,
    )
    for answer, status in ((by_eve, 404), (stepped, 204)):
        headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        removed = await platform.client.delete(f"{PASSKEYS}/{passkey_id}", headers=headers)
        assert removed.status_code == status, removed.text
    assert (await auth.sign_in_once(ADA)).status_code == 200


async def test_one_that_is_removed_before_the_session_begins_begins_none(
    platform: TestPlatform, auth: Auth, authenticator: Authenticator
) -> None:
    ada = await platform.owner(ADA)
    passkey_id = parse_id("pky", (await register(platform, ada, authenticator))["passkey"]["id"])
    resources, database = auth.resources, platform.modules["auth"].database
    factors = resources.get(Factors)

    class Meanwhile:
        """Tokens of a person who removes the passkey just when they are asked about."""

        async def authority(self, user_id: UserId, *asked: Any) -> Authority | None:
            async with database.unit_of_work(anonymous("")) as uow:
                await factors.passkeys(uow).remove(user_id, passkey_id)
            return await resources.get(TokenService).authority(user_id, *asked)

    signing_in = SignInService(
        database,
        cast("Rpc", platform.rpc),
        resources.get(PasswordHasher),
        resources.get(Throttle),
        factors,
        cast("TokenService", Meanwhile()),
        resources.get(SignInFlows),
    )
    credential = authenticator.get(await options(platform, "sign-in/passkey-options"))
    with pytest.raises(PasskeyInvalid):
        await signing_in.sign_in_by_passkey(credential, None, Visitor(anonymous(""), "browser"))


@pytest.mark.parametrize(
    "credential",
    [
        {},
        {"id": "x", "rawId": "x", "type": "public-key", "response": {}},
        {
            "id": "eA",
            "rawId": "eA",
            "type": "public-key",
            "response": {
                "clientDataJSON": "eyJ0eXBlIjoxLCJjaGFsbGVuZ2UiOjEsIm9yaWdpbiI6MX0",
                "authenticatorData": "!",
                "signature": "é",
                "attestationObject": "oA",
            },
        },
        {"id": 1, "rawId": None, "type": [], "response": "x"},
    ],
)
async def test_what_is_no_answer_at_all_is_refused(
    platform: TestPlatform, credential: dict[str, Any]
) -> None:
    ada = await platform.owner(ADA)
    assert outcome(await sign_in(platform, credential)) == INVALID
    assert outcome(await add(platform, ada, credential)) == INVALID
