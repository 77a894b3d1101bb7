"""The MCP door of a running platform."""

import pytest

from argus.apps.serve import build_app
from support.mcp import Mcp, Revision
from support.platform import Caller, TestPlatform


@pytest.fixture
def mcp(platform: TestPlatform) -> Mcp:
    return Mcp(build_app(platform.composition))


@pytest.fixture
async def owner(platform: TestPlatform) -> Caller:
    return await platform.owner()


@pytest.fixture(params=["legacy", "2026-07-28"])
def revision(request: pytest.FixtureRequest) -> Revision:
    """Each of the two revisions that are spoken."""
    return request.param
