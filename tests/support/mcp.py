"""The MCP door of a running platform, as the SDK's own client knows it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Literal

import httpx2
import pytest
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from starlette.types import ASGIApp

URL = "http://argus.test/mcp"
Revision = Literal["legacy", "2026-07-28"]


@dataclass(frozen=True)
class Mcp:
    """Connects clients to the platform in this process."""

    app: ASGIApp

    @asynccontextmanager
    async def connect(
        self, headers: dict[str, str], revision: Revision = "2026-07-28"
    ) -> AsyncGenerator[Client]:
        """A client that presents `headers` with each request and speaks `revision`."""
        async with (
            self.http(headers) as http_client,
            Client(streamable_http_client(URL, http_client=http_client), mode=revision) as client,
        ):
            yield client

    def http(self, headers: dict[str, str]) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(
            transport=httpx2.ASGITransport(self.app), base_url="http://argus.test", headers=headers
        )

    async def call(
        self,
        headers: dict[str, str],
        tool: str,
        arguments: dict[str, Any],
        revision: Revision = "2026-07-28",
    ) -> dict[str, Any]:
        """The structured answer of one call."""
        async with self.connect(headers, revision) as client:
            result = await client.call_tool(tool, arguments)
        assert not result.is_error
        assert result.structured_content is not None
        return result.structured_content

    async def refusal(
        self, headers: dict[str, str], tool: str, arguments: dict[str, Any]
    ) -> dict[str, Any]:
        """`data` of the error with which a call is refused."""
        async with self.connect(headers) as client:
            with pytest.raises(MCPError) as refused:
                await client.call_tool(tool, arguments)
        return refused.value.data
