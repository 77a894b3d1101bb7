"""Every route and every RPC says who may use it; nothing is open by omission."""

from typing import Any

from fastapi.routing import RouteContext, iter_route_contexts

from argus.apps.serve import build_app
from argus.contracts.audit.v1 import audit_pb2
from argus.contracts.auth.v1 import auth_pb2
from argus.contracts.billing.v1 import billing_pb2
from argus.contracts.identity.v1 import identity_pb2
from argus.contracts.notify.v1 import notify_pb2
from argus.contracts.qa.v1 import qa_pb2
from argus.kernel.http.openapi import declared_access
from argus.kernel.rpc.dispatch import RpcHandler, StreamHandler
from argus.services.auth.web.routing import PageRoute
from support.operations import operations
from support.platform import TestPlatform

OPEN = {
    "get_health",
    "get_services_health",
    "get_metrics",
    "sign_in",
    "continue_sign_in",
    "second_factor_passkey_options",
    "enrol_totp_to_sign_in",
    "confirm_totp_to_sign_in",
    "new_passkey_options_to_sign_in",
    "add_passkey_to_sign_in",
    "sign_in_passkey_options",
    "sign_in_by_passkey",
    "sign_up",
    "confirm_sign_up",
    "mail_sign_in",
    "sign_in_by_code",
    "sign_in_by_link",
    "forgot_password",
    "reset_password",
    "refresh_tokens",
    "issue_tokens",
    "introspect_token",
    "revoke_token",
    "push_authorization_request",
    "get_server_metadata",
    "authorize_device",
    "report_leaked_keys",
    "get_key_set",
    "list_providers",
    "sign_in_by_directory",
    "register_client",
    "get_registration",
    "change_registration",
    "delete_registration",
    "announce_deployment",
    "list_tiers",
    "get_mcp_resource_metadata",
}
"""Operations that need no credential."""

UNDECLARED = {"/openapi.json", "/mcp"}
"""The exported document, and an application that checks access itself, tool by tool."""

ALIASES = {
    ("GET", "/.well-known/oauth-protected-resource"),
    ("GET", "/.well-known/openid-configuration"),
    ("POST", "/api/v1/auth/device/authorize"),
    ("POST", "/api/v1/auth/device/token"),
    ("HEAD", "/api/v1/auth/forward"),
    *(
        (method, "/api/v1/auth/forward/{requested}")
        for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
    ),
}
"""Second paths of documented operations."""

CONTRACTS = (audit_pb2, auth_pb2, billing_pb2, identity_pb2, notify_pb2, qa_pb2)


def routes(platform: TestPlatform) -> list[RouteContext]:
    return list(iter_route_contexts(build_app(platform.composition).routes))


def is_page(route: RouteContext) -> bool:
    """For people, so no operation of the interface; it looks for the browser's session itself."""
    return isinstance(route.original_route, PageRoute)


def rpcs(platform: TestPlatform) -> list[RpcHandler[Any, Any] | StreamHandler[Any, Any]]:
    return [
        handler
        for module in platform.modules.values()
        for handler in (*module.rpcs, *module.streams)
    ]


def test_every_route_declares_its_access(platform: TestPlatform) -> None:
    walked = [route for route in routes(platform) if not is_page(route)]
    assert len(walked) == len(operations()) + len(ALIASES) + len(UNDECLARED)
    documented = {(operation.method, operation.path) for operation in operations()}
    assert len(documented) == len(operations())
    served = {
        (method, route.path_format)
        for route in walked
        if declared_access(route) is not None
        for method in route.methods or ()
    }
    assert served - documented == ALIASES
    assert documented - served == set()
    undeclared = {route.path for route in walked if declared_access(route) is None}
    assert undeclared == UNDECLARED


def test_a_route_is_open_only_for_a_reason_and_only_those_that_are_known(
    platform: TestPlatform,
) -> None:
    reasons = {
        route.name: access.public_because
        for route in routes(platform)
        if not is_page(route)
        and (access := declared_access(route)) is not None
        and access.permission is None
        and not access.authenticated
    }
    assert set(reasons) == OPEN
    assert all(reasons.values())


def test_a_page_says_why_it_is_open(platform: TestPlatform) -> None:
    pages = [route for route in routes(platform) if is_page(route)]
    assert len(pages) >= 40
    for route in pages:
        access = declared_access(route)
        assert access is not None, route.path
        assert access.public_because, route.path


def test_every_method_of_the_contracts_is_served_and_declares_its_access(
    platform: TestPlatform,
) -> None:
    promised = {
        f"/{service.full_name}/{method.name}"
        for contract in CONTRACTS
        for service in contract.DESCRIPTOR.services_by_name.values()
        for method in service.methods
    }
    walked = {handler.method.path: handler.access for handler in rpcs(platform)}
    assert set(walked) == promised
    assert len(walked) == 26
    for path, access in walked.items():
        assert access.permission is not None or access.siblings_only, path
        assert not access.public_because, path
