"""The error catalogue: one class is one stable code, one status and one page in `docs/errors/`.

A class's docstring is that page: what happened, then what to do. Each protocol has one renderer:
`kernel.http.problems` (RFC 9457), `kernel.rpc.status` (google.rpc.ErrorInfo) and `json_rpc` here.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import ClassVar

JsonValue = str | int | float | bool | None | list["JsonValue"] | dict[str, "JsonValue"]

DOCS_URL = "https://argus.dev/errors/"
"""Prefix of RFC 9457 `type` URIs; the pages are `docs/errors/<code>.md`."""

_DPOP_CHALLENGE = 'DPoP realm="argus", algs="ES256 RS256 PS256 Ed25519"'


class ArgusError(Exception):
    """Root of the catalogue. `detail` tells the caller of this occurrence; never a secret.

    `extensions` are further members of the rendered error (RFC 9457 section 3.2); they survive a
    call between services, other attributes do not.
    """

    code: ClassVar[str]
    status: ClassVar[int]
    title: ClassVar[str]

    def __init__(self, detail: str = "", **extensions: JsonValue) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.extensions = extensions

    @property
    def headers(self) -> dict[str, str]:
        """Headers the HTTP rendering adds (`Retry-After`, `WWW-Authenticate`)."""
        return {}


class NotFound(ArgusError):
    """There is no such object for this caller: unknown, or another organization's."""

    code, status, title = "kernel.request.not_found", 404, "Not found"


class Unauthenticated(ArgusError):
    """The request carries no valid credential.

    Send `Authorization: Bearer <access token>`, or an API key as `Authorization: ApiKey <key>` or
    `X-API-Key: <key>`. An access token that is bound to a key is sent as `Authorization: DPoP
    <access token>`, with a proof. An expired access token is renewed with its refresh token.
    """

    code, status, title = "kernel.access.unauthenticated", 401, "Authentication required"

    @property
    def headers(self) -> dict[str, str]:
        """RFC 6750 section 3: `error` is told where a credential was sent."""
        error = f', error="{self.extensions["error"]}"' if "error" in self.extensions else ""
        challenges = (f'Bearer realm="argus"{error}', _DPOP_CHALLENGE, 'ApiKey realm="argus"')
        return {"WWW-Authenticate": ", ".join(challenges)}


class ProofNotValid(Unauthenticated):
    """The access token is bound to a key, and the request does not prove that you hold that key.

    Send the token as `Authorization: DPoP <access token>` and, in the header `DPoP`, a new proof
    for each request (RFC 9449 section 7). If the answer has a `DPoP-Nonce`, put it into the proof.
    """

    code, status, title = "kernel.access.proof_not_valid", 401, "Proof of possession needed"

    def __init__(self, detail: str = "", *, nonce: str = "") -> None:
        error = "use_dpop_nonce" if nonce else "invalid_dpop_proof"
        super().__init__(detail, error=error, nonce=nonce)

    @property
    def headers(self) -> dict[str, str]:
        challenge = f'{_DPOP_CHALLENGE}, error="{self.extensions.get("error", "")}"'
        nonce = self.extensions.get("nonce")
        return {"WWW-Authenticate": challenge} | ({"DPoP-Nonce": str(nonce)} if nonce else {})


class Forbidden(ArgusError):
    """The caller is known and lacks the permission that the operation needs.

    The answer names the permission. Ask an owner of the organization for a role that has it, or
    use a credential whose scopes include it.
    """

    code, status, title = "kernel.access.forbidden", 403, "Permission denied"


class StepUpRequired(ArgusError):
    """The operation needs a more recent or a stronger authentication (RFC 9470).

    The challenge in `WWW-Authenticate` says which: `max_age` in seconds, `acr_values`. A person
    steps up by `POST /api/v1/auth/step-up`, a client by a new authorization request with these
    parameters; then repeat the request with the new access token.
    """

    code, status, title = "kernel.access.step_up_required", 401, "Step-up required"

    def __init__(
        self,
        detail: str = "",
        *,
        max_age: timedelta | int | None = None,
        acr: str | None = None,
    ) -> None:
        demands: dict[str, JsonValue] = {}
        if max_age is not None:
            seconds = max_age.total_seconds() if isinstance(max_age, timedelta) else max_age
            demands["max_age"] = int(seconds)
        if acr is not None:
            demands["acr_values"] = acr
        super().__init__(detail, **demands)

    @property
    def headers(self) -> dict[str, str]:
        """RFC 9470 section 3."""
        demands = "".join(
            f', {name}="{self.extensions[name]}"'
            for name in ("acr_values", "max_age")
            if name in self.extensions
        )
        return {
            "WWW-Authenticate": (
                f'Bearer realm="argus", error="insufficient_user_authentication"{demands}'
            )
        }


class RateLimited(ArgusError):
    """Too many requests in a short time. Wait for the seconds that `Retry-After` names."""

    code, status, title = "kernel.request.rate_limited", 429, "Too many requests"

    def __init__(self, detail: str = "", *, retry_after_s: int = 1) -> None:
        super().__init__(detail, retry_after_s=retry_after_s)

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": str(self.extensions["retry_after_s"])}


class Unavailable(ArgusError):
    """A part that the operation needs does not answer just now. Repeat it after a short wait."""

    code, status, title = "kernel.service.unavailable", 503, "Temporarily unavailable"

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": "1"}


class DeadlineExceeded(ArgusError):
    """The operation took longer than its contract allows and was abandoned.

    Whether it took effect is unknown: repeat it only if it is idempotent, or look first.
    """

    code, status, title = "kernel.service.deadline_exceeded", 504, "Deadline exceeded"


class InternalError(ArgusError):
    """The platform failed in a way it did not foresee; its log has the details.

    Repeat the request once; if it fails again, report it with the request id.
    """

    code, status, title = "kernel.service.internal", 503, "Internal error"


class InvalidRequest(ArgusError):
    """The request's content is not what the operation takes; `errors` names each field and why."""

    code, status, title = "kernel.request.invalid", 422, "Invalid request"


def catalogue() -> Iterator[type[ArgusError]]:
    """Every concrete error class that is loaded."""
    pending = [ArgusError]
    while pending:
        for subclass in pending.pop().__subclasses__():
            pending.append(subclass)
            if hasattr(subclass, "code"):
                yield subclass


def by_code(code: str) -> type[ArgusError] | None:
    """The catalogue's class for a code received from another process."""
    return next((error for error in catalogue() if error.code == code), None)


def json_rpc(error: ArgusError) -> dict[str, JsonValue]:
    """The error as a JSON-RPC 2.0 error object; `data.code` is the catalogue's code."""
    return {
        "code": -32602 if error.status == 422 else -32000,
        "message": error.title,
        "data": {"code": error.code, "detail": error.detail, **error.extensions},
    }
