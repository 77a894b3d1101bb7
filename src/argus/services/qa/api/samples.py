"""Bodies that fit a JSON schema, with variables for what a test makes up anew each time.

Pure functions. What a schema leaves open is filled as a person would fill it: texts with made-up
ones, numbers with the least that is allowed, choices with the first.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from argus.services.qa.api.resources import Node, listed, mapping, resolved
from argus.services.qa.ir import Variable, VariableKind
from argus.services.qa.naming import identifier

_DEEPEST = 5
_MOST_OPTIONAL = 10
_MOST_ITEMS = 3
_MOST_PARTS = 4
_MOST_VALUES = 200
"""Of a body: a description may refer to itself again and again."""
_LONGEST, _MARKED = 60, 6
_KINDS = {
    "email": VariableKind.EMAIL,
    "uri": VariableKind.URL,
    "url": VariableKind.URL,
    "date": VariableKind.DATE,
    "date-time": VariableKind.DATETIME,
    "time": VariableKind.TIME,
    "password": VariableKind.PASSWORD,
}
_UNIQUE = frozenset({VariableKind.TEXT, VariableKind.EMAIL, VariableKind.URL})
_SHORTENED = frozenset({VariableKind.DATETIME, VariableKind.TIME})
"""A form's field writes these without seconds and zone, JSON with them (RFC 3339)."""
_NAMES_RECORD = frozenset({"id", "_id", "uuid", "key"})
"""The application gives these: one that is made up may be that of a record that is there."""
_NUMBERS = frozenset({"integer", "number"})
_UUID = "00000000-0000-4000-8000-000000000000"


class Unknown(Exception):
    """Nothing can be made up that fits."""


@dataclass
class Sampler:
    """Makes bodies; the variables that stand in them as `${name}` are added to `variables`."""

    description: Node
    prefix: str
    """What the names of variables begin with."""
    key: str = ""
    """What names such a record. A number of this name is the application's to give."""
    variables: dict[str, Variable] = field(default_factory=dict[str, Variable])
    _made: int = 0

    def sample(self, schema: object, *, whole: bool, label: str = "", depth: int = 0) -> Any:
        """A value; `whole`: with what is optional, else only with what must be there.

        Raises:
            Unknown: something must be there, and nothing is known that fits.
        """
        node = _merged(self.description, schema)
        self._made += 1
        if depth > _DEEPEST or self._made > _MOST_VALUES:
            raise Unknown(label)
        if fixed := [node["const"]] if "const" in node else listed(node.get("enum")):
            return fixed[0]
        try:
            return self._of_type(node, label, depth, whole=whole)
        except (OverflowError, ValueError) as error:  # limits that are none
            raise Unknown(label) from error

    def _of_type(self, node: Node, label: str, depth: int, *, whole: bool) -> Any:
        match _type_of(node):
            case "object":
                return self._object(node, label, depth, whole=whole)
            case "array":
                items, least = node.get("items", {}), min(_number(node, "minItems", 0), _MOST_ITEMS)
                return [
                    self.sample(items, whole=whole, label=label, depth=depth + 1)
                    for _ in range(int(least))
                ]
            case "string":
                return self._text(node, label)
            case kind if kind in _NUMBERS:
                return _least(node)
            case "boolean":
                return False
            case "null":
                return None
            case _:
                raise Unknown(label)

    def _object(self, node: Node, label: str, depth: int, *, whole: bool) -> dict[str, Any]:
        properties = mapping(node.get("properties"))
        required = [each for each in listed(node.get("required")) if isinstance(each, str)]
        if not properties and not required:
            takes_any = whole and node.get("additionalProperties") is not False
            return {"name": self._text({}, f"{label} name")} if takes_any else {}
        optional = [each for each in properties if each not in required][:_MOST_OPTIONAL]
        made: dict[str, Any] = {}
        for name in (*required, *(optional if whole else ())):
            part = resolved(self.description, properties.get(name, {}))
            if part.get("readOnly"):
                continue
            try:
                if self._is_given(name, part):
                    raise Unknown(name)
                made[name] = self.sample(part, whole=whole, label=name, depth=depth + 1)
            except Unknown:
                if name in required:
                    raise
        return made

    def _is_given(self, name: str, schema: Node) -> bool:
        if name == self.key and _type_of(_merged(self.description, schema)) in _NUMBERS:
            return True
        return name.lower() in _NAMES_RECORD and "const" not in schema

    def _text(self, node: Node, label: str) -> str:
        if node.get("format") == "uuid":
            return _UUID
        kind = _KINDS.get(str(node.get("format", "")), VariableKind.TEXT)
        longest = int(min(_number(node, "maxLength", _LONGEST), _LONGEST))
        name = identifier(f"{self.prefix} {label}", frozenset(self.variables))
        self.variables[name] = Variable(
            kind=kind,
            label=label,
            unique=kind in _UNIQUE and longest >= _MARKED,
            min_length=int(_number(node, "minLength", 0)),
            max_length=longest,
            pattern=str(node.get("pattern") or ""),
        )
        return f"${{{name}}}:00Z" if kind in _SHORTENED else f"${{{name}}}"


def unique_texts(variables: Mapping[str, Variable], values: Mapping[str, str]) -> list[str]:
    """Of the values those that nobody else has."""
    return [values[name] for name, each in variables.items() if each.unique and not each.pattern]


def _merged(description: Node, schema: object, depth: int = 0) -> Node:
    """The schema with all that it consists of, and the first of what it may be."""
    node: dict[str, Any] = {**resolved(description, schema)}
    if depth > _DEEPEST:
        return node
    for part in listed(node.get("allOf"))[:_MOST_PARTS]:
        inner = _merged(description, part, depth + 1)
        node = {
            **inner,
            **node,
            "properties": {**mapping(inner.get("properties")), **mapping(node.get("properties"))},
            "required": [*listed(inner.get("required")), *listed(node.get("required"))],
        }
    for choice in ("oneOf", "anyOf"):
        possible = [resolved(description, each) for each in listed(node.get(choice))]
        first = next((each for each in possible if each.get("type") != "null"), None)
        if first is not None:
            node = {**_merged(description, first, depth + 1), **node}
    return node


def _type_of(node: Node) -> str:
    kind = node.get("type")
    if several := listed(kind):
        kind = next((each for each in several if each != "null"), "null")
    if kind is None and ("properties" in node or "additionalProperties" in node):
        return "object"
    return str(kind) if kind is not None else "string" if "format" in node else ""


def _least(node: Node) -> int | float:
    """The least number that is allowed, 1 where none is, whole where it may be."""
    least = _number(node, "minimum", 1)
    above: object = node.get("exclusiveMinimum")
    if above is True:
        least += 1
    elif isinstance(above, int | float):
        least = max(least, above + 1)
    least = min(least, _number(node, "maximum", math.inf))
    step = _number(node, "multipleOf", 0)
    if step > 0:
        least = math.ceil(least / step) * step
    return int(least) if node.get("type") == "integer" or least == int(least) else least


def _number(node: Node, name: str, otherwise: float) -> float:
    value: object = node.get(name)
    return value if isinstance(value, int | float) and math.isfinite(value) else otherwise
