"""Whoever acts in somebody else's place reaches their work, and nothing else of theirs."""

from datetime import timedelta

import httpx
from fastapi.routing import iter_route_contexts

from argus.contracts.permissions import CREDENTIALS, Permission
from argus.kernel.http.openapi import declared_access
from argus.kernel.ids import OrganizationId, UserId, parse_id
from argus.kernel.principal import AuthenticationMethod
from argus.services.auth.impersonation.service import Impersonations
from support.operations import operations
from support.organizations import Tenant
from support.platform import TestPlatform

REACHED = {"create_stream_ticket", "forward", "sign_out", "who_am_i"}
"""Beside the work that `CREDENTIALS` leaves to an impersonator."""


async def test_nothing_about_credentials_members_money_or_the_audit_log_is_in_reach(
    platform: TestPlatform, acme: Tenant, unlimited: httpx.AsyncClient
) -> None:
    """Every other operation of the interface refuses, before it looks at what was sent."""
    bob = await acme.member("bob@example.com", "admin")
    impersonations = platform.modules["auth"].resources.get(Impersonations)
    begun = await impersonations.begin(
        OrganizationId(parse_id("org", acme.id)),
        UserId(parse_id("usr", bob.user_id)),
        UserId(parse_id("usr", acme.owner.user_id)),
        "ticket 4711",
        timedelta(minutes=15),
    )
    headers = {"Authorization": f"Bearer {begun.access_token}"}
    routes = iter_route_contexts(platform.app.routes)
    rules = {route.name: declared_access(route) for route in routes}
    refused: set[str] = set()
    for operation in operations():
        rule = rules[operation.id]
        assert rule is not None
        carriers = CREDENTIALS[Permission(rule.permission)] if rule.permission else frozenset()
        is_work = AuthenticationMethod.IMPERSONATION in carriers
        if rule.public_because or is_work or operation.id in REACHED:
            continue
        path = operation.path
        for parameter in operation.parameters:
            path = path.replace("{" + parameter.name + "}", f"{parameter.prefix}_x")
        answer = await unlimited.request(operation.method, path, headers=headers)
        assert answer.status_code == 403, (operation.id, answer.text)
        refused.add(operation.id)
    assert {"change_password", "create_api_key", "begin_impersonation", "step_up"} <= refused
