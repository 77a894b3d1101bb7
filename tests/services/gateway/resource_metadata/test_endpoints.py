"""Where MCP clients learn how to authenticate (RFC 9728)."""

import pytest

from support.platform import TestPlatform


@pytest.mark.operation("get_mcp_resource_metadata")
async def test_the_document_names_the_resource_its_issuer_and_its_scopes(
    platform: TestPlatform,
) -> None:
    base_url = platform.composition.settings.base_url
    at_its_path, at_the_root = [
        await platform.client.get(f"/.well-known/oauth-protected-resource{path}")
        for path in ("/mcp", "")
    ]
    assert at_its_path.json() == {
        "resource": f"{base_url}/mcp",
        "authorization_servers": [base_url],
        "scopes_supported": [
            "token:validate",
            "entitlement:check",
            "usage:record",
            "test:execute",
            "results:read",
        ],
        "bearer_methods_supported": ["header"],
        "resource_name": "Argus",
    }
    assert at_the_root.json() == at_its_path.json()
