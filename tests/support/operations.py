"""The operations of the HTTP interface, as the exported document tells of them."""

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

DOCUMENT = Path(__file__).parents[2] / "docs/api/openapi.json"
ENDLESS = frozenset({"stream_discovery", "stream_run", "watch_revocations"})
"""Operations of which a good answer would not end."""
_PUBLIC_ID = re.compile(r"\^([a-z]+)_\[0-7\]")


@dataclass(frozen=True)
class Parameter:
    name: str
    where: str
    """path, query, header or body."""
    prefix: str | None
    """Of a public id: `org`, `key`."""
    kind: str
    """JSON type."""


@dataclass(frozen=True)
class Operation:
    id: str
    method: str
    path: str
    parameters: tuple[Parameter, ...]
    has_body: bool

    @property
    def identifiers(self) -> tuple[Parameter, ...]:
        return tuple(parameter for parameter in self.parameters if parameter.prefix)


@cache
def operations() -> tuple[Operation, ...]:
    """All of them, in the order of the document."""
    document = json.loads(DOCUMENT.read_text())
    schemas = document["components"]["schemas"]
    return tuple(
        Operation(
            operation["operationId"],
            method.upper(),
            path,
            (
                *(
                    _parameter(item["name"], item["in"], item["schema"])
                    for item in operation.get("parameters", ())
                ),
                *(
                    _parameter(name, "body", schema)
                    for name, schema in _body(operation, schemas).items()
                ),
            ),
            "requestBody" in operation,
        )
        for path, item in document["paths"].items()
        for method, operation in item.items()
    )


def _body(operation: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    content = operation.get("requestBody", {}).get("content", {})
    schema = content.get("application/json", {}).get("schema", {})
    return schemas[schema["$ref"].rpartition("/")[2]]["properties"] if "$ref" in schema else {}


def _parameter(name: str, where: str, schema: dict[str, Any]) -> Parameter:
    choices = cast("list[dict[str, Any]]", [schema, *schema.get("anyOf", ())])
    patterns = [choice.get("pattern", "") for choice in choices]
    prefixes = [found[1] for pattern in patterns if (found := _PUBLIC_ID.match(pattern))]
    kinds = [choice["type"] for choice in choices if "type" in choice]
    return Parameter(name, where, next(iter(prefixes), None), next(iter(kinds), "object"))
