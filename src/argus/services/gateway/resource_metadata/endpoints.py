"""Where MCP clients learn how to authenticate."""

from argus.kernel.authz import public
from argus.kernel.errors import RateLimited
from argus.kernel.http.problems import problems
from argus.kernel.http.routing import CallDep, service_router
from argus.services.gateway.resource_metadata.schemas import ResourceMetadata

PATH = "/.well-known/oauth-protected-resource/mcp"

router = service_router("gateway", prefix="/.well-known/oauth-protected-resource", tags=["mcp"])


@router.get(
    "/mcp",
    summary="How to authenticate to the MCP server",
    responses=problems(RateLimited),
    dependencies=[public("clients read it before they have a credential")],
)
@router.get(
    "",
    include_in_schema=False,
    dependencies=[public("where clients look that do not know the path")],
)
async def get_mcp_resource_metadata(call: CallDep) -> ResourceMetadata:
    """Protected resource metadata (RFC 9728) of `/mcp`; the same document stands at the root."""
    return call.resources.get(ResourceMetadata)
