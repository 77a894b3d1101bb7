"""The OpenAPI document: what FastAPI knows, and the errors that the edge can answer with.

The edge refuses with problem documents everywhere; what an OAuth endpoint refuses itself, it says
in the words of RFC 6749.
"""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import RouteContext, iter_route_contexts

from argus.kernel.authz import Access
from argus.kernel.errors import (
    ArgusError,
    DeadlineExceeded,
    Forbidden,
    InvalidRequest,
    RateLimited,
    StepUpRequired,
    Unauthenticated,
    Unavailable,
)
from argus.kernel.http.bounds import PayloadTooLarge, RequestTooSlow
from argus.kernel.http.oauth import MARK, OAUTH_ERROR_REFERENCE, OAUTH_ERROR_SCHEMA
from argus.kernel.http.problems import MEDIA_TYPE, PROBLEM_SCHEMA, MalformedRequest, problems
from argus.kernel.http.versions import Deprecation


def declared_access(route: RouteContext) -> Access | None:
    """The rule that a route declares; None for a route without one."""
    rules = [
        declared.dependency
        for declared in getattr(route, "dependencies", ())
        if isinstance(declared.dependency, Access)
    ]
    return rules[0] if rules else None


def _is_deprecated(route: RouteContext) -> bool:
    return any(
        isinstance(declared.dependency, Deprecation)
        for declared in getattr(route, "dependencies", ())
    )


def document(app: FastAPI) -> dict[str, Any]:
    """The document of `app`: every refusal is a problem document, typed and with its codes."""
    schema = get_openapi(
        title=app.title, version=app.version, summary=app.summary, routes=app.routes
    )
    for route in iter_route_contexts(app.routes):
        for method in route.methods or ():
            operation = schema["paths"].get(route.path_format, {}).get(method.lower())
            if operation is not None:
                _declare(operation, declared_access(route))
                if _is_deprecated(route):
                    operation["deprecated"] = True
    components = schema.setdefault("components", {})
    schemas: dict[str, Any] = components.setdefault("schemas", {})
    for replaced in ("HTTPValidationError", "ValidationError"):
        schemas.pop(replaced, None)
    schemas["Problem"] = PROBLEM_SCHEMA
    schemas["OAuthError"] = OAUTH_ERROR_SCHEMA
    components["securitySchemes"] = {
        "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
        "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    }
    schema["security"] = [{"bearer": []}, {"apiKey": []}]
    return schema


def _declare(operation: dict[str, Any], access: Access | None) -> None:
    """Add what stands in front of every operation to the errors it declares itself."""
    errors: list[type[ArgusError]] = [RateLimited, Unavailable, DeadlineExceeded]
    if access is not None and access.public_because:
        operation["security"] = []
    else:
        errors.append(Unauthenticated)
    if access is not None and access.permission is not None:
        errors.append(Forbidden)
    if access is not None and (access.fresh is not None or access.acr is not None):
        errors.append(StepUpRequired)
    if "requestBody" in operation:
        errors += [MalformedRequest, PayloadTooLarge, RequestTooSlow]
    is_oauth = operation.pop(MARK, False)
    if not is_oauth and ("requestBody" in operation or operation.get("parameters")):
        errors.append(InvalidRequest)
    responses: dict[str, Any] = operation["responses"]
    if is_oauth:
        responses.pop("422", None)
    for status, edge in problems(*errors).items():
        declared = responses.get(str(status), {})
        examples = declared.get("content", {}).get(MEDIA_TYPE, {}).get("examples", {})
        edge["content"][MEDIA_TYPE]["examples"] |= examples
        edge["description"] = " / ".join(
            example["value"]["title"]
            for example in edge["content"][MEDIA_TYPE]["examples"].values()
        )
        if is_oauth:
            edge["content"]["application/json"] = {"schema": OAUTH_ERROR_REFERENCE}
        responses[str(status)] = edge
    operation["responses"] = dict(sorted(responses.items()))
