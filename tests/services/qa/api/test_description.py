import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from argus.services.qa.api.calling import NOBODY, Caller
from argus.services.qa.api.description import find
from argus.services.qa.api.fuzzing import Described, DescriptionInvalid, described
from support.website import Stall, WebSite, serve


@pytest.fixture
def site() -> Iterator[WebSite]:
    with serve(WebSite()) as running:
        yield running


def found(site: WebSite, path: str, content: str) -> Any:
    site.pages[path] = content
    caller = Caller(site.url, NOBODY, time.monotonic() + 60, read_only=True)
    try:
        return find(caller, site.url + path)
    finally:
        caller.close()


def post(schema: dict[str, Any], **more: Any) -> dict[str, Any]:
    content = {"application/json": {"schema": schema, **more}}
    return {
        "requestBody": {"required": True, "content": content},
        "responses": {"200": {"description": "as asked", "content": content}},
    }


def description(schema: dict[str, Any], **more: Any) -> dict[str, Any]:
    info = {"title": "t", "version": "1"}
    return {"openapi": "3.0.3", "info": info, "paths": {"/a": {"post": post(schema, **more)}}}


def test_a_description_in_yaml_is_read_as_the_same_in_json(site: WebSite) -> None:
    assert found(
        site, "/api.yaml", "openapi: 3.0.3\npaths: {/a: {get: {responses: {200: {}}}}}"
    ) == {
        "openapi": "3.0.3",
        "paths": {"/a": {"get": {"responses": {"200": {}}}}},
    }


@pytest.mark.parametrize(
    "text",
    [
        "openapi: 3\na: &a [x, x]\nb: &b [*a, *a]\npaths: {}",
        "openapi: " + "[" * 5_000,
        "openapi: 2001-99-99",
        "openapi: 3\n? {a: b}\n: c",
        "openapi: 3\npaths: []",
        "openapi: 3\nservers: [x]",
        "[openapi]",
        "openapi: '",
    ],
)
def test_what_cannot_be_worked_with_is_no_description(site: WebSite, text: str) -> None:
    assert found(site, "/api.yaml", text) is None


def test_no_other_document_is_read_whoever_refers_to_it(site: WebSite, tmp_path: Path) -> None:
    secret = {"type": "string", "enum": ["the secret"]}
    site.pages["/secret"] = orjson.dumps(secret).decode()
    file = tmp_path / "secret.json"
    file.write_bytes(orjson.dumps(secret))
    for place in (f"{site.url}/secret", file.as_uri(), str(file), f"{file}#/enum/0"):
        reference = {"type": "object", "required": ["x"], "properties": {"x": {"$ref": place}}}
        external = {"examples": {"one": {"externalValue": place}}}
        whole = description(reference, **external)
        whole["paths"]["/b"] = {"$ref": place}
        told, operation = described(whole, site.url)
        assert isinstance(told, DescriptionInvalid)
        assert str(told) == f"other documents are not read: {place}"
        assert isinstance(operation, Described)
        made = operation.examples(0, 5)
        assert made
        assert not [call for call in made if b"the secret" in call.body]
    assert site.asked == []


def test_an_operation_of_which_nothing_can_be_made_says_so() -> None:
    whole = {**description({"$dynamicRef": "#nowhere"}), "openapi": "3.1.0"}
    [operation] = described(whole, "http://127.0.0.1")
    assert isinstance(operation, Described)
    with pytest.raises(DescriptionInvalid):
        operation.examples(0, 2)


def test_the_second_place_that_does_not_answer_ends_the_search(site: WebSite) -> None:
    site.pages |= {"/openapi.json": Stall.HANG_UP, "/swagger.json": Stall.HANG_UP}
    assert found(site, "/", "{}") is None
    assert len({each.path for each in site.asked}) == 3, "the host answered, so it is there"
