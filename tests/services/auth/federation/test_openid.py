"""Visits to OpenID providers that say whatever a test wants; the real one is in tests/peers."""

from datetime import timedelta
from typing import Any

import pytest

from support.federated import Browser, Start, refusal
from support.loopback import CLIENT_ID, Issuer, Signer
from support.platform import TestPlatform

TENANT = "9122040d-6c67-4c5b-b112-36a304b66dad"
OTHER_TENANT = "11111111-6c67-4c5b-b112-36a304b66dad"


async def come_back(
    platform: TestPlatform, issuer: Issuer, **query: str
) -> tuple[Browser, tuple[int, str]]:
    """The browser after its visit, and where it was sent or why it was refused."""
    browser = Browser(platform)
    back = issuer.authorize(await browser.visit("upstream")) | query
    answer = await browser.come_back("upstream", back)
    if answer.status_code == 303:
        return browser, (303, answer.headers["location"])
    return browser, refusal(answer)


async def test_a_person_signs_in_by_an_id_token(start: Start, issuer: Issuer) -> None:
    platform = await start(providers={"upstream": issuer.settings})
    browser, ended = await come_back(platform, issuer)
    assert ended == (303, "/account")
    assert browser.is_signed_in
    linked = platform.query("select issuer, subject, label from auth.external_identity")
    assert linked == [{"issuer": issuer.url, "subject": "ada's number", "label": "ada@example.com"}]


async def test_metadata_are_read_once_an_hour(start: Start, issuer: Issuer) -> None:
    platform = await start(providers={"upstream": issuer.settings})
    for _ in range(2):
        await come_back(platform, issuer)
    assert issuer.asked.count("/.well-known/openid-configuration") == 1
    platform.clock.advance(timedelta(hours=1))
    await Browser(platform).visit("upstream")
    assert issuer.asked.count("/.well-known/openid-configuration") == 2


async def test_an_id_token_that_is_not_for_this_visit_signs_nobody_in(
    start: Start, issuer: Issuer
) -> None:
    platform = await start(providers={"upstream": issuer.settings})
    for claims in ({"iss": "https://other.test"}, {"aud": "another"}, {"nonce": "old"}, {"exp": 1}):
        issuer.claims = claims
        browser, ended = await come_back(platform, issuer)
        assert ended == (503, "auth.provider.failed")
        assert not browser.is_signed_in


async def test_an_id_token_by_a_key_of_somebody_else_signs_nobody_in(
    start: Start, issuer: Issuer
) -> None:
    platform = await start(providers={"upstream": issuer.settings})
    issuer.signer = Signer()
    assert (await come_back(platform, issuer))[1] == (503, "auth.provider.failed")


@pytest.mark.requirement("attacks:people:unverified-link")
async def test_an_address_that_the_provider_did_not_verify_is_no_proof(
    start: Start, issuer: Issuer
) -> None:
    platform = await start(providers={"upstream": issuer.settings})
    for verified in (False, None, "true", 1):
        issuer.claims = {"email_verified": verified}
        assert (await come_back(platform, issuer))[1] == (403, "auth.identity.link_needed")


async def test_a_standard_provider_is_not_believed_unless_configuration_says_so(
    start: Start, issuer: Issuer
) -> None:
    settings = {k: v for k, v in issuer.settings.items() if k != "email_is_proof"}
    platform = await start(providers={"upstream": settings})
    await platform.owner("ada@example.com")
    assert (await come_back(platform, issuer))[1] == (403, "auth.identity.link_needed")


async def test_claims_are_asked_for_where_the_id_token_lacks_them(
    start: Start, issuer: Issuer
) -> None:
    platform = await start(providers={"upstream": issuer.settings})
    issuer.metadata = {"userinfo_endpoint": f"{issuer.url}/userinfo"}
    issuer.claims = {"email": None, "email_verified": None}
    issuer.userinfo = {
        "sub": "ada's number",
        "email": "ada@example.com",
        "email_verified": True,
    }
    assert (await come_back(platform, issuer))[1][0] == 303


async def test_userinfo_of_somebody_else_is_not_taken(start: Start, issuer: Issuer) -> None:
    platform = await start(providers={"upstream": issuer.settings})
    issuer.metadata = {"userinfo_endpoint": f"{issuer.url}/userinfo"}
    issuer.claims = {"email": None, "email_verified": None}
    issuer.userinfo = {"sub": "bob", "email": "ada@example.com", "email_verified": True}
    assert (await come_back(platform, issuer))[1] == (503, "auth.provider.failed")


async def test_metadata_of_another_issuer_are_not_taken(start: Start, issuer: Issuer) -> None:
    platform = await start(providers={"upstream": issuer.settings})
    for stated in ("https://other.test", f"{issuer.url}/", None):
        issuer.metadata = {"issuer": stated}
        answer = await Browser(platform).get("/api/v1/oauth/upstream/authorize")
        assert refusal(answer) == (503, "auth.provider.failed")


@pytest.mark.parametrize(
    ("advertised", "iss", "status"),
    [
        (True, "its own", 303),
        (True, "https://other.test", 503),
        (True, None, 503),
        (False, None, 303),
        (False, "https://other.test", 503),
    ],
)
async def test_an_answer_of_another_provider_is_refused(
    start: Start, issuer: Issuer, advertised: bool, iss: str | None, status: int
) -> None:
    platform = await start(providers={"upstream": issuer.settings})
    issuer.metadata = {"authorization_response_iss_parameter_supported": advertised}
    query = {} if iss is None else {"iss": issuer.url if iss == "its own" else iss}
    _, ended = await come_back(platform, issuer, **query)
    assert ended[0] == status
    assert ("/token" in issuer.asked) == (status == 303)


async def test_a_provider_that_is_down_is_reported_as_such(start: Start, issuer: Issuer) -> None:
    platform = await start(providers={"upstream": issuer.settings})
    issuer.fails = True
    answer = await Browser(platform).get("/api/v1/oauth/upstream/authorize")
    assert refusal(answer) == (503, "auth.provider.failed")


def microsoft(issuer: Issuer, *tenants: str) -> dict[str, object]:
    """Settings of Microsoft at the loopback, which publishes what Microsoft does."""
    location = tenants[0] if len(tenants) == 1 else "{tenantid}"
    issuer.metadata = {"issuer": f"{issuer.url}/{location}/v2.0"}
    return {
        "kind": "microsoft",
        "client_id": CLIENT_ID,
        "client_secret": "x",
        "authority": issuer.url,
        "tenants": tenants,
        "sign_up": True,
    }


def of_tenant(issuer: Issuer, tenant: str, **claims: object) -> dict[str, Any]:
    return {
        "iss": f"{issuer.url}/{tenant}/v2.0",
        "tid": tenant,
        "oid": "ada's object id",
        "email_verified": None,
        "xms_edov": True,
        **claims,
    }


@pytest.mark.parametrize("tenants", [(), (TENANT,), (OTHER_TENANT, TENANT)])
async def test_people_of_microsoft_are_known_by_tenant_and_object_id(
    start: Start, issuer: Issuer, tenants: tuple[str, ...]
) -> None:
    platform = await start(providers={"upstream": microsoft(issuer, *tenants)})
    issuer.claims = of_tenant(issuer, TENANT)
    assert (await come_back(platform, issuer))[1][0] == 303
    issuer.claims = of_tenant(issuer, TENANT, sub="another", email="changed@example.com")
    assert (await come_back(platform, issuer))[1][0] == 303
    linked = platform.query("select issuer, subject from auth.external_identity")
    assert linked == [{"issuer": f"{issuer.url}/{TENANT}/v2.0", "subject": "ada's object id"}]


@pytest.mark.requirement("attacks:people:unverified-link")
async def test_an_address_that_microsoft_does_not_vouch_for_is_no_proof(
    start: Start, issuer: Issuer
) -> None:
    platform = await start(providers={"upstream": microsoft(issuer)})
    await platform.owner("ada@example.com")
    for edov in (None, False, 0, "0", "false"):
        issuer.claims = of_tenant(issuer, TENANT, xms_edov=edov, email_verified=True)
        assert (await come_back(platform, issuer))[1] == (403, "auth.identity.link_needed")


async def test_a_token_of_microsoft_must_name_its_tenant_and_person(
    start: Start, issuer: Issuer
) -> None:
    platform = await start(providers={"upstream": microsoft(issuer)})
    wrong: list[dict[str, object]] = [
        *({"tid": tid} for tid in (OTHER_TENANT, None, "common", f"{TENANT}/../x")),
        *({"oid": oid} for oid in (None, "")),
    ]
    for claims in wrong:
        issuer.claims = of_tenant(issuer, TENANT) | claims
        assert (await come_back(platform, issuer))[1] == (503, "auth.provider.failed")


async def test_another_tenant_than_those_configured_does_not_come_in(
    start: Start, issuer: Issuer
) -> None:
    platform = await start(providers={"upstream": microsoft(issuer, TENANT)})
    issuer.claims = of_tenant(issuer, OTHER_TENANT)
    assert (await come_back(platform, issuer))[1] == (503, "auth.provider.failed")


@pytest.mark.parametrize(
    ("signs_for", "status"), [("{tenantid}", 303), (TENANT, 303), (OTHER_TENANT, 503)]
)
async def test_a_key_of_one_tenant_does_not_sign_for_another(
    start: Start, issuer: Issuer, signs_for: str, status: int
) -> None:
    platform = await start(providers={"upstream": microsoft(issuer)})
    issuer.keys = [issuer.signer.jwk | {"issuer": f"{issuer.url}/{signs_for}/v2.0"}]
    issuer.claims = of_tenant(issuer, TENANT)
    assert (await come_back(platform, issuer))[1][0] == status
