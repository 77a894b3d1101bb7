"""The HTTP interface: exported, explained, with typed errors, and tested operation by operation.

A test says which operations it exercises with `@pytest.mark.operation("operation_id", ...)`;
`tests/plugins/operations.py` fails a test that says so and does not call them.
"""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from checks import generated
from checks.marks import marked

DOCUMENT = Path("docs/api/openapi.json")
_OAUTH_ERROR = {"$ref": "#/components/schemas/OAuthError"}
_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


class ExportError(Exception):
    """`argus openapi` failed; the message is its own."""


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each operation with a name for people (`GET /path`)."""
    for path, item in document.get("paths", {}).items():
        for method in _METHODS:
            if method in item:
                yield f"{method.upper()} {path}", item[method]


def rules(document: dict[str, Any], tested: set[str]) -> list[str]:
    """Report operations without id, summary, typed error or test, and tests of no operation."""
    problems: list[str] = []
    seen: dict[str, str] = {}
    for name, operation in operations(document):
        operation_id = operation.get("operationId", "")
        if not operation_id:
            problems.append(f"{name}: no operationId")
        elif operation_id in seen:
            problems.append(f"{name}: operationId {operation_id} is also {seen[operation_id]}")
        seen[operation_id] = name
        if not operation.get("summary"):
            problems.append(f"{name}: no summary")
        problems += [f"{name}: {problem}" for problem in _errors(operation.get("responses", {}))]
        if operation_id not in tested:
            problems.append(f'{name}: no test is marked operation("{operation_id}")')
    if not seen:
        problems.append("the document holds no operation")
    problems += [
        f'a test is marked operation("{operation_id}"), which does not exist'
        for operation_id in sorted(tested - set(seen))
    ]
    return problems


def check(root: Path) -> list[str]:
    """Report what is wrong with the interface, and whether its exported document is stale."""
    try:
        text = _export(root)
    except ExportError as error:
        return [str(error)]
    stale = generated.stale(root, {DOCUMENT: text}, "make docs")
    return stale + rules(orjson.loads(text), set(marked(root / "tests", "operation")))


def write(root: Path) -> None:
    """Export the document.

    Raises:
        ExportError: the platform's interface cannot be built.
    """
    generated.write(root, {DOCUMENT: _export(root)}, [])


def _errors(responses: dict[str, Any]) -> Iterator[str]:
    errors = {status: answer for status, answer in responses.items() if status[0] in "45"}
    if not errors:
        yield "no error response"
    for status, answer in errors.items():
        content = answer.get("content", {})
        is_oauth = content.get("application/json", {}).get("schema") == _OAUTH_ERROR
        if "schema" not in content.get("application/problem+json", {}) and not is_oauth:
            yield f"error {status} is not typed as application/problem+json"


def _export(root: Path) -> str:
    run = subprocess.run(
        [Path(sys.executable).parent / "argus", "openapi"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode:
        raise ExportError(f"`argus openapi` failed:\n{run.stderr.strip()}")
    return run.stdout
