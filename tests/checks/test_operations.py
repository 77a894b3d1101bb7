import json
from pathlib import Path

import pytest

from plugins import operations

pytest_plugins = ["pytester"]

PATHS = {
    "/keys/{id}": {"parameters": [], "get": {"operationId": "get_key"}},
    "/keys/mine": {"get": {"operationId": "my_keys"}, "post": {"operationId": "make_key"}},
}
PLUGIN = Path(operations.__file__)
MARKED = """
import httpx
import pytest
from plugin import called

async def answer(method, path):
    await called(httpx.Response(200, request=httpx.Request(method, f"http://host{path}")))

@pytest.mark.operation("get_key")
async def test_calls_it():
    await answer("GET", "/keys/17")

@pytest.mark.operation("get_key", "make_key")
async def test_calls_one_of_two():
    await answer("GET", "/keys/17")

@pytest.mark.operation("get_key")
async def test_calls_another():
    await answer("GET", "/keys/mine")

@pytest.mark.operation("get_key")
async def test_calls_none():
    await answer("GET", "/nothing")
"""


def test_only_a_test_that_called_all_it_is_marked_with_passes(pytester: pytest.Pytester) -> None:
    plugin = PLUGIN.read_text().replace("Path(__file__).parents[2]", "Path(__file__).parent")
    pytester.makepyfile(plugin=plugin, test_marked=MARKED)
    document = pytester.path / "docs/api/openapi.json"
    document.parent.mkdir(parents=True)
    document.write_text(json.dumps({"paths": PATHS}))
    options = ["-p", "plugin", "-p", "no:randomly", "-o", "asyncio_mode=auto"]
    result = pytester.runpytest_subprocess(
        *options, "-o", "asyncio_default_fixture_loop_scope=function"
    )
    result.assert_outcomes(passed=1, failed=3)
    result.stdout.fnmatch_lines(["marked, but never called: make_key"])
