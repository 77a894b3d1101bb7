"""Errors over HTTP: RFC 9457 `application/problem+json` for everything that is refused."""

import json
from typing import Any, cast

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from opentelemetry import trace
from starlette.exceptions import HTTPException
from starlette.responses import Response

from argus.kernel import context
from argus.kernel.errors import DOCS_URL, ArgusError, InvalidRequest, JsonValue, NotFound

MEDIA_TYPE = "application/problem+json"

_log = structlog.get_logger(__name__)

PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status", "code", "detail", "request_id"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "request_id": {"type": "string"},
        "trace_id": {"type": "string"},
    },
    "additionalProperties": True,
}


class MethodNotAllowed(ArgusError):
    """The path exists and does not take this method; `Allow` names those it takes."""

    code, status, title = "kernel.request.method_not_allowed", 405, "Method not allowed"


class MalformedRequest(ArgusError):
    """The request cannot be read: bad JSON framing, encoding or headers."""

    code, status, title = "kernel.request.malformed", 400, "Malformed request"


def problem(error: ArgusError) -> Response:
    """The answer that tells of `error`."""
    body: dict[str, JsonValue] = {
        **error.extensions,
        "type": f"{DOCS_URL}{error.code}",
        "title": error.title,
        "status": error.status,
        "code": error.code,
        "detail": error.detail,
        "request_id": context.request_id.get(),
    }
    span = trace.get_current_span().get_span_context()
    if span.is_valid:
        body["trace_id"] = format(span.trace_id, "032x")
    # In ASCII: what was sent, and is told again, may hold half a character.
    content = json.dumps(body, separators=(",", ":"))
    return Response(content, error.status, headers=error.headers, media_type=MEDIA_TYPE)


def problems(*errors: type[ArgusError]) -> dict[int | str, dict[str, Any]]:
    """OpenAPI `responses` of an operation that can raise `errors`."""
    by_status: dict[int | str, list[type[ArgusError]]] = {}
    for error in errors:
        by_status.setdefault(error.status, []).append(error)
    return {
        status: {
            "description": " / ".join(error.title for error in same),
            "content": {
                MEDIA_TYPE: {
                    "schema": {"$ref": "#/components/schemas/Problem"},
                    "examples": {
                        error.code: {"value": {"code": error.code, "title": error.title}}
                        for error in same
                    },
                }
            },
        }
        for status, same in by_status.items()
    }


def install(app: FastAPI) -> None:
    """Make every foreseen error of the application a problem document."""
    app.add_exception_handler(ArgusError, _catalogued)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)


async def _catalogued(_request: Request, exc: Exception) -> Response:
    error = cast("ArgusError", exc)
    _log.info("http.refused", code=error.code, detail=error.detail)
    return problem(error)


async def _invalid(_request: Request, exc: Exception) -> Response:
    found: list[JsonValue] = [
        {"at": "/".join(str(part) for part in item["loc"]), "why": item["msg"]}
        for item in cast("RequestValidationError", exc).errors()
    ]
    return problem(InvalidRequest("the request's content is not valid", errors=found))


async def _http(_request: Request, exc: Exception) -> Response:
    if isinstance(exc.__cause__, ArgusError):  # the framework wraps what reading the body raises
        return problem(exc.__cause__)
    status = cast("HTTPException", exc).status_code
    if status == 404:
        return problem(NotFound("no such path"))
    answer = problem(MethodNotAllowed() if status == 405 else MalformedRequest())
    answer.headers.update(cast("HTTPException", exc).headers or {})
    return answer
