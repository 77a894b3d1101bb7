"""The JSON Schema that values seen so far have in common (as GenSON infers it), pure functions.

Only what was seen is claimed: types, properties, which of them were always there, items of arrays.
"""

from functools import reduce
from typing import Any, cast

Schema = dict[str, Any]

MOST_PROPERTIES, _MOST_ITEMS, _DEEPEST = 100, 50, 8
"""An object with more properties is a dictionary: their values have one schema."""

_TYPES: dict[type, str] = {str: "string", bool: "boolean", int: "integer", float: "number"}


def infer(value: object, depth: int = 0) -> Schema:
    """The schema of one value; below eight levels nothing is claimed."""
    if value is None:
        return {"type": "null"}
    if scalar := _TYPES.get(type(value)):
        return {"type": scalar}
    if depth == _DEEPEST:
        return {}
    if isinstance(value, list):
        items = [infer(each, depth + 1) for each in cast("list[object]", value)[:_MOST_ITEMS]]
        return {"type": "array"} | ({"items": reduce(merge, items)} if items else {})
    properties = {
        name: infer(each, depth + 1) for name, each in cast("dict[str, object]", value).items()
    }
    return _object(properties, set(properties))


def merge(one: Schema, other: Schema) -> Schema:
    """The schema of what either describes; commutative and idempotent."""
    if not one or not other:
        return {}
    variants: dict[str, Schema] = {}
    for each in (*_variants(one), *_variants(other)):
        known = variants.get(each["type"])
        variants[each["type"]] = _alike(known, each) if known else each
    if "number" in variants:
        variants.pop("integer", None)
    ordered = [variants[name] for name in sorted(variants)]
    return ordered[0] if len(ordered) == 1 else {"anyOf": ordered}


def _variants(schema: Schema) -> list[Schema]:
    return schema.get("anyOf", [schema])


def _alike(one: Schema, other: Schema) -> Schema:
    """Merge two schemas of one type."""
    if one["type"] == "array":
        items = [each["items"] for each in (one, other) if "items" in each]
        return {"type": "array"} | ({"items": reduce(merge, items)} if items else {})
    if one["type"] != "object":
        return one
    if "additionalProperties" in one or "additionalProperties" in other:
        values = [*_values(one), *_values(other)]
        return {"type": "object", "additionalProperties": reduce(merge, values)}
    properties = {**one["properties"]}
    for name, schema in other["properties"].items():
        properties[name] = merge(properties[name], schema) if name in properties else schema
    return _object(properties, {*one["required"]} & {*other["required"]})


def _object(properties: dict[str, Schema], required: set[str]) -> Schema:
    if len(properties) > MOST_PROPERTIES:
        values = reduce(merge, properties.values())
        return {"type": "object", "additionalProperties": values}
    ordered = {name: properties[name] for name in sorted(properties)}
    return {"type": "object", "properties": ordered, "required": sorted(required)}


def _values(schema: Schema) -> list[Schema]:
    if "additionalProperties" in schema:
        return [schema["additionalProperties"]]
    return [*schema["properties"].values()]
