"""The records that an OpenAPI description speaks of: where they are made, and inside which others.

Pure functions. `/shops/{shop}/orders` takes POST and `/shops/{shop}/orders/{id}` is one of what it
makes: orders, inside a shop if shops are made at `/shops` in the same way.
"""

import re
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, cast

from argus.services.qa.discovery.description import base_path
from argus.services.qa.foreign_json import at
from argus.services.qa.naming import singular

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_PARAMETER = re.compile(r"\{([^}]*)\}")
_MOST_PATHS = 500
_MOST_LEVELS = 10
"""Of references that lead to references."""

Node = Mapping[str, Any]
Operations = Mapping[str, Node]
"""By method."""


@dataclass(frozen=True)
class Resource:
    """Records of one kind."""

    path: str
    """Of their list, on the host, with `{}` for each record that they are inside."""
    item_path: str
    """Of one of them: the same with one more. Each ends as described, with a slash or without."""
    thing: str
    """What one of them is called."""
    parameter: str
    """What the description calls that which names one."""
    listing: Operations
    item: Operations
    inside: "Resource | None"

    @property
    def chain(self) -> tuple["Resource", ...]:
        """It, after all that it is inside of, the outermost first."""
        return (*(self.inside.chain if self.inside else ()), self)


def resources(description: Node) -> list[Resource]:
    """All kinds of records that can be made, and then read; outer ones first."""
    known = {each[0].rstrip("/"): each for each in operations(description)}
    found: dict[str, Resource] = {}
    for place in sorted(known, key=lambda place: (place.count("/"), place)):
        above, last = place.rpartition("/")[::2]
        outer = above.rpartition("/")[0]
        if last != "{}" or above not in known:
            continue
        (path, _, listing), (item_path, name, item) = known[above], known[place]
        if not above or "POST" not in listing or "GET" not in item:
            continue
        inside = found.get(outer.removesuffix("/{}")) if outer.endswith("/{}") else None
        if above.count("{}") != (len(inside.chain) if inside else 0):
            continue  # inside of something that cannot be made
        thing = re.sub(r"[-_]+", " ", above.rpartition("/")[2]).lower()
        found[above] = Resource(path, item_path, singular(thing), name, listing, item, inside)
    return list(found.values())


def operations(description: Node) -> Generator[tuple[str, str, Operations]]:
    """Each path on the host with `{}` for parameters, the name of the last one, and what it takes.

    It ends with a slash where the description's does. What a path takes is among the parameters of
    its operations.
    """
    base = base_path(description)
    for path, item in islice(mapping(description.get("paths")).items(), _MOST_PATHS):
        if not path.isprintable():
            continue  # what is left of it in a URL is another address
        known, methods = mapping(item), dict[str, Node]()
        for method in METHODS:
            if operation := mapping(known.get(method.lower())):
                taken = [*listed(known.get("parameters")), *listed(operation.get("parameters"))]
                methods[method] = {**operation, "parameters": taken}
        names = _PARAMETER.findall(path)
        place = f"{base}/{path.lstrip('/')}"
        yield _PARAMETER.sub("{}", place), names[-1] if names else "", methods


def body_of(description: Node, operation: Node) -> Node | None:
    """The schema of the JSON that an operation takes; None where it takes none."""
    for parameter in parameters(description, operation):
        if parameter.get("in") == "body":
            return resolved(description, parameter.get("schema"))
    content = mapping(resolved(description, operation.get("requestBody")).get("content"))
    kind = next((each for each in content if "json" in each), None)
    return None if kind is None else resolved(description, mapping(content[kind]).get("schema"))


def told(operation: Node) -> tuple[str, ...]:
    """What the description calls an operation."""
    return tuple(str(operation.get(name, "")) for name in ("operationId", "summary"))


def parameters(description: Node, operation: Node) -> list[Node]:
    """What an operation takes beside its body, references followed."""
    return [resolved(description, each) for each in listed(operation.get("parameters"))]


def resolved(description: Node, node: object) -> Node:
    """The node, or what it refers to inside the description; empty for what leads nowhere."""
    for _ in range(_MOST_LEVELS):
        found = mapping(node)
        reference = found.get("$ref")
        if not isinstance(reference, str):
            return found
        node = at(reference.removeprefix("#"), description) if reference.startswith("#") else {}
    return {}


def mapping(value: object) -> dict[str, Any]:
    """The value if it is an object; else none of its properties."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def listed(value: object) -> list[Any]:
    """The value if it is a list; else an empty one."""
    return cast("list[Any]", value) if isinstance(value, list) else []
