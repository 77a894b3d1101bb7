"""Composition of the gateway service."""

from argus.kernel.module import Module, Platform
from argus.kernel.resources import Resources
from argus.services.gateway.door import Door
from argus.services.gateway.resource_metadata import endpoints
from argus.services.gateway.resource_metadata.schemas import ResourceMetadata
from argus.services.gateway.server import McpServer
from argus.services.gateway.tools import TOOLS

MCP_PATH = "/mcp"


def build(platform: Platform) -> Module:
    """The MCP gateway: Argus's own tools, behind the same edge as everything else."""
    settings = platform.settings
    scopes = [tool.access.permission.value for tool in TOOLS if tool.access.permission]
    server = McpServer(TOOLS, platform.rpc, platform.clock)
    door = Door(
        server.app,
        origins=frozenset({settings.base_url, *settings.cors_origins}),
        metadata_url=settings.base_url + endpoints.PATH,
        scope=" ".join(scopes),
    )
    metadata = ResourceMetadata(
        resource=settings.base_url + MCP_PATH,
        authorization_servers=[settings.base_url],
        scopes_supported=scopes,
        bearer_methods_supported=["header"],
        resource_name="Argus",
    )
    return Module(
        name="gateway",
        database=platform.database,
        resources=Resources(metadata),
        routers=[endpoints.router],
        mounts={MCP_PATH: door},
        lifespan=server.running,
    )
