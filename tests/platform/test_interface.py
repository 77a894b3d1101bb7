"""What the document of the interface allows, and what it does not, is answered as it says."""

import asyncio
import json
import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from argus.kernel import authentication
from support.belongings import Belongings
from support.operations import DOCUMENT, ENDLESS
from support.organizations import Tenant
from support.platform import STRONG, TestPlatform


def status_as_documented(context: Any, response: Any, case: Case) -> Any:
    """But for who asks, by a made-up header, for another version than the document's."""
    if response.status_code == 400 and "api-version" in response.request.headers:
        return None
    return status_code_conformance(context, response, case)


CHECKS = [
    not_a_server_error,
    status_as_documented,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES = 4
"""Of requests that the document allows, and again of those that it does not, for each operation."""
ANSWER_S = 60
_ID = re.compile(r"\^([a-z]+)_\[0-7\]")

Check = Callable[[Case], None]


def with_ids(node: Any, ids: dict[str, str]) -> Any:
    """The document, in which an id may be one that exists; a random one never would."""
    match node:
        case {"type": "string", "pattern": str(pattern)} if found := _ID.match(pattern):
            return {"anyOf": [{"const": ids[found[1]]}, node]} if found[1] in ids else node
        case dict():
            return {name: with_ids(value, ids) for name, value in node.items()}
        case list():
            return [with_ids(value, ids) for value in node]
        case _:
            return node


def explore(operation: APIOperation, check: Check) -> None:
    """Generate requests of one operation, the same each time, and check each."""
    modes = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
    for mode in modes if list(operation.iter_parameters()) or operation.body else modes[:1]:
        explored = given(case=operation.as_strategy(mode))(check)
        try:
            settings(
                max_examples=EXAMPLES,
                derandomize=True,
                database=None,
                deadline=None,
                phases=[Phase.generate],
                suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
            )(explored)()
        except Unsatisfiable:  # no text is wrong in a path that takes any
            if mode is GenerationMode.POSITIVE:
                raise


async def signed_in(platform: TestPlatform, tenant: Tenant) -> str:
    """A token that is good: an earlier request may have ended the session of the one before."""
    owner = tenant.owner
    return (await platform.sign_in(owner.email, owner.organization_id, factor=STRONG)).token


async def is_good(platform: TestPlatform, token: str) -> bool:
    headers = {"Authorization": f"Bearer {token}"}
    return (await platform.client.get("/api/v1/auth/me", headers=headers)).is_success


@pytest.mark.timeout(900)
async def test_every_answer_is_as_the_interface_says(
    platform: TestPlatform,
    unlimited: httpx.AsyncClient,
    acme: Tenant,
    belongings: Belongings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(authentication, "FAILED_AUTHENTICATION_S", 0.0)
    document = with_ids(json.loads(DOCUMENT.read_text()), belongings.by_prefix)
    schema = schemathesis.openapi.from_dict(document).exclude(operation_id=[*ENDLESS])
    loop, token, problems = asyncio.get_running_loop(), acme.owner.token, []

    def check(case: Case) -> None:
        """In Hypothesis's thread, while the platform answers in the test's own."""
        request = requests.Request(**case.as_transport_kwargs("http://argus.test")).prepare()
        assert request.body is None or isinstance(request.body, str | bytes)
        headers = {**request.headers, "Authorization": f"Bearer {token}"}
        asking = unlimited.request(
            str(request.method), str(request.url), content=request.body, headers=headers
        )
        answer = asyncio.run_coroutine_threadsafe(asking, loop).result(ANSWER_S)
        try:
            case.validate_response(answer, checks=CHECKS)
        except FailureGroup as failures:
            problems.append(f"{case.operation.label}: {failures.exceptions} {request.body!r:.300}")

    for found in schema.get_all_operations():
        assert isinstance(found, Ok), found
        if not await is_good(platform, token):
            token = await signed_in(platform, acme)
        await asyncio.to_thread(explore, found.ok(), check)
    assert not problems, "\n".join(problems)
