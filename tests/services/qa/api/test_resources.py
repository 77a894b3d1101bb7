"""What a description says of records, and bodies that fit it."""

import math
from typing import Any

import pytest

from argus.services.qa.api.resources import body_of, operations, resources
from argus.services.qa.api.samples import Sampler, Unknown

THING: dict[str, Any] = {
    "type": "object",
    "required": ["title"],
    "properties": {
        "id": {"type": "string", "readOnly": True},
        "title": {"type": "string", "maxLength": 20},
        "mail": {"type": ["null", "string"], "format": "email"},
        "count": {"type": "integer", "minimum": 3},
        "kind": {"enum": ["round", "square"]},
        "at": {"type": "string", "format": "date-time"},
        "of": {"$ref": "#/definitions/Thing"},
    },
}


def sampled(schema: Any, *, whole: bool, **definitions: Any) -> Any:
    return Sampler({"definitions": definitions}, "thing").sample(schema, whole=whole)


def test_records_are_found_with_those_that_they_are_inside_of() -> None:
    takes = {"get": {"x": 1}, "post": {"x": 1}}
    item = {"get": {"x": 1}, "delete": {"x": 1}}
    description = {
        "swagger": "2.0",
        "basePath": "/v1",
        "paths": {
            "/shops/{shop_id}/orders/{id}": item,
            "/shops/{shop}/orders": takes,
            "/shops": takes,
            "/shops/{id}": item,
            "/boxes/{id}/lids": takes,
            "/boxes/{box}/lids/{id}": item,
            "/status": {"get": {"x": 1}},
        },
    }
    shops, orders = resources(description)
    assert (shops.path, shops.thing, shops.parameter, shops.inside) == (
        "/v1/shops",
        "shop",
        "id",
        None,
    )
    assert (orders.path, orders.item_path) == ("/v1/shops/{}/orders", "/v1/shops/{}/orders/{}")
    assert orders.chain == (shops, orders)
    assert set(orders.item) == {"GET", "DELETE"}, "lids are inside of boxes, which nobody can make"


def test_the_addresses_of_records_end_as_described() -> None:
    takes, item = {"post": {"x": 1}}, {"get": {"x": 1}}
    paths = {"/a/": takes, "/a/{id}/": item, "/a/{id}/b": takes, "/a/{id}/b/{b}/": item}
    found = resources({"basePath": "/v1", "paths": paths})
    assert [(each.path, each.item_path) for each in found] == [
        ("/v1/a/", "/v1/a/{}/"),
        ("/v1/a/{}/b", "/v1/a/{}/b/{}/"),
    ]
    assert [each.thing for each in found] == ["a", "b"]


@pytest.mark.parametrize(
    "operation",
    [
        {"parameters": [{"in": "query"}, {"in": "body", "schema": {"$ref": "#/definitions/T"}}]},
        {
            "requestBody": {
                "content": {"application/x+json": {"schema": {"$ref": "#/definitions/T"}}}
            }
        },
    ],
)
def test_the_schema_of_a_body_is_found_in_both_versions(operation: dict[str, Any]) -> None:
    described = {"paths": {"/a/": {"post": operation}}, "definitions": {"T": {"type": "object"}}}
    [(path, _, methods)] = operations(described)
    assert path == "/a/", "a server may know it by no other"
    assert body_of(described, methods["POST"]) == {"type": "object"}


def test_a_body_has_all_that_is_described_or_what_is_demanded() -> None:
    assert sampled(THING, whole=False) == {"title": "${thing_title}"}
    assert sampled(THING, whole=True) == {
        "title": "${thing_title}",
        "mail": "${thing_mail}",
        "count": 3,
        "kind": "round",
        "at": "${thing_at}:00Z",
    }, "and nothing of what leads nowhere"


def test_what_is_put_together_of_several_schemas_is_filled_as_one() -> None:
    base = {"type": "object", "required": ["a"], "properties": {"a": {"type": "boolean"}}}
    whole = {"allOf": [{"$ref": "#/definitions/Base"}, {"properties": {"b": {"const": 7}}}]}
    assert sampled(whole, whole=True, Base=base) == {"a": False, "b": 7}
    assert sampled({"anyOf": [{"type": "null"}, base]}, whole=False) == {"a": False}


def test_a_path_that_is_no_address_is_passed_over() -> None:
    assert [*operations({"paths": {"\t/[x": {"get": {"x": 1}}}})] == []


@pytest.mark.parametrize("name", ["id", "_id", "uuid", "key", "Id"])
def test_what_the_application_gives_is_not_made_up(name: str) -> None:
    number = {"type": "integer"}
    schema = {"type": "object", "properties": {name: number, "count": number}}
    assert sampled(schema, whole=True) == {"count": 1}, "there may be a record 1"
    with pytest.raises(Unknown):
        sampled({**schema, "required": [name]}, whole=True)
    given: dict[str, Any] = {"type": "object", "properties": {name: {"const": 7}}}
    assert sampled(given, whole=True) == {name: 7}


def test_a_key_is_made_up_where_it_is_a_text_and_no_number() -> None:
    either = {"anyOf": [{"type": "null"}, {"type": "integer"}]}
    for schema, made in ((either, {}), ({"type": "string"}, {"pet_id": "${pet_pet_id}"})):
        whole = {"type": "object", "properties": {"pet_id": schema}}
        assert Sampler({}, "pet", "pet_id").sample(whole, whole=True) == made


@pytest.mark.parametrize(
    "limits",
    [
        {"exclusiveMinimum": math.inf},
        {"minimum": 10**400},
        {"minimum": 1e308, "multipleOf": 1e-300},
        {"type": "string", "minLength": 10**400},
        {"type": "array", "minItems": 10**400},
    ],
)
def test_limits_beyond_all_numbers_are_met_by_nothing(limits: dict[str, Any]) -> None:
    with pytest.raises(Unknown):
        sampled({"type": "integer", **limits}, whole=True)


def test_what_refers_to_itself_without_an_end_is_given_up() -> None:
    names = [f"p{number}" for number in range(30)]
    endless = {
        "type": "object",
        "required": names,
        "properties": {name: {"$ref": "#/definitions/Endless"} for name in names},
        "allOf": [{"$ref": "#/definitions/Endless"}] * 9,
    }
    with pytest.raises(Unknown):
        sampled(endless, whole=True, Endless=endless)


@pytest.mark.parametrize(
    "schema",
    [None, "x", {"type": 7}, {"type": "object", "required": True, "properties": []}, {"allOf": 1}],
)
def test_a_schema_may_be_anything(schema: Any) -> None:
    try:
        sampled(schema, whole=True)
    except Unknown:
        return
