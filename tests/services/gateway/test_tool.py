"""What the gateway tells of a tool, and what it refuses before any sibling is asked."""

from typing import Any

import pytest

from argus.kernel.errors import InvalidRequest
from argus.kernel.rpc.client import Rpc
from argus.services.gateway.tools import (
    TOOLS,
    check_entitlement,
    get_run,
    record_usage,
    run_tests,
    validate_token,
)


def test_every_tool_explains_itself_and_all_its_fields() -> None:
    for tool in TOOLS:
        listed = tool.listed
        assert listed.description
        assert listed.output_schema is not None
        assert listed.output_schema["type"] == "object"
        schemas = [listed.input_schema, *listed.input_schema.get("$defs", {}).values()]
        for schema in schemas:
            assert schema["additionalProperties"] is False
            assert all(field.get("description") for field in schema["properties"].values()), schema


def test_effects_are_declared_for_clients_that_ask_before_they_act() -> None:
    for tool in (validate_token, check_entitlement, get_run):
        assert tool.effect.value.read_only_hint
    assert all(tool.listed.annotations is tool.effect.value for tool in TOOLS)
    recording, running = record_usage.effect.value, run_tests.effect.value
    assert not recording.read_only_hint
    assert (recording.idempotent_hint, recording.destructive_hint) == (True, False)
    assert (running.idempotent_hint, running.destructive_hint) == (False, True)


def test_every_tool_needs_a_permission() -> None:
    assert all(tool.access.permission for tool in TOOLS)


EVENT = {"id": "1", "source": "s", "meter": "m"}


@pytest.mark.parametrize(
    ("tool", "arguments", "at"),
    [
        (validate_token, {}, "token"),
        (validate_token, {"token": ""}, "token"),
        (validate_token, {"token": "x" * 20_001}, "token"),
        (check_entitlement, {"feature": "No Such Name"}, "feature"),
        (check_entitlement, {"feature": "x", "quantity": 0}, "quantity"),
        (check_entitlement, {"feature": "x", "organization_id": "org_1"}, "organization_id"),
        (record_usage, {"events": []}, "events"),
        (record_usage, {"events": [EVENT] * 1001}, "events"),
        (record_usage, {"events": [{**EVENT, "quantity": -1}]}, "events/0/quantity"),
        (record_usage, {"events": [{**EVENT, "occurred_at": "2030-01-01T00:00:00"}]},
         "events/0/occurred_at"),
        (run_tests, {"app_url": "http://127.0.0.1:1/", "max_pages": 0}, "max_pages"),
        (run_tests, {"app_url": 7}, "app_url"),
        (get_run, {"run_id": None}, "run_id"),
    ],
)  # fmt: skip
async def test_bad_arguments_are_named(tool: Any, arguments: dict[str, Any], at: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        await tool.run(arguments, Rpc())
    errors: Any = refused.value.extensions["errors"]
    assert [error["at"] for error in errors] == [at]
