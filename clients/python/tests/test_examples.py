"""The example services work as they stand; each is twenty lines."""

from collections.abc import Iterator

import httpx
import pytest

from argus_client.fake_argus import FakeArgus
from client_support import EXAMPLES, eventually, example


@pytest.fixture(params=EXAMPLES)
def service(request: pytest.FixtureRequest, argus_issuer: FakeArgus) -> Iterator[httpx.Client]:
    with example(request.param) as client:
        yield client


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_it_lets_in_who_may_and_counts(service: httpx.Client, argus_issuer: FakeArgus) -> None:
    answer = service.get("/reports", headers=bearer(argus_issuer.token("results:read")))
    assert answer.json() == {"for": argus_issuer.user_id, "reports": ["totals", "details"]}
    argus_issuer.entitle("api_access", allowed=False)
    eventually(lambda: [event["meter"] for event in argus_issuer.usage] == ["api_calls"])


def test_it_takes_an_api_key_in_either_header(
    service: httpx.Client, argus_issuer: FakeArgus
) -> None:
    key = argus_issuer.api_key("results:read")
    for headers in ({"Authorization": f"ApiKey {key}"}, {"X-API-Key": key}, bearer(key)):
        assert service.get("/reports", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Basic YTpi"}, {"Authorization": "Bearer"}, {"Authorization": ""}],
)
def test_it_asks_who_it_is(service: httpx.Client, headers: dict[str, str]) -> None:
    answer = service.get("/reports", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer, ApiKey"
    assert answer.headers["content-type"].startswith("application/problem+json")


def test_it_says_what_is_wrong_with_a_token(service: httpx.Client, argus_issuer: FakeArgus) -> None:
    answer = service.get("/reports", headers=bearer(argus_issuer.token(expires_in=-9)))
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token", ApiKey'
    assert answer.json()["detail"] == "the credential is not valid: expired"


def test_it_asks_for_the_proof_of_a_bound_token(
    service: httpx.Client, argus_issuer: FakeArgus
) -> None:
    refusal = {"active": False, "reason": "proof", "principal": None, "expires_at": None}
    argus_issuer.instead["POST /api/v1/auth/validate/batch"] = [(200, {"answers": [refusal]})]
    token = argus_issuer.token("results:read", cnf={"jkt": "thumbprint"})
    answer = service.get("/reports", headers=bearer(token))
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith('DPoP error="invalid_dpop_proof"')


def test_it_says_which_permission_is_missing(
    service: httpx.Client, argus_issuer: FakeArgus
) -> None:
    answer = service.get("/reports", headers=bearer(argus_issuer.token("test:read")))
    assert (answer.status_code, answer.json()["code"]) == (403, "client.forbidden")
    assert "results:read" in answer.json()["detail"]


def test_it_keeps_to_itself_what_is_between_it_and_argus(
    service: httpx.Client, argus_issuer: FakeArgus
) -> None:
    argus_issuer.stop()
    answer = service.get("/reports", headers=bearer(argus_issuer.token("results:read")))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert answer.json()["detail"] == "Argus is unavailable"


def test_it_has_twenty_lines() -> None:
    for name in EXAMPLES:
        lines = EXAMPLES[name].read_text().splitlines()
        assert len([line for line in lines if line.strip()]) <= 21, name
