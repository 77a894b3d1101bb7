"""The edge: what every request meets before its route, and every answer after it."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

import httpx
import pytest
from pydantic import ValidationError
from starlette.middleware.cors import CORSMiddleware

from argus.kernel import authentication
from argus.kernel.http import middleware
from argus.kernel.http.bounds import RequestBounds
from argus.kernel.http.stream_tickets import StreamTickets
from argus.kernel.http.versions import ApiVersion
from argus.kernel.ids import format_id
from argus.kernel.rate_limits.limits import PathClass
from argus.kernel.settings import KernelSettings
from argus.kernel.telemetry import HTTP_SECONDS
from support.toy import Toy, limits, organization, person

TENANT = organization()
ADA = {"Authorization": "Bearer ada"}


@pytest.fixture
def known(toy: Toy) -> Toy:
    toy.callers.by_token = {"ada": person("ada", TENANT), "reader": person("r", TENANT, "toy:read")}
    return toy


@pytest.fixture
async def client(known: Toy) -> AsyncGenerator[httpx.AsyncClient]:
    async with known.client() as client:
        yield client


def code(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["Content-Type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]


def test_the_edge_stands_in_its_order(toy: Toy) -> None:
    assert [layer.cls for layer in toy.app().user_middleware] == [
        CORSMiddleware,
        middleware.TenantContext,
        middleware.RequestIdAndTiming,
        middleware.AddressLimit,
        ApiVersion,
        StreamTickets,
        middleware.Authentication,
        middleware.RateLimit,
        middleware.AuditContext,
        middleware.SecurityHeaders,
        RequestBounds,
    ]


async def test_each_answer_names_its_request(client: httpx.AsyncClient) -> None:
    one, two = [await client.get("/toy/missing") for _ in range(2)]
    assert one.headers["X-Request-Id"] == one.json()["request_id"] != two.json()["request_id"]
    assert one.headers["X-Request-Id"].startswith("req_")


@pytest.mark.parametrize(("sent", "kept"), [("trace-4711", True), ("a b\tc", False), ("x", False)])
async def test_a_clients_own_request_id_is_kept_if_it_is_well_formed(
    client: httpx.AsyncClient, sent: str, kept: bool
) -> None:
    answer = await client.get("/toy/missing", headers={"X-Request-Id": sent})
    assert (answer.headers["X-Request-Id"] == sent) is kept


async def announced(client: httpx.AsyncClient, size: int) -> httpx.Response:
    return await client.post("/toy/things", content=b"x" * size, headers=ADA)


async def streamed(client: httpx.AsyncClient, size: int) -> httpx.Response:
    async def body() -> AsyncIterator[bytes]:
        for _ in range(size // 65_536 + 1):
            yield b"x" * 65_536

    return await client.post("/toy/things", content=body(), headers=ADA)


@pytest.mark.parametrize("send", [announced, streamed])
@pytest.mark.parametrize("extra", [{}, {"Idempotency-Key": "k"}])
async def test_a_body_of_2_mib_is_too_large(
    client: httpx.AsyncClient, send: Any, extra: dict[str, str]
) -> None:
    client.headers.update(extra)
    assert code(await send(client, 2 << 20)) == (413, "kernel.request.too_large")


@pytest.mark.parametrize("length", ["-1", "²", "1e9", ""])
@pytest.mark.requirement("attacks:requests:header-smuggling")
async def test_a_content_length_that_is_no_number_is_refused(
    client: httpx.AsyncClient, length: str
) -> None:
    headers = [(b"content-length", length.encode("latin-1"))]
    answer = await client.get("/toy/address", headers=headers)
    assert code(answer) == (413, "kernel.request.too_large")


async def test_without_a_credential_a_protected_route_says_how_to_authenticate(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.post("/toy/things", json={"name": "a"})
    assert code(answer) == (401, "kernel.access.unauthenticated")
    assert answer.headers["WWW-Authenticate"] == (
        'Bearer realm="argus", DPoP realm="argus", algs="ES256 RS256 PS256 Ed25519",'
        ' ApiKey realm="argus"'
    )


@pytest.mark.parametrize(
    "headers",
    [
        [("Authorization", "Bearer wrong")],
        [("Authorization", "Bearer ")],
        [("Authorization", "Basic YTpi")],
        [("Authorization", "ada")],
        [("X-API-Key", "")],
        [("Authorization", "Bearer ada"), ("Authorization", "Bearer ada")],
        [("Authorization", "Bearer ada"), ("X-API-Key", "ada")],
        [("X-API-Key", "ada"), ("X-API-Key", "wrong")],
    ],
)
@pytest.mark.requirement("attacks:requests:header-smuggling")
async def test_a_bad_or_doubled_credential_is_refused_where_none_is_needed(
    client: httpx.AsyncClient, headers: list[tuple[str, str]]
) -> None:
    answer = await client.get("/toy/address", headers=headers)
    assert code(answer) == (401, "kernel.access.unauthenticated")
    assert "Bearer" in answer.headers["WWW-Authenticate"]


async def test_a_failed_authentication_costs_its_sender_and_holds_nobody_up(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(authentication, "FAILED_AUTHENTICATION_S", 3600.0)
    bad = {"Authorization": "Bearer wrong"}
    async with asyncio.TaskGroup() as group, asyncio.timeout(20):
        waiting = group.create_task(client.get("/toy/address", headers=bad))
        assert (await client.get("/toy/address", headers=ADA)).status_code == 200
        assert not waiting.done()
        waiting.cancel()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Authorization": "bearer ada"}, 200),
        ({"Authorization": "ApiKey ada"}, 200),
        ({"X-API-Key": "ada"}, 200),
    ],
)
async def test_each_way_to_send_a_credential(
    client: httpx.AsyncClient, headers: dict[str, str], status: int
) -> None:
    assert (await client.get("/toy/address", headers=headers)).status_code == status


async def test_who_lacks_the_permission_is_told_which(client: httpx.AsyncClient) -> None:
    answer = await client.post(
        "/toy/things", json={"name": "a"}, headers={"Authorization": "Bearer reader"}
    )
    assert code(answer) == (403, "kernel.access.forbidden")
    assert answer.json()["permission"] == "toy:write"


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        (format_id("org", TENANT), None),
        (format_id("org", organization()), (403, "kernel.access.tenant_mismatch")),
        ("org_nonsense", (422, "kernel.id.malformed")),
    ],
    ids=["its own", "another", "malformed"],  # the same in every worker
)
async def test_a_named_organization_must_be_the_credentials_own(
    client: httpx.AsyncClient, named: str, expected: tuple[int, str] | None
) -> None:
    answer = await client.get("/toy/address", headers={**ADA, "Argus-Organization": named})
    if expected is None:
        assert answer.status_code == 200
    else:
        assert code(answer) == expected
        assert answer.json()["request_id"]


async def test_a_callers_requests_are_limited_by_its_tier(known: Toy) -> None:
    async with known.client(limits=limits(known.settings, 2)) as client:
        answers = [await client.get("/toy/address", headers=ADA) for _ in range(3)]
        other = await client.get("/toy/address", headers={"Authorization": "Bearer reader"})
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert [answer.headers["RateLimit-Limit"] for answer in answers] == ["2"] * 3
    assert [answer.headers["RateLimit-Remaining"] for answer in answers] == ["1", "0", "0"]
    assert answers[0].headers["RateLimit-Policy"] == '"tier";q=2;w=60'
    assert answers[0].headers["RateLimit"] == '"tier";r=1;t=30'
    assert code(answers[2]) == (429, "kernel.request.rate_limited")
    assert 0 < int(answers[2].headers["Retry-After"]) <= 30
    assert other.status_code == 200


async def test_a_path_with_a_limit_of_its_own_does_not_use_up_the_tier(known: Toy) -> None:
    alone = limits(known.settings, classes=[PathClass("missing", "/toy/missing$", 1)])
    async with known.client(limits=alone) as client:
        answers = [await client.get("/toy/missing", headers=ADA) for _ in range(2)]
        other = await client.get("/toy/address", headers=ADA)
    assert [answer.status_code for answer in answers] == [404, 429]
    assert other.headers["RateLimit-Remaining"] == "599"


def one_request_per_address(toy: Toy) -> KernelSettings:
    return toy.settings.model_copy(update={"address_requests_per_minute": 1})


@pytest.mark.requirement("rfc6749:2.3.1:guessing")
async def test_an_address_is_limited_before_its_credential_is_looked_at(known: Toy) -> None:
    async with known.client(settings=one_request_per_address(known)) as client:
        await client.get("/toy/address")
        answer = await client.get("/toy/address", headers={"Authorization": "Bearer wrong"})
    assert code(answer) == (429, "kernel.request.rate_limited")


async def test_the_addresses_of_one_ipv6_subscriber_count_as_one(known: Toy) -> None:
    app = known.app(settings=one_request_per_address(known))
    statuses: list[int] = []
    for peer in ("2001:db8:0:1::1", "2001:db8:0:1::2", "2001:db8:0:2::1"):
        transport = httpx.ASGITransport(app, client=(peer, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://toy.test") as client:
            statuses.append((await client.get("/toy/address")).status_code)
    assert statuses == [200, 429, 200]


@pytest.mark.parametrize(
    ("proxies", "forwarded", "believed"),
    [
        ((), ["198.51.100.1"], "203.0.113.7"),
        (("203.0.113.0/24",), ["198.51.100.1"], "198.51.100.1"),
        (("203.0.113.7",), ["1.1.1.1, 198.51.100.1"], "198.51.100.1"),
        (("203.0.113.7",), ["1.1.1.1", "198.51.100.1"], "198.51.100.1"),
        (("203.0.113.7", "10.0.0.0/8"), ["198.51.100.1, 10.0.0.1"], "198.51.100.1"),
        (("203.0.113.7",), [], "203.0.113.7"),
        (("203.0.113.7",), ["nonsense"], "nonsense"),
        (("203.0.113.7",), ["198.51.100.1:50000"], "198.51.100.1"),
        (("203.0.113.7",), ["[2001:db8::1]:50000"], "2001:db8::1"),
        (("203.0.113.7", "10.0.0.0/8"), ["198.51.100.1, ::ffff:10.0.0.1"], "198.51.100.1"),
        (("203.0.113.7",), ["::ffff:198.51.100.1"], "198.51.100.1"),
    ],
)
@pytest.mark.requirement("rfc9700:4.13:proxy-headers")
@pytest.mark.requirement("attacks:requests:header-smuggling")
async def test_a_forwarded_address_is_believed_of_trusted_proxies_only(
    known: Toy, proxies: tuple[str, ...], forwarded: list[str], believed: str
) -> None:
    settings = known.settings.model_copy(update={"trusted_proxies": proxies})
    async with known.client(settings=settings) as client:
        answer = await client.get(
            "/toy/address", headers=[("X-Forwarded-For", value) for value in forwarded]
        )
    assert answer.json() == believed


SECURITY_HEADERS = {
    "strict-transport-security": "max-age=63072000",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
    "api-version": "1",
}


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/toy/address", {}),
        ("/toy/broken", {}),
        ("/nowhere", {}),
        ("/toy/address", {"Authorization": "Bearer wrong"}),
        ("/toy/address", {**ADA, "Argus-Organization": "org_nonsense"}),
    ],
)
async def test_every_answer_has_the_security_headers(
    client: httpx.AsyncClient, path: str, headers: dict[str, str]
) -> None:
    answer = await client.get(path, headers=headers)
    assert SECURITY_HEADERS.items() <= dict(answer.headers).items()
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


async def test_each_answer_has_a_nonce_of_its_own(client: httpx.AsyncClient) -> None:
    policies = {
        (await client.get("/toy/address")).headers["Content-Security-Policy"] for _ in range(2)
    }
    assert len(policies) == 2


async def test_the_unforeseen_is_answered_opaquely_and_logged(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await client.get("/toy/broken")
    assert "http.failed" in caplog.text
    assert code(answer) == (503, "kernel.service.internal")
    assert "hunter2" not in answer.text
    assert answer.headers["X-Request-Id"] == answer.json()["request_id"]


async def test_only_development_reveals_the_unforeseen(known: Toy) -> None:
    settings = known.settings.model_copy(update={"environment": "development"})
    async with known.client(settings=settings) as client:
        assert "hunter2" in (await client.get("/toy/broken")).json()["detail"]


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/nowhere", (404, "kernel.request.not_found")),
        ("DELETE", "/toy/address", (405, "kernel.request.method_not_allowed")),
        ("BREW", "/toy/address", (405, "kernel.request.method_not_allowed")),
    ],
)
async def test_what_is_not_served_is_a_problem_too(
    client: httpx.AsyncClient, method: str, path: str, expected: tuple[int, str]
) -> None:
    answer = await client.request(method, path)
    assert code(answer) == expected
    if answer.status_code == 405:
        assert answer.headers["Allow"] == "GET"


async def test_a_body_that_is_not_json_is_invalid(client: httpx.AsyncClient) -> None:
    answer = await client.post("/toy/things", content=b"{", headers=ADA)
    assert code(answer) == (422, "kernel.request.invalid")


async def test_the_body_of_who_may_not_send_one_is_not_read(client: httpx.AsyncClient) -> None:
    answer = await client.post("/toy/things", content=b"{")
    assert code(answer) == (401, "kernel.access.unauthenticated")


async def test_other_sites_may_read_nothing_unless_they_are_listed(known: Toy) -> None:
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    async with known.client() as client:
        simple = await client.get("/toy/address", headers={"Origin": "https://evil.example"})
        preflight = await client.options("/toy/things", headers=asked)
    assert "Access-Control-Allow-Origin" not in simple.headers
    assert "Access-Control-Allow-Origin" not in preflight.headers
    settings = known.settings.model_copy(update={"cors_origins": ("https://good.example",)})
    async with known.client(settings=settings) as client:
        evil = await client.options("/toy/things", headers=asked)
        good = await client.options(
            "/toy/things", headers={**asked, "Origin": "https://good.example"}
        )
    assert "Access-Control-Allow-Origin" not in evil.headers
    assert good.headers["Access-Control-Allow-Origin"] == "https://good.example"
    assert "Access-Control-Allow-Credentials" not in good.headers


@pytest.mark.parametrize(
    ("origin", "method", "header", "allowed"),
    [
        ("https://good.example", "POST", "authorization", True),
        ("https://good.example", "DELETE", "DPoP, idempotency-key, api-version", True),
        ("https://good.example", "TRACE", "authorization", False),
        ("https://good.example", "POST", "x-user-id", False),
        ("https://good.example.evil.example", "POST", "authorization", False),
        ("https://sub.good.example", "POST", "authorization", False),
        ("http://good.example", "POST", "authorization", False),
        ("https://good.example:8443", "POST", "authorization", False),
        ("null", "POST", "authorization", False),
    ],
)
async def test_a_preflight_is_answered_for_listed_origins_methods_and_headers(
    known: Toy, origin: str, method: str, header: str, allowed: bool
) -> None:
    settings = known.settings.model_copy(update={"cors_origins": ("https://good.example",)})
    async with known.client(settings=settings) as client:
        preflight = await client.options(
            "/toy/things",
            headers={
                "Origin": origin,
                "Access-Control-Request-Method": method,
                "Access-Control-Request-Headers": header,
            },
        )
    assert (preflight.status_code == 200) is allowed
    if origin != "https://good.example":
        assert "Access-Control-Allow-Origin" not in preflight.headers
    assert "Origin" in preflight.headers["Vary"]


async def test_a_listed_page_can_read_what_it_needs_of_an_answer(known: Toy) -> None:
    settings = known.settings.model_copy(update={"cors_origins": ("https://good.example",)})
    async with known.client(settings=settings) as client:
        answer = await client.get("/toy/address", headers={"Origin": "https://good.example"})
    exposed = set(answer.headers["Access-Control-Expose-Headers"].split(", "))
    assert {"RateLimit", "Retry-After", "WWW-Authenticate", "X-Request-Id", "Sunset"} <= exposed


@pytest.mark.parametrize(
    "origin", ["*", "https://*.example", "good.example", "https://good.example/", "null"]
)
def test_only_whole_origins_can_be_listed(origin: str) -> None:
    with pytest.raises(ValidationError):
        KernelSettings(cors_origins=(origin,))


async def test_invented_methods_and_paths_do_not_multiply_the_metrics(
    client: httpx.AsyncClient,
) -> None:
    for word in ("BREW", "WHEN"):
        await client.request(word, f"/nowhere/{word}")
    await client.get("/toy/address")
    labels = {
        (sample.labels["method"], sample.labels["route"])
        for metric in HTTP_SECONDS.collect()
        for sample in metric.samples
    }
    assert ("other", "unmatched") in labels
    assert ("GET", "/toy/address") in labels
    assert not {label for pair in labels for label in pair if "BREW" in label or "WHEN" in label}
