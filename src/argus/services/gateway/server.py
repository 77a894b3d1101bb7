"""The MCP server: the SDK speaks the protocol, in both revisions; this runs the tools."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import mcp_types as mcp
import orjson
from mcp.server import Server, ServerRequestContext
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.shared.exceptions import MCPError
from starlette.requests import Request

from argus import __version__
from argus.kernel import context
from argus.kernel.clock import Clock
from argus.kernel.errors import ArgusError, json_rpc
from argus.kernel.rpc.client import Rpc
from argus.services.gateway.tool import Tool

_Context = ServerRequestContext[Any, Request]

INSTRUCTIONS = (
    "Argus answers who a caller is (validate_token), whether their organization has paid"
    " (check_entitlement), counts what they use (record_usage), and tests web applications on its"
    " own (run_tests, then get_run until the status is passed, failed or error). You act for the"
    " organization of your credential. An error's data.code is stable; data.detail says what to do."
)


class UnknownTool(ArgusError):
    """The gateway has no tool of this name. `tools/list` names those there are."""

    code, status, title = "gateway.tool.unknown", 422, "Unknown tool"


class McpServer:
    """Answers each request by itself: no session, one JSON body in, one out.

    A tool runs as the principal that the edge put into the scope of its own HTTP request, whatever
    task the SDK runs it in.
    """

    def __init__(self, tools: Sequence[Tool[Any, Any]], rpc: Rpc, clock: Clock) -> None:
        self._tools = {tool.name: tool for tool in tools}
        self._rpc, self._clock = rpc, clock
        self._listed = [tool.listed for tool in tools]
        schemas = {tool.name: tool.input_schema for tool in self._listed}
        server = Server(
            "argus",
            title="Argus",
            version=__version__,
            instructions=INSTRUCTIONS,
            get_tool_input_schema=schemas.get,
            on_list_tools=self._list_tools,
            on_call_tool=self._call_tool,
        )
        self._manager = StreamableHTTPSessionManager(server, json_response=True, stateless=True)
        self.app = self._manager.asgi_app
        """The ASGI application; it answers within `running`."""

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Hold the SDK's task group, in a task of its own: it must end in the task it began in,
        and a process may enter and leave its lifespan in different ones.
        """
        started, stopping = asyncio.Event(), asyncio.Event()

        async def hold() -> None:
            async with self._manager.run():
                started.set()
                await stopping.wait()

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(hold())
            await started.wait()
            yield
            stopping.set()

    async def _list_tools(
        self,
        _context: ServerRequestContext[Any, Request],
        _params: mcp.PaginatedRequestParams | None,
    ) -> mcp.ListToolsResult:
        return mcp.ListToolsResult(tools=self._listed)

    async def _call_tool(
        self, request_context: _Context, params: mcp.CallToolRequestParams
    ) -> mcp.CallToolResult:
        assert request_context.request is not None  # this server is reached over HTTP alone
        principal = request_context.request.scope["argus.principal"]
        context.principal.set(principal)
        try:
            tool = self._tools.get(params.name)
            if tool is None:
                raise UnknownTool(f"choose from {', '.join(self._tools)}")
            tool.access.check(principal, self._clock.now())
            answer = await tool.run(params.arguments or {}, self._rpc)
        except ArgusError as error:
            rendered: Any = json_rpc(error)
            raise MCPError(rendered["code"], rendered["message"], rendered["data"]) from None
        content = answer.model_dump(mode="json")
        text = mcp.TextContent(type="text", text=orjson.dumps(content).decode())
        return mcp.CallToolResult(content=[text], structured_content=content)
