"""A test marked `operation("id", ...)` must really call those operations of the HTTP interface.

`make check` counts the marks; this plugin keeps them honest. Every HTTP client that the tests use
reports its answers with the event hook `called`:

    httpx.AsyncClient(..., event_hooks={"response": [called]})

A request is matched with the path templates of the exported document, so it does not matter
whether the platform answers in this process or in its own.
"""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import httpx
import pytest

DOCUMENT = Path(__file__).parents[2] / "docs/api/openapi.json"
_called: set[str] = set()


async def called(response: httpx.Response) -> None:
    """Note the operation that gave this answer; anything outside the document is not one."""
    operation_id = identify(response.request.method, response.request.url.path)
    if operation_id is not None:
        _called.add(operation_id)


def identify(method: str, path: str) -> str | None:
    """Return the id of the operation that serves a request; a literal path goes before `{...}`."""
    matching = [
        (template.count("{"), operation_id)
        for operation_method, template, pattern, operation_id in _operations()
        if operation_method == method and pattern.fullmatch(path)
    ]
    return min(matching)[1] if matching else None


def pytest_configure(config: pytest.Config) -> None:
    """Register the mark."""
    config.addinivalue_line(
        "markers", "operation(*ids): the test exercises these operations of the HTTP interface"
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Fail a test that passed without calling what it is marked with."""
    _called.clear()
    yield
    claimed = {id_ for mark in item.iter_markers("operation") for id_ in mark.args}
    if missing := sorted(claimed - _called):
        pytest.fail(f"marked, but never called: {', '.join(missing)}", pytrace=False)


@cache
def _operations() -> list[tuple[str, str, re.Pattern[str], str]]:
    paths = json.loads(DOCUMENT.read_text())["paths"]
    return [
        (method.upper(), template, _pattern(template), operation["operationId"])
        for template, item in paths.items()
        for method, operation in item.items()
        if isinstance(operation, dict) and "operationId" in operation
    ]


def _pattern(template: str) -> re.Pattern[str]:
    literals = re.split(r"\{[^}]*\}", template)
    return re.compile("[^/]+".join(re.escape(literal) for literal in literals))
