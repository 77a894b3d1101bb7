"""The device flow (RFC 8628), from the device's side and from the person's."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest

from support.auth import Auth
from support.browsing import Browser, Page
from support.oauth import OAuth, RegisteredClient
from support.platform import PASSWORD, Caller, TestPlatform

GRANT = "urn:ietf:params:oauth:grant-type:device_code"
ARGUS = RegisteredClient("argus")


@dataclass(frozen=True)
class Device:
    """Something that can show a code."""

    oauth: OAuth
    client: RegisteredClient
    codes: dict[str, Any]

    async def poll(self, **form: str) -> httpx.Response:
        sent = {"device_code": self.codes["device_code"]} | form
        return await self.oauth.token(self.client, GRANT, **sent)

    async def poll_in_time(self) -> httpx.Response:
        self.oauth.platform.clock.advance(timedelta(seconds=self.codes["interval"]))
        return await self.poll()


async def begin(oauth: OAuth, client: RegisteredClient, **form: str) -> Device:
    answer = await oauth.platform.client.post(
        "/oauth/device_authorization", data={**client.form, **form}
    )
    assert answer.status_code == 200, answer.text
    return Device(oauth, client, answer.json())


@pytest.fixture
async def ada(platform: TestPlatform) -> Caller:
    return await platform.owner("ada@example.com")


@pytest.fixture
async def station(oauth: OAuth, ada: Caller) -> RegisteredClient:
    return await oauth.client(
        ada,
        client_name="Weather Station",
        grant_types=[GRANT, "refresh_token"],
        redirect_uris=[],
        response_types=[],
    )


async def signed_in(platform: TestPlatform, person: Caller) -> Browser:
    browser = Browser(platform)
    await browser.sign_in(person.email, PASSWORD)
    return browser


async def enter(browser: Browser, user_code: str) -> Page:
    return await browser.send(await browser.open("/device"), "/device", user_code=user_code)


async def decide(browser: Browser, user_code: str, decision: str) -> Page:
    page = await enter(browser, user_code)
    return await browser.send(page, "/device/decision", decision=decision)


def error(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]


@pytest.mark.requirement(
    "rfc8628:3.2:answer",
    "rfc8628:3.3:authenticated-person",
    "rfc8628:3.5:pending",
    "rfc8628:5.4:phishing",
)
@pytest.mark.operation("authorize_device", "issue_tokens")
async def test_a_device_is_let_in_by_the_code_that_it_shows(
    platform: TestPlatform, oauth: OAuth, auth: Auth, ada: Caller, station: RegisteredClient
) -> None:
    device = await begin(oauth, station, scope="test:read", resource=oauth.issuer)
    assert device.codes["verification_uri"] == f"{oauth.issuer}/device"
    assert device.codes["verification_uri_complete"].endswith(device.codes["user_code"])
    assert error(await device.poll()) == (400, "authorization_pending")
    browser = await signed_in(platform, ada)
    page = await enter(browser, device.codes["user_code"].lower().replace("-", " "))
    assert "Weather Station" in page.text
    assert device.codes["user_code"] in page.text
    assert "See tests" in page.text
    page = await browser.send(page, "/device/decision", decision="approve")
    assert "The device is let in" in page.text
    answer = await device.poll_in_time()
    assert answer.status_code == 200, answer.text
    tokens = answer.json()
    assert (tokens["token_type"], tokens["scope"]) == ("Bearer", "test:read")
    assert await auth.is_live(tokens["access_token"])
    assert (await oauth.refresh(station, tokens["refresh_token"])).status_code == 200
    assert [kind for kind, _ in auth.events("DeviceAuthorized", "ClientLetIn")] == [
        "DeviceAuthorized",
        "ClientLetIn",
    ]


async def test_an_approval_is_exchanged_once(
    platform: TestPlatform, oauth: OAuth, ada: Caller, station: RegisteredClient
) -> None:
    device = await begin(oauth, station, scope="openid")
    await decide(await signed_in(platform, ada), device.codes["user_code"], "approve")
    assert (await device.poll()).status_code == 200
    assert error(await device.poll_in_time()) == (400, "invalid_grant")


@pytest.mark.requirement("rfc8628:3.5:denied")
async def test_a_device_that_is_kept_out_is_told_so(
    platform: TestPlatform, oauth: OAuth, auth: Auth, ada: Caller, station: RegisteredClient
) -> None:
    device = await begin(oauth, station, scope="openid")
    browser = await signed_in(platform, ada)
    page = await decide(browser, device.codes["user_code"], "deny")
    assert "The device was kept out" in page.text
    assert error(await device.poll()) == (400, "access_denied")
    assert auth.events("DeviceRefused")
    late = await enter(browser, device.codes["user_code"])
    assert "No device waits with this code" in late.text


@pytest.mark.requirement("rfc8628:3.5:slow-down")
async def test_a_device_that_asks_too_soon_must_wait_longer_from_then_on(
    oauth: OAuth, station: RegisteredClient, platform: TestPlatform
) -> None:
    device = await begin(oauth, station, scope="openid")
    await device.poll()
    too_soon = await device.poll()
    assert error(too_soon) == (400, "slow_down")
    assert too_soon.json()["interval"] == 10
    platform.clock.advance(timedelta(seconds=5))
    assert error(await device.poll()) == (400, "slow_down")
    platform.clock.advance(timedelta(seconds=15))
    assert error(await device.poll()) == (400, "authorization_pending")


@pytest.mark.requirement("rfc8628:3.5:expired")
async def test_codes_are_good_for_ten_minutes(
    platform: TestPlatform, oauth: OAuth, ada: Caller, station: RegisteredClient
) -> None:
    device = await begin(oauth, station, scope="openid")
    platform.clock.advance(timedelta(seconds=device.codes["expires_in"]))
    page = await enter(await signed_in(platform, ada), device.codes["user_code"])
    assert page.response.status_code == 404
    assert error(await device.poll()) == (400, "expired_token")


@pytest.mark.requirement("rfc8628:3.4:own-code")
async def test_another_clients_device_code_is_none(
    oauth: OAuth, ada: Caller, station: RegisteredClient
) -> None:
    device = await begin(oauth, station, scope="openid")
    other = await oauth.client(
        ada, grant_types=[GRANT], redirect_uris=[], response_types=[], client_name="Other"
    )
    answer = await oauth.token(other, GRANT, device_code=device.codes["device_code"])
    assert error(answer) == (400, "invalid_grant")


async def test_a_client_that_is_not_registered_for_it_shows_no_codes(
    platform: TestPlatform, oauth: OAuth, ada: Caller
) -> None:
    client = await oauth.client(ada)
    answer = await platform.client.post("/oauth/device_authorization", data=client.form)
    assert error(answer) == (400, "unauthorized_client")


@pytest.mark.parametrize(
    ("form", "word"),
    [
        ({"scope": "openid", "resource": "https://unknown.example"}, "invalid_target"),
        ({"scope": "openid everything", "resource": "issuer"}, "invalid_scope"),
    ],
)
async def test_no_device_asks_for_more_than_there_is(
    oauth: OAuth, station: RegisteredClient, form: dict[str, str], word: str
) -> None:
    sent = {**station.form, **form}
    if sent["resource"] == "issuer":
        sent["resource"] = oauth.issuer
    answer = await oauth.platform.client.post("/oauth/device_authorization", data=sent)
    assert error(answer) == (400, word)


@pytest.mark.requirement("rfc8628:5.1:guessing")
async def test_guessing_codes_is_stopped(platform: TestPlatform, ada: Caller) -> None:
    browser = await signed_in(platform, ada)
    statuses = [(await enter(browser, "BBBB-BBBB")).response.status_code for _ in range(6)]
    assert statuses == [404] * 5 + [429]
    platform.clock.advance(timedelta(seconds=2))
    assert (await enter(browser, "BBBB-BBBB")).response.status_code == 404


@pytest.mark.requirement("rfc8628:3.3.1:code-shown")
async def test_a_code_in_the_address_is_only_filled_in(
    platform: TestPlatform, oauth: OAuth, ada: Caller, station: RegisteredClient
) -> None:
    device = await begin(oauth, station, scope="openid")
    path = device.codes["verification_uri_complete"].removeprefix(oauth.issuer)
    browser = Browser(platform)
    page = await browser.open(path)
    assert page.response.url.path == "/sign-in"
    page = await browser.send(page, "/sign-in", email=ada.email, password=PASSWORD)
    assert page.form("/device").fields["user_code"] == device.codes["user_code"]
    assert error(await device.poll()) == (400, "authorization_pending")


async def test_the_device_is_signed_out_with_the_session_that_let_it_in_unless_offline(
    platform: TestPlatform, oauth: OAuth, ada: Caller, station: RegisteredClient
) -> None:
    browser = await signed_in(platform, ada)
    tokens: dict[str, str] = {}
    for scope in ("openid", "openid offline_access"):
        device = await begin(oauth, station, scope=scope)
        await decide(browser, device.codes["user_code"], "approve")
        tokens[scope] = (await device.poll()).json()["refresh_token"]
    await browser.send(await browser.open("/oauth/logout"), "/sign-out")
    assert (await oauth.refresh(station, tokens["openid"])).status_code == 400
    assert (await oauth.refresh(station, tokens["openid offline_access"])).status_code == 200


@pytest.mark.operation("verify_device")
async def test_the_command_line_signs_in_by_the_paths_of_the_interface(
    platform: TestPlatform, auth: Auth, ada: Caller
) -> None:
    begun = await platform.client.post(
        "/api/v1/auth/device/authorize", data={"client_id": ARGUS.id}
    )
    form = {"grant_type": GRANT, "device_code": begun.json()["device_code"], **ARGUS.form}
    body = {"user_code": begun.json()["user_code"], "decision": "approve"}
    for status, headers in ((401, {}), (204, ada.headers)):
        answer = await platform.client.post(
            "/api/v1/auth/device/verify", json=body, headers=headers
        )
        assert answer.status_code == status, answer.text
    answer = await platform.client.post("/api/v1/auth/device/token", data=form)
    assert answer.status_code == 200, answer.text
    keys = await platform.client.get(
        "/api/v1/api-keys", headers={"Authorization": f"Bearer {answer.json()['access_token']}"}
    )
    assert keys.status_code == 200


async def test_a_client_proves_itself_by_basic_at_the_paths_of_the_interface_too(
    platform: TestPlatform, oauth: OAuth, ada: Caller
) -> None:
    client = await oauth.client(
        ada,
        grant_types=[GRANT],
        redirect_uris=[],
        response_types=[],
        token_endpoint_auth_method="client_secret_basic",
    )
    begun = await platform.client.post(
        "/api/v1/auth/device/authorize", data={"scope": "openid"}, headers=client.basic
    )
    assert begun.status_code == 200, begun.text
    form = {"grant_type": GRANT, "device_code": begun.json()["device_code"]}
    answer = await platform.client.post(
        "/api/v1/auth/device/token", data=form, headers=client.basic
    )
    assert error(answer) == (400, "authorization_pending")


async def test_a_client_cannot_let_devices_in(
    platform: TestPlatform, oauth: OAuth, auth: Auth, ada: Caller, station: RegisteredClient
) -> None:
    device = await begin(oauth, station, scope="openid")
    tokens = await oauth.let_in(ada, station, "openid")
    body = {"user_code": device.codes["user_code"], "decision": "approve"}
    key = await auth.api_key(ada, "project:read")
    for credential in (f"Bearer {tokens.access_token}", f"ApiKey {key['secret']}"):
        answer = await platform.client.post(
            "/api/v1/auth/device/verify", json=body, headers={"Authorization": credential}
        )
        assert answer.status_code == 403, answer.text
    assert error(await device.poll()) == (400, "authorization_pending")


async def test_a_limited_token_lets_nobody_have_more_than_it_has(
    platform: TestPlatform, oauth: OAuth, ada: Caller
) -> None:
    limited = await oauth.let_in(ada, ARGUS, "test:read")
    device = await begin(oauth, ARGUS)
    answer = await platform.client.post(
        "/api/v1/auth/device/verify",
        json={"user_code": device.codes["user_code"], "decision": "approve"},
        headers={"Authorization": f"Bearer {limited.access_token}"},
    )
    assert answer.status_code == 403, answer.text
    assert error(await device.poll()) == (400, "authorization_pending")


async def test_a_client_that_may_have_no_scope_gets_none(oauth: OAuth, ada: Caller) -> None:
    client = await oauth.client(
        ada, grant_types=[GRANT], redirect_uris=[], response_types=[], scope=""
    )
    answer = await oauth.platform.client.post(
        "/oauth/device_authorization", data={**client.form, "scope": "openid"}
    )
    assert error(answer) == (400, "invalid_scope")


async def test_a_device_gets_nothing_that_its_client_may_have_no_more(
    platform: TestPlatform, oauth: OAuth, ada: Caller, station: RegisteredClient
) -> None:
    device = await begin(oauth, station, scope="openid profile")
    await decide(await signed_in(platform, ada), device.codes["user_code"], "approve")
    changed = await platform.client.put(
        f"/api/v1/clients/{station.id}",
        json={
            "client_name": "Weather Station",
            "grant_types": [GRANT],
            "token_endpoint_auth_method": "none",
            "scope": "openid",
        },
        headers=ada.headers,
    )
    assert changed.status_code == 200, changed.text
    assert error(await device.poll()) == (400, "invalid_grant")


@pytest.mark.requirement("rfc8628:3.1:client-authentication", "rfc8628:5.2:device-code-entropy")
async def test_a_client_with_a_secret_proves_itself_before_it_shows_a_code(
    platform: TestPlatform, oauth: OAuth, ada: Caller
) -> None:
    client = await oauth.client(
        ada,
        grant_types=[GRANT],
        redirect_uris=[],
        response_types=[],
        token_endpoint_auth_method="client_secret_basic",
    )
    for headers, status in (({}, 401), (client.basic, 200)):
        answer = await platform.client.post(
            "/oauth/device_authorization",
            data={"client_id": client.id, "scope": "openid"},
            headers=headers,
        )
        assert answer.status_code == status, answer.text
    assert len(answer.json()["device_code"]) >= 43


@pytest.mark.requirement("rfc8628:4:metadata")
async def test_the_metadata_names_the_endpoint(platform: TestPlatform, oauth: OAuth) -> None:
    document = await platform.client.get("/.well-known/oauth-authorization-server")
    named = document.json()["device_authorization_endpoint"]
    assert named == f"{oauth.issuer}/oauth/device_authorization"
    assert GRANT in document.json()["grant_types_supported"]


async def test_old_codes_are_forgotten(
    platform: TestPlatform, oauth: OAuth, auth: Auth, station: RegisteredClient
) -> None:
    await begin(oauth, station, scope="openid")
    platform.clock.advance(timedelta(hours=1))
    await auth.maintain()
    assert platform.query("select * from auth.device_authorization")
    platform.clock.advance(timedelta(minutes=11))
    await auth.maintain()
    assert not platform.query("select * from auth.device_authorization")
