"""Which requests reach the MCP server."""

from dataclasses import replace

from argus.apps.serve import build_app
from support.mcp import Mcp
from support.platform import Caller, TestPlatform

ASKING = {
    "Accept": "application/json, text/event-stream",
    "MCP-Protocol-Version": "2026-07-28",
    "Mcp-Method": "tools/list",
}
LIST = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "tools/list",
    "params": {
        "_meta": {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {},
        }
    },
}


async def test_a_plain_post_to_mcp_is_answered_in_json(
    platform: TestPlatform, owner: Caller
) -> None:
    answer = await platform.client.post("/mcp", json=LIST, headers={**ASKING, **owner.headers})
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["result"]["tools"]) == 5
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["RateLimit-Limit"] == "60"


async def test_whoever_is_not_authenticated_is_told_how_to_be(platform: TestPlatform) -> None:
    answer = await platform.client.post("/mcp", json=LIST, headers=ASKING)
    assert (answer.status_code, answer.json()["code"]) == (401, "kernel.access.unauthenticated")
    challenge = answer.headers["WWW-Authenticate"]
    base_url = platform.composition.settings.base_url
    assert challenge.startswith("Bearer ")
    assert f'resource_metadata="{base_url}/.well-known/oauth-protected-resource/mcp"' in challenge
    assert "test:execute" in challenge
    refused = await platform.client.post(
        "/mcp", json=LIST, headers={**ASKING, "Authorization": "Bearer nonsense"}
    )
    assert refused.status_code == 401


async def test_pages_of_other_origins_are_refused_and_own_ones_are_not(
    platform: TestPlatform, owner: Caller
) -> None:
    asking = {**ASKING, **owner.headers}
    for origin in ("https://evil.example", "null", "http://127.0.0.1:8700.evil.example"):
        foreign = await platform.client.post(
            "/mcp", json=LIST, headers={**asking, "Origin": origin}
        )
        assert (foreign.status_code, foreign.json()["code"]) == (403, "gateway.origin.foreign")
    own = {"Origin": platform.composition.settings.base_url}
    answer = await platform.client.post("/mcp", json=LIST, headers={**asking, **own})
    assert answer.status_code == 200


async def test_pages_of_trusted_origins_may_send_what_the_protocol_needs(
    platform: TestPlatform,
) -> None:
    composition = platform.composition
    page = "https://inspector.example"
    settings = composition.settings.model_copy(update={"cors_origins": (page,)})
    app = build_app(replace(composition, settings=settings))
    asked = "authorization,content-type,mcp-method,mcp-name,mcp-protocol-version"
    headers = {
        "Origin": page,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": asked,
    }
    async with Mcp(app).http(headers) as client:
        answer = await client.options("/mcp")
    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (200, page)


async def test_there_is_no_stream_to_get_and_no_session_to_delete(
    platform: TestPlatform, owner: Caller
) -> None:
    for method in ("GET", "DELETE", "PUT"):
        answer = await platform.client.request(method, "/mcp", headers=owner.headers)
        assert answer.status_code == 405
        assert answer.json()["code"] == "kernel.request.method_not_allowed"
        assert answer.headers["Allow"] == "POST"


async def test_what_is_not_a_request_is_refused_without_a_trace_of_the_inside(
    platform: TestPlatform, owner: Caller
) -> None:
    asking = {**ASKING, "Content-Type": "application/json", **owner.headers}
    for content in (b"", b"{", b"[]", b"\xff\xfe", b"[" * 100_000, b'{"jsonrpc": "2.0", "id": 1}'):
        answer = await platform.client.post("/mcp", content=content, headers=asking)
        assert 400 <= answer.status_code < 500, (content[:10], answer.text)
        assert "Traceback" not in answer.text
    too_large = await platform.client.post("/mcp", content=b" " * (2 << 20), headers=asking)
    assert (too_large.status_code, too_large.json()["code"]) == (413, "kernel.request.too_large")


async def test_both_headers_and_body_must_name_the_same_tool(
    platform: TestPlatform, owner: Caller
) -> None:
    call = {
        **LIST,
        "method": "tools/call",
        "params": {**LIST["params"], "name": "get_run", "arguments": {"run_id": "run_x"}},
    }
    headers = {**ASKING, "Mcp-Method": "tools/call", "Mcp-Name": "run_tests", **owner.headers}
    answer = await platform.client.post("/mcp", json=call, headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, -32020)
