from typing import Any

import pytest

from checks import openapi

PROBLEM = {"content": {"application/problem+json": {"schema": {"$ref": "#/x"}}}}


def document(**changes: Any) -> dict[str, Any]:
    operation = {"operationId": "get_key", "summary": "A key", "responses": {"404": PROBLEM}}
    return {"paths": {"/keys/{id}": {"parameters": [], "get": operation | changes}}}


def test_a_whole_operation_is_accepted() -> None:
    assert openapi.rules(document(), {"get_key"}) == []


@pytest.mark.parametrize(
    ("changed", "tested", "problem"),
    [
        (document(operationId=""), {"get_key"}, "no operationId"),
        (document(summary=""), {"get_key"}, "no summary"),
        (document(responses={"200": {}}), {"get_key"}, "no error response"),
        (document(responses={"422": {"content": {"application/json": {}}}}), {"get_key"}, "422"),
        (document(), set(), "no test is marked"),
        (document(), {"get_key", "gone"}, '"gone"), which does not exist'),
        ({"paths": {}}, set(), "holds no operation"),
    ],
)
def test_what_an_operation_lacks_is_reported(
    changed: dict[str, Any], tested: set[str], problem: str
) -> None:
    assert any(problem in found for found in openapi.rules(changed, tested))


def test_two_operations_may_not_share_an_id() -> None:
    both = document()
    both["paths"]["/other"] = {"get": both["paths"]["/keys/{id}"]["get"]}
    assert "is also GET /keys/{id}" in openapi.rules(both, {"get_key"})[0]
