"""Calls of an MCP tool in revision 2026-07-28, whose requests stand alone, beside a floor."""

import asyncio
import json

from bench import stage
from bench.connection import Connection
from bench.load import request
from bench.population import populating
from bench.rounds import Row, Subject, measure

_TOKENS = 100
_REVISION = "2026-07-28"
_HEADERS = {
    "Accept": "application/json, text/event-stream",
    "MCP-Protocol-Version": _REVISION,
    "Mcp-Method": "tools/call",
    "Mcp-Name": "validate_token",
}


def run(*, rounds: int, seconds: float) -> list[Row]:
    """The tool that answers from memory, so that what is measured is the way to it."""
    with stage.floor() as floor, stage.platform() as platform:
        bare = Subject("floor (bare uvicorn)", floor, lambda _: [request("GET", "/", "")])
        calls = asyncio.run(_calls(platform))
        called = Subject("tools/call", platform.server, lambda _: calls, target=2_000)
        return measure([bare, called], rounds=rounds, seconds=seconds)


async def _calls(platform: stage.Stage) -> list[bytes]:
    async with populating(platform) as population:
        caller = f"ApiKey {population.caller}"
        calls = [_call(caller, token) for token in population.access_tokens(_TOKENS)]
    connection = await Connection.open(platform.server.port)
    answer = (await connection.ask(calls[0])).json()
    assert answer["result"]["structuredContent"]["active"], answer
    await connection.close()
    return calls


def _call(caller: str, token: str) -> bytes:
    meta = {
        "io.modelcontextprotocol/protocolVersion": _REVISION,
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    params = {"name": "validate_token", "arguments": {"token": token}, "_meta": meta}
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    return request("POST", "/mcp", caller, json.dumps(body).encode(), headers=_HEADERS)
