"""OAuth endpoints: their forms, and errors in the words of RFC 6749 section 5.2.

Which word an error is told in: what it says itself (`error` among its extensions), else the last
part of its catalogue code where that is a registered one, else what its status comes to.
"""

import re
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from argus.kernel.errors import DOCS_URL, ArgusError
from argus.kernel.http.routing import ServiceRoute, operation_id

FORM_TYPE = "application/x-www-form-urlencoded"
MAX_FIELDS = 50
MAX_VALUE = 16_384
"""Characters of one parameter; the longest are signed assertions."""
REPEATABLE = frozenset({"resource", "audience"})
"""RFC 8707 section 2, RFC 8693 section 2.1; all others come once (RFC 6749 section 3.2)."""

REGISTERED_ERRORS = frozenset(
    "invalid_request invalid_client invalid_grant unauthorized_client unsupported_grant_type"
    " invalid_scope access_denied unsupported_response_type server_error temporarily_unavailable"
    " invalid_token insufficient_scope unsupported_token_type invalid_target"
    " authorization_pending slow_down expired_token invalid_dpop_proof use_dpop_nonce"
    " invalid_redirect_uri invalid_client_metadata insufficient_user_authentication"
    " login_required consent_required interaction_required account_selection_required"
    " request_not_supported request_uri_not_supported registration_not_supported"
    " invalid_request_uri".split()
)
"""IANA, OAuth Extensions Error Registry, as far as Argus uses it."""

_BY_STATUS = {
    401: "invalid_client",
    403: "access_denied",
    429: "temporarily_unavailable",
    503: "temporarily_unavailable",
    504: "temporarily_unavailable",
}
_NOT_IN_DESCRIPTIONS = re.compile(r"[^\x20-\x21\x23-\x5B\x5D-\x7E]")

OAUTH_ERROR_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["error", "error_description"],
    "properties": {
        "error": {"type": "string"},
        "error_description": {"type": "string"},
        "error_uri": {"type": "string", "format": "uri"},
    },
    "additionalProperties": True,
}
OAUTH_ERROR_REFERENCE = {"$ref": "#/components/schemas/OAuthError"}
MARK = "x-oauth"
"""In `openapi_extra` of OAuth operations; taken out of the document again."""

_log = structlog.get_logger(__name__)


class MalformedForm(ArgusError):
    """The request is not a form as OAuth has it.

    Send `application/x-www-form-urlencoded` in the body, each parameter once, and every parameter
    that the operation requires.
    """

    code, status, title = "kernel.oauth.invalid_request", 400, "Malformed OAuth request"


@dataclass(frozen=True)
class OAuthForm:
    """Parameters of a request. Empty ones count as left out (RFC 6749 section 3.2)."""

    values: dict[str, tuple[str, ...]]

    def get(self, name: str) -> str | None:
        """The parameter, or None where it was left out."""
        values = self.values.get(name)
        return values[0] if values else None

    def require(self, name: str) -> str:
        """The parameter.

        Raises:
            MalformedForm: it was left out.
        """
        value = self.get(name)
        if value is None:
            raise MalformedForm(f"{name} is missing")
        return value

    @property
    def flat(self) -> dict[str, str]:
        """Each parameter's first value."""
        return {name: values[0] for name, values in self.values.items()}

    def all(self, name: str) -> tuple[str, ...]:
        """Each value of a parameter that may be repeated."""
        return self.values.get(name, ())

    def words(self, name: str) -> frozenset[str] | None:
        """Names between blanks, as of `scope`; None where the parameter was left out."""
        value = self.get(name)
        return None if value is None else frozenset(value.split())


async def _read(request: Request) -> OAuthForm:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != FORM_TYPE:
        raise MalformedForm(f"the body must be {FORM_TYPE}")
    try:
        form: FormData = await request.form(max_fields=MAX_FIELDS)
    except HTTPException as error:
        if isinstance(error.__cause__, ArgusError):
            raise error.__cause__ from None
        raise MalformedForm("the body cannot be read") from None
    pairs = [(name, value) for name, value in form.multi_items() if value]
    for name, count in Counter(name for name, _ in pairs).items():
        if count > 1 and name not in REPEATABLE:
            raise MalformedForm("a parameter is there more than once")
    values: dict[str, tuple[str, ...]] = {}
    for name, value in pairs:
        if not isinstance(value, str) or len(value) > MAX_VALUE or "\0" in value:
            raise MalformedForm("a parameter is too long, or no text")
        values[name] = (*values.get(name, ()), value)
    return OAuthForm(values)


OAuthFormDep = Annotated[OAuthForm, Depends(_read)]
"""The form that the request's body is."""


class OAuthRoute(ServiceRoute):
    """A route whose refusals are those of RFC 6749 section 5.2."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        run = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                response = await run(request)
            except ArgusError as error:
                _log.info("http.refused", code=error.code, detail=error.detail)
                return refusal(error)
            except RequestValidationError:
                return refusal(MalformedForm("a parameter is not valid"))
            response.headers["Pragma"] = "no-cache"  # RFC 6749 section 5.1
            return response

        return answer


def oauth_router(service: str, *, prefix: str) -> APIRouter:
    """A router of OAuth endpoints; pass `openapi_extra=form_of(...)` to its operations."""
    route_class = type(f"{service.title()}OAuthRoute", (OAuthRoute,), {"service": service})
    return APIRouter(
        prefix=prefix,
        tags=["oauth"],
        route_class=route_class,
        generate_unique_id_function=operation_id,
    )


def word_of(error: ArgusError) -> str:
    """The registered word that tells of `error`."""
    said, last = error.extensions.get("error"), error.code.rpartition(".")[2]
    if isinstance(said, str):
        return said
    return last if last in REGISTERED_ERRORS else _BY_STATUS.get(error.status, "invalid_request")


def refusal(error: ArgusError) -> JSONResponse:
    """The answer that tells a client of `error`."""
    word = word_of(error)
    status = 400 if error.status in (404, 409, 422) else error.status
    body = error.extensions | {
        "error": word,
        "error_description": _NOT_IN_DESCRIPTIONS.sub("'", error.detail),
        "error_uri": f"{DOCS_URL}{error.code}",
    }
    return JSONResponse(body, status, headers={"Pragma": "no-cache", **error.headers})


def form_of(*required: str, optional: tuple[str, ...] = ()) -> dict[str, Any]:
    """What OpenAPI says of an operation that takes these parameters, among others."""
    properties = {name: {"type": "string"} for name in (*required, *optional)}
    schema = {"type": "object", "properties": properties, "required": [*required]}
    return {MARK: True, "requestBody": {"content": {FORM_TYPE: {"schema": schema}}}}


def refusals(*errors: type[ArgusError]) -> dict[int | str, dict[str, Any]]:
    """OpenAPI `responses` of an OAuth operation that can raise `errors`."""
    by_status: dict[int | str, list[type[ArgusError]]] = {}
    for error in (MalformedForm, *errors):
        by_status.setdefault(error.status, []).append(error)
    return {
        status: {
            "description": " / ".join(error.title for error in same),
            "content": {"application/json": {"schema": OAUTH_ERROR_REFERENCE}},
        }
        for status, same in by_status.items()
    }
