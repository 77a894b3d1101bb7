"""The OpenAPI description of the API under test: found, read, and what it says of collections."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import yaml

from argus.kernel.errors import ArgusError
from argus.services.qa.api.calling import Answer, Call, Caller, NoAnswer
from argus.services.qa.api.fuzzing import Described
from argus.services.qa.api.resources import mapping
from argus.services.qa.discovery.description import ACCEPT, Found, linked, looking, named_in
from argus.services.qa.foreign_json import parsed
from argus.services.qa.urls import relative_url

_MOST_UNANSWERED = 2


class ApiNotDescribed(ArgusError):
    """No OpenAPI description was found that can be read: not at the given address, nor where what
    is there says that it is, nor where servers usually have it (such as `/openapi.json`), and no
    traffic was given to learn from.

    Give the address of the description, in YAML without aliases, or a recording with
    `argus qa api --traffic FILE.har`.
    """

    code, status, title = "qa.api.not_described", 422, "No API description"


@dataclass(frozen=True)
class Collection:
    """Where records of one kind are made, and the operations of a single one."""

    create: Described
    listed: Described | None
    parameter: str
    """The path parameter that names a record."""
    item: Mapping[str, Described]
    """By method."""


def find(caller: Caller, url: str) -> Mapping[str, Any] | None:
    """The description at `url`, where what is there says that it is, or at a usual place.

    The search ends with the second place that does not answer.

    Raises:
        NoAnswer: nothing answers at `url`.
    """
    given = relative_url(url)
    answer = _ask(caller, given)
    document, unanswered = _document(given, answer), 0
    named = [*linked(answer.headers.get("link", "")), *named_in(document)]
    search = looking(url, [given, *named])
    try:
        address = next(search)
        while unanswered < _MOST_UNANSWERED:
            if address != given:
                try:
                    document = _document(address, _ask(caller, address))
                except NoAnswer:
                    document, unanswered = ..., unanswered + 1
            address = search.send(document)
    except StopIteration as end:
        found = cast("Found | None", end.value)
        return found.description if found is not None else None
    return None


def _ask(caller: Caller, address: str) -> Answer:
    return caller.send(Call("GET", address, {"Accept": ACCEPT}))


def _document(address: str, answer: Answer) -> object:
    """What was answered, parsed; `...` for a refusal, and for what is neither JSON nor YAML."""
    if not answer.ok:
        return ...
    is_yaml = address.endswith((".yaml", ".yml"))
    return _of_yaml(answer.body) if is_yaml and answer.json is ... else answer.json


def definition(description: Mapping[str, Any], operation: Described) -> Mapping[str, Any]:
    """What the description says of the operation; empty where that is elsewhere."""
    path = mapping(mapping(description.get("paths")).get(operation.path))
    return mapping(path.get(operation.method.lower()))


def is_protected(description: Mapping[str, Any], operation: Described) -> bool:
    """Whether it says that the operation takes a credential."""
    says = definition(description, operation)
    required: object = says.get("security", description.get("security"))
    return isinstance(required, list) and required != [] and {} not in required


def collections(operations: Iterable[Described]) -> list[Collection]:
    """Paths that take POST and have records one segment below them."""
    by_path: dict[str, dict[str, Described]] = {}
    for operation in operations:
        by_path.setdefault(operation.path.rstrip("/"), {})[operation.method] = operation
    found: list[Collection] = []
    for path, methods in by_path.items():
        folder, _, last = path.rpartition("/")
        if last.startswith("{") and last.endswith("}") and "{" not in folder:
            above = by_path.get(folder, {})
            if "POST" in above:
                found.append(Collection(above["POST"], above.get("GET"), last[1:-1], methods))
    return found


class _PlainLoader(yaml.SafeLoader):
    """Knows no aliases: a few lines of them stand for more than fits into memory."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("an alias")
        return super().compose_node(parent, index)


def _of_yaml(content: bytes) -> object:
    """The document as JSON has it; `...` for what cannot be."""
    try:
        document: object = yaml.load(content, _PlainLoader)  # noqa: S506 - it is a SafeLoader
        return parsed(json.dumps(document, default=str))
    except (yaml.YAMLError, TypeError, ValueError, RecursionError):
        return ...
