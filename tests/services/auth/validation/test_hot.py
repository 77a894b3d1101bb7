"""What is answered ahead of the framework is what the framework would answer."""

import asyncio
import re
from dataclasses import replace
from typing import Any

import httpx
import pytest
from prometheus_client import REGISTRY

from argus.kernel.http.app import create_app
from argus.kernel.http.hot import HotDoor
from argus.kernel.principal import Principal
from argus.kernel.rate_limits.limits import PathClass, RateLimits
from argus.kernel.telemetry import HTTP_SECONDS
from support.auth import Auth, outcome
from support.doors import hot_doors
from support.organizations import Tenant
from support.platform import TestPlatform

VALIDATE, BATCH, FORWARD = (
    f"/api/v1/auth/{name}" for name in ("validate", "validate/batch", "forward")
)
_VARIES = {"x-request-id", "server-timing", "content-security-policy", "date"}


def same(answer: httpx.Response) -> tuple[int, object, dict[str, str], str]:
    """All of an answer that must not depend on the door. What is counted, does on the order."""
    body: dict[str, Any] = answer.json() if answer.content else {}
    body["request_id"] = ""
    headers = {
        name: re.sub(r"\d+", "#", value) if name.startswith("ratelimit") else value
        for name, value in answer.headers.items()
        if name not in _VARIES and name != "content-length"
    }
    policy = re.sub(r"nonce-[\w-]+", "nonce", answer.headers["content-security-policy"])
    return answer.status_code, body, headers, policy


async def test_both_doors_answer_alike(
    platform: TestPlatform, auth: Auth, acme: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("argus.kernel.authentication.FAILED_AUTHENTICATION_S", 0.0)
    bob = await acme.member("bob@example.com", "viewer")
    key = (await auth.api_key(acme.owner, "token:validate"))["secret"]
    eve = await platform.owner("eve@example.com")
    by_key, by_owner = {"X-API-Key": key}, acme.owner.headers
    one, as_json = {"token": bob.token}, {"Content-Type": "application/json"}
    asked: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", VALIDATE, {"json": one, "headers": by_key}),
        ("POST", VALIDATE, {"json": one, "headers": by_owner}),
        ("POST", VALIDATE, {"json": one, "headers": {"Authorization": f"ApiKey {key}"}}),
        ("POST", VALIDATE, {"json": one, "headers": eve.headers}),
        ("POST", VALIDATE, {"json": one, "headers": bob.headers}),
        ("POST", VALIDATE, {"json": one}),
        ("POST", VALIDATE, {"json": one, "headers": {"Authorization": "Bearer junk"}}),
        ("POST", VALIDATE, {"json": one, "headers": {"Authorization": "Basic YTpi"}}),
        ("POST", VALIDATE, {"json": one, "headers": by_key | by_owner}),
        ("POST", VALIDATE, {"json": one | {"audience": "https://a.example"}, "headers": by_key}),
        ("POST", VALIDATE, {"json": {"token": "junk"}, "headers": by_key}),
        ("POST", VALIDATE, {"json": {"token": ""}, "headers": by_key}),
        ("POST", VALIDATE, {"json": {"token": 7}, "headers": by_key}),
        ("POST", VALIDATE, {"json": one | {"more": 1}, "headers": by_key}),
        ("POST", VALIDATE, {"content": b"{", "headers": by_key}),
        ("POST", VALIDATE, {"content": b'{"token":"x"}', "headers": by_key}),
        ("POST", VALIDATE, {"content": b'{"token":"\\ud800"}', "headers": by_key | as_json}),
        ("POST", VALIDATE, {"content": b"{", "headers": by_key | as_json}),
        ("POST", VALIDATE, {"json": one, "headers": by_owner | {"Argus-Organization": "org_0"}}),
        ("POST", VALIDATE, {"json": one, "headers": by_owner | {"Origin": "https://a.example"}}),
        ("POST", BATCH, {"json": {"questions": [one, {"token": key}]}, "headers": by_key}),
        ("POST", BATCH, {"json": {"questions": []}, "headers": by_key}),
        ("POST", BATCH, {"json": {"questions": [one] * 101}, "headers": by_key}),
        ("GET", FORWARD, {"headers": bob.headers}),
        ("HEAD", FORWARD, {"headers": by_key}),
        ("GET", FORWARD, {}),
        ("GET", FORWARD, {"headers": {"X-API-Key": key[:-1]}}),
        ("GET", f"{FORWARD}?permission=test:read", {"headers": bob.headers}),
        ("GET", f"{FORWARD}?permission=test:execute", {"headers": bob.headers}),
        ("GET", f"{FORWARD}?permission=test:fly", {"headers": bob.headers}),
        ("GET", f"{FORWARD}?other=test:read", {"headers": bob.headers}),
    ]
    async with hot_doors(platform) as client:
        first = [same(await client.request(m, u, **more)) for m, u, more in asked]
        ahead = [same(await client.request(m, u, **more)) for m, u, more in asked]
    assert first == ahead  # from signatures and the database, and from memory
    through = [same(await platform.client.request(m, u, **more)) for m, u, more in asked]
    for request, one_way, other_way in zip(asked, ahead, through, strict=True):
        for part, other in zip(one_way, other_way, strict=True):
            assert part == other, request[1]
    assert {status for status, *_ in ahead} == {200, 401, 403, 422}


@pytest.mark.usefixtures("vouching")
async def test_ordinary_requests_do_not_reach_the_framework(
    platform: TestPlatform, acme: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise AssertionError("reached")

    platform.app.middleware_stack = broken
    headers = acme.owner.headers | {"traceparent": f"00-{'1' * 32}-{'2' * 16}-01"}
    one = {"token": acme.owner.token}
    async with hot_doors(platform) as client:
        for _ in range(2):  # first from its signature, then from memory, without a task
            answer = await client.post(VALIDATE, json=one, headers=headers)
            assert answer.json()["active"], answer.text
            answer = await client.get(FORWARD, headers=headers)
            assert answer.headers["x-org-id"] == acme.id
            many = {"questions": [one] * 3}
            answer = await client.post(BATCH, json=many, headers=headers)
            assert [each["active"] for each in answer.json()["answers"]] == [True] * 3
            monkeypatch.setattr(HotDoor, "answer", broken)
        monkeypatch.undo()
        answer = await client.post(VALIDATE, json=one, headers={"X-API-Key": "argus_sk_"})
        assert outcome(answer) == (401, "kernel.access.unauthenticated")


async def test_both_doors_take_from_one_bucket_and_count_in_one_metric(
    platform: TestPlatform, acme: Tenant
) -> None:
    def answered() -> float:
        return sum(
            sample.value
            for metric in HTTP_SECONDS.collect()
            for sample in metric.samples
            if sample.name.endswith("_count")
            and sample.labels == {"method": "GET", "route": FORWARD, "status": "200"}
        )

    async def unused(_principal: Principal) -> int:
        raise AssertionError("validation has a limit of its own")

    few = RateLimits(
        unused, address_per_minute=100, classes=[PathClass("validation", "/api/v1/auth/forward", 4)]
    )
    edge = replace(platform.composition.edge(), limits=few)
    platform.app, before = create_app(edge, platform.composition.modules, "test"), answered()
    transport = httpx.ASGITransport(platform.app, client=("127.0.0.1", 1))
    through = httpx.AsyncClient(transport=transport, base_url="http://argus.test")
    seen = list[tuple[int, str]]()
    async with hot_doors(platform) as ahead, through:
        for client in (ahead, through, ahead, through, ahead, through):
            answer = await client.get(FORWARD, headers=acme.owner.headers)
            seen.append((answer.status_code, answer.headers["ratelimit-remaining"]))
    assert seen == [(200, "3"), (200, "2"), (200, "1"), (200, "0"), (429, "0"), (429, "0")]
    assert answered() - before == 4


def lookups(outcome: str) -> float:
    labels = {"memory": "credentials", "outcome": outcome}
    return REGISTRY.get_sample_value("argus_memory_lookups_total", labels) or 0


async def test_what_is_found_out_and_what_is_remembered_is_counted(
    platform: TestPlatform, acme: Tenant
) -> None:
    bob = await acme.member("bob@example.com", "viewer")
    hits, misses = lookups("hit"), lookups("miss")
    assert (await platform.client.get(FORWARD, headers=bob.headers)).status_code == 200
    assert lookups("miss") > misses
    async with asyncio.timeout(30):
        while lookups("hit") == hits:  # a busy machine's feed may not be current at first
            await platform.client.get(FORWARD, headers=bob.headers)
