"""The whole journey on real processes: from the first sign-in to a verified audit log."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import escape
from pathlib import Path
from typing import Any, cast

import httpx
import httpx2
import pytest
from grpc import StatusCode, aio
from mcp.client import Client as McpClient
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError

from argus.contracts.auth.v1.auth_pb2 import ValidateTokenRequest, ValidateTokenResponse
from support.organizations import invitation_token
from support.processes import RunningPlatform, eventually, running
from support.runs import parse_events
from support.website import Asked, WebSite, redirect, serve

TIERS = """
version: 1
currency: USD
meters: [qa_runs, api_calls]
tiers:
  free: {price_minor: 0, requests_per_minute: 6000, features: {qa_runs: 1, api_calls: 10}}
  paid: {price_minor: 500, requests_per_minute: 6000, features: {qa_runs: 9, api_calls: 99}}
"""
SCOPES = ["token:validate", "entitlement:check", "usage:record", "test:execute", "results:read"]
ADA = {"email": "ada@example.com", "password": "a quiet harbour at dawn", "name": "Ada"}
USE = {"id": "order-1", "source": "shop", "meter": "api_calls", "quantity": 3}


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[RunningPlatform]:
    """A platform whose cheapest tier includes one run."""
    tiers = tmp_path / "tiers.yaml"
    tiers.write_text(TIERS)
    with running(tmp_path / "home", ARGUS_BILLING_TIERS_FILE=str(tiers)) as started:
        yield started


@pytest.fixture
def guestbook() -> Iterator[str]:
    """A web application: guests, and a form that adds one."""
    guests: list[str] = []

    def show(_: Asked) -> str:
        rows = "".join(f"<tr><td>{escape(guest)}</td></tr>" for guest in guests)
        return f"<main><h1>Guests</h1><a href=/add>Add guest</a><table>{rows}</table></main>"

    def add(asked: Asked) -> Any:
        if asked.method == "POST":
            guests.append(asked.form.get("name", ""))
            return redirect("/")
        return (
            "<main><h1>Add guest</h1><form method=post><label for=n>Name</label>"
            "<input id=n name=name required> <button>Save</button></form></main>"
        )

    with serve(WebSite({"/": show, "/add": add})) as site:
        yield site.url


@asynccontextmanager
async def client(platform: RunningPlatform, **headers: str) -> AsyncGenerator[httpx.AsyncClient]:
    async with httpx.AsyncClient(
        base_url=platform.url, trust_env=False, timeout=30, headers=headers
    ) as opened:
        yield opened


def answer(response: httpx.Response, status: int = 200) -> dict[str, Any]:
    assert response.status_code == status, response.text
    return response.json()


def bearer(tokens: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens['access_token']}"}


@pytest.mark.timeout(1200)
async def test_the_journey(platform: RunningPlatform, guestbook: str) -> None:
    async with client(platform) as http:
        owner = await found_organization(platform, http)
        ada = await join(platform, http, owner)
        key = await make_key(http, owner)
        await validate(platform, http, key, ada)
        await use(http, key)
    async with mcp(platform, key) as agent:
        run_id = await have_tested(platform, agent, key, guestbook)
        await run_out_of_runs(platform, agent, owner, guestbook)
    async with client(platform, **bearer(owner)) as http:
        await audit(platform, http, run_id)


async def found_organization(platform: RunningPlatform, http: httpx.AsyncClient) -> dict[str, Any]:
    """Tokens of the owner, for a new organization."""
    credentials = {"email": platform.email, "password": platform.password}
    first = answer(await http.post("/api/v1/auth/sign-in", json=credentials))
    made = answer(
        await http.post("/api/v1/organizations", json={"name": "Quay"}, headers=bearer(first)), 201
    )
    switch = {"refresh_token": first["refresh_token"], "organization_id": made["id"]}
    owner = answer(await http.post("/api/v1/auth/refresh", json=switch))
    assert owner["organization_id"] == made["id"] != first["organization_id"]
    return owner


async def join(
    platform: RunningPlatform, http: httpx.AsyncClient, owner: dict[str, Any]
) -> dict[str, Any]:
    """Tokens of a member who got a mail, made an account with it and so joined."""
    invitation = {"email": ADA["email"], "roles": ["member"]}
    answer(await http.post("/api/v1/invitations", json=invitation, headers=bearer(owner)), 201)
    mail = await asyncio.to_thread(eventually, lambda: newest_mail(platform.home))
    assert mail["To"] == ADA["email"]
    account = ADA | {"invitation_token": invitation_token(mail)}
    ada = answer(await http.post("/api/v1/auth/sign-up", json=account), 201)
    assert ada["organization_id"] == owner["organization_id"]
    members = answer(await http.get("/api/v1/members", headers=bearer(ada)))
    assert {member["user_id"]: member["roles"] for member in members["items"]} == {
        owner["user_id"]: ["owner"],
        ada["user_id"]: ["member"],
    }
    return ada


def newest_mail(home: Path) -> EmailMessage | None:
    mails = sorted((home / "mail").glob("*.eml"))
    if not mails:
        return None
    content = mails[-1].read_bytes()
    return cast("EmailMessage", message_from_bytes(content, policy=policy.default))


async def make_key(http: httpx.AsyncClient, owner: dict[str, Any]) -> str:
    wanted = {"name": "shop", "scopes": SCOPES}
    made = await http.post("/api/v1/api-keys", json=wanted, headers=bearer(owner))
    return answer(made, 201)["secret"]


async def validate(
    platform: RunningPlatform, http: httpx.AsyncClient, key: str, ada: dict[str, Any]
) -> None:
    """Another service, with its key, asks who presents a token: over gRPC and over REST."""
    async with aio.insecure_channel(platform.grpc) as channel:
        ask = channel.unary_unary(
            "/argus.auth.v1.AuthService/ValidateToken",
            request_serializer=ValidateTokenRequest.SerializeToString,
            response_deserializer=ValidateTokenResponse.FromString,
        )
        told: ValidateTokenResponse | None = None
        while told is None:
            try:
                told = await ask(
                    ValidateTokenRequest(token=ada["access_token"]),
                    metadata=(("authorization", f"ApiKey {key}"),),
                    timeout=30,
                )
            except aio.AioRpcError as failed:
                if failed.code() is not StatusCode.DEADLINE_EXCEEDED:  # as on a busy machine
                    raise
    assert told.active
    assert (told.principal.id, list(told.principal.roles)) == (ada["user_id"], ["member"])
    body = {"token": ada["access_token"]}
    same = await http.post("/api/v1/auth/validate", json=body, headers={"X-API-Key": key})
    assert answer(same)["principal"]["id"] == ada["user_id"]


async def use(http: httpx.AsyncClient, key: str) -> None:
    """It asks whether the organization has paid, and records what it used; twice counts once."""
    http.headers["X-API-Key"] = key
    path = "/api/v1/billing/entitlements/api_calls"
    assert answer(await http.get(path))["used"] == 0
    for accepted, duplicates in ((1, 0), (0, 1)):
        recorded = await http.post("/api/v1/billing/usage", json={"events": [USE]})
        counts = answer(recorded, 202)
        assert (counts["accepted"], counts["duplicates"]) == (accepted, duplicates)
    entitlement = answer(await http.get(path, params={"quantity": 8}))
    assert (entitlement["used"], entitlement["allowed"]) == (3, False)
    assert entitlement["cheapest_tier"] == "paid"


@asynccontextmanager
async def mcp(platform: RunningPlatform, key: str) -> AsyncGenerator[McpClient]:
    async with (
        httpx2.AsyncClient(headers={"X-API-Key": key}, trust_env=False, timeout=30) as http,
        McpClient(streamable_http_client(f"{platform.url}/mcp", http_client=http)) as agent,
    ):
        yield agent


async def call(agent: McpClient, tool: str, **arguments: Any) -> dict[str, Any]:
    result = await agent.call_tool(tool, arguments)
    assert not result.is_error
    assert result.structured_content is not None
    return result.structured_content


async def have_tested(platform: RunningPlatform, agent: McpClient, key: str, url: str) -> str:
    """An agent has an application tested, while a person watches; the run that it started."""
    tools = {tool.name for tool in (await agent.list_tools()).tools}
    assert {"check_entitlement", "run_tests", "get_run"} <= tools
    assert (await call(agent, "check_entitlement", feature="qa_runs"))["allowed"]
    run_id = (await call(agent, "run_tests", app_url=url, max_pages=5, time_budget_s=90))["run_id"]

    async with client(platform, **{"X-API-Key": key}) as http:
        events = await watch(http, run_id, after=0, at_most=3)
        events += await watch(http, run_id, after=events[-1]["id"])
    assert [event["id"] for event in events] == list(range(1, len(events) + 1))
    assert events[-1]["event"] == "run_ended"

    run = await call(agent, "get_run", run_id=run_id)
    assert run["status"] == "passed", run
    tests = run["report"]["tests"]
    assert "create" in {test["flow"] for test in tests}
    assert sum(event["event"] == "test_judged" for event in events) == len(tests)
    return run_id


async def watch(
    http: httpx.AsyncClient, run_id: str, *, after: int, at_most: int | None = None
) -> list[dict[str, Any]]:
    """The events of a run after one, to its end or until `at_most` have come."""
    received = ""
    last = {"Last-Event-ID": str(after)}
    async with http.stream(
        "GET", f"/api/v1/stream/test/{run_id}", headers=last, timeout=120
    ) as stream:
        assert stream.status_code == 200
        async for line in stream.aiter_lines():
            received += f"{line}\n"
            if at_most is not None and len(_happened(received)) == at_most and not line:
                break
    return _happened(received)


def _happened(received: str) -> list[dict[str, Any]]:
    """The events without the word that no worker is there, which is no event of the run's."""
    return [event for event in parse_events(received) if event["event"] != "run_waiting"]


async def run_out_of_runs(
    platform: RunningPlatform, agent: McpClient, owner: dict[str, Any], url: str
) -> None:
    """The tier includes one run; the operator's change of the tier takes effect at once."""
    with pytest.raises(MCPError) as refused:
        await agent.call_tool("run_tests", {"app_url": url})
    assert refused.value.data["code"] == "qa.run.not_entitled"
    wanted = {"app_url": "http://127.0.0.1:9", "time_budget_s": 10}
    async with client(platform, **bearer(owner)) as http:
        problem = answer(await http.post("/api/v1/qa/runs", json=wanted), 402)
        assert (problem["tier"], problem["cheapest_tier"]) == ("free", "paid")
        usage = answer(await http.get("/api/v1/billing/usage"))
        assert {meter["meter"]: meter["quantity"] for meter in usage["meters"]} == {
            "api_calls": 3,
            "qa_runs": 1,
        }
        organization = str(owner["organization_id"])
        changed = await asyncio.to_thread(
            platform.cli, "admin", "tier", "paid", "--organization", organization
        )
        assert changed.returncode == 0, changed.stderr
        answer(await http.post("/api/v1/qa/runs", json=wanted), 202)


async def audit(platform: RunningPlatform, http: httpx.AsyncClient, run_id: str) -> None:
    """Every step stands in the audit log, and the log can be verified."""
    expected = {
        "OrganizationCreated",
        "MemberInvited",
        "MemberJoined",
        "UserSignedIn",
        "ApiKeyCreated",
        "UsageRecorded",
        "TestRunStarted",
        "TestPassed",
        "TestRunEnded",
        "TierChanged",
    }
    async with asyncio.timeout(120):
        while True:
            page = answer(await http.get("/api/v1/audit/entries", params={"limit": 200}))
            types = {entry["type"] for entry in page["entries"]}
            if expected <= types:
                break
            await asyncio.sleep(0.2)
    about_run = answer(
        await http.get("/api/v1/audit/entries", params={"subject": run_id, "limit": 200})
    )
    assert about_run["entries"][0]["type"] == "TestRunEnded"
    verified = await asyncio.to_thread(platform.cli, "audit", "verify", "--json")
    assert verified.returncode == 0, verified.stdout
