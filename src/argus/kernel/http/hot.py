"""Hot operations, answered ahead of the framework.

The framework costs ten times what such an operation does. An ordinary request of one passes the
same edge here, in one function: the same limits from the same buckets, authenticator, access rule,
log line, metrics and headers. Whatever is unusual about a request, by its headers or its content,
leaves it to the framework, before anything was counted. One suite of tests runs over both.
"""

import secrets
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import structlog
from opentelemetry.context import attach
from opentelemetry.propagate import extract
from prometheus_client import Histogram
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from argus.kernel import context
from argus.kernel.authentication import Authenticator, failing_slowly
from argus.kernel.authz import Access
from argus.kernel.clock import Clock
from argus.kernel.errors import ArgusError, InternalError
from argus.kernel.http import middleware
from argus.kernel.http.bounds import ORDINARY, RequestTooSlow, bounded
from argus.kernel.http.oauth import FORM_TYPE, refusal
from argus.kernel.http.problems import problem
from argus.kernel.principal import Principal, anonymous
from argus.kernel.rate_limits.limits import RateLimits, headers_of, noted
from argus.kernel.telemetry import HTTP_SECONDS

Q = TypeVar("Q")
Otherwise = Callable[[Scope, Receive, Send], Awaitable[None]]

MAX_BODY_BYTES = 1 << 18
_FORM = FORM_TYPE.encode()
_SCHEMES = {b"bearer": "Bearer", b"apikey": "ApiKey"}
_UNUSUAL = frozenset(
    b"origin access-control-request-method argus-organization api-version dpop transfer-encoding"
    b" expect content-encoding idempotency-key".split()
)
"""Headers by which the edge, or the framework, does something else than is done here."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class HotAnswer:
    """What goes out, beside the headers of every answer."""

    body: bytes = b""
    headers: tuple[tuple[bytes, bytes], ...] = ()
    status: int = 200


@dataclass(frozen=True)
class HotOperation(Generic[Q]):
    """An operation of the interface that is also answered here."""

    method: str
    path: str
    access: Access
    """Exactly what its route declares."""
    takes_json: bool
    read: Callable[[bytes, bytes], Q | None]
    """What is asked, by query and body; None leaves the request to the framework."""
    answer: Callable[[Q, Principal], Awaitable[HotAnswer]]
    """Raises what the route would."""


@dataclass(frozen=True)
class HotForm(HotOperation[Q]):
    """An operation at which OAuth clients authenticate themselves, by their form or HTTP Basic
    (RFC 6749 section 2.3): to the edge their senders are anonymous.

    `read` is given the header `Authorization` and the form. It leaves a request to the framework
    unless it knows the client, and that it is the one.
    """

    charged: Callable[[Q, Principal], Principal]
    """As whose a question of this sender counts."""


class _ByStatus(dict[int, Histogram]):
    """The metric of the operation's answers; finding it costs as much as counting."""

    def __init__(self, operation: HotOperation[Any]) -> None:
        super().__init__()
        self._operation = operation

    def __missing__(self, status: int) -> Histogram:
        method, path = self._operation.method, self._operation.path
        self[status] = metric = HTTP_SECONDS.labels(method, path, status)
        return metric


class HotDoor:
    """Answers the ordinary requests of one operation."""

    def __init__(
        self,
        operation: HotOperation[Any],
        *,
        authenticator: Authenticator,
        limits: RateLimits,
        proxies: middleware.Proxies,
        clock: Clock,
        reveal_errors: bool,
    ) -> None:
        self._operation, self._authenticator = operation, authenticator
        self._limits, self._proxies, self._clock = limits, proxies, clock
        self._reveal_errors = reveal_errors
        self._seconds = _ByStatus(operation)

    async def __call__(
        self, scope: Scope, receive: Receive, send: Send, otherwise: Otherwise
    ) -> None:
        """Answer, or leave the request to `otherwise` as it came."""
        operation, headers = self._operation, dict[bytes, bytes](scope["headers"])
        is_form = isinstance(operation, HotForm)
        find = _client_of if is_form else _credential_of
        presented = find(headers) if _is_usual(headers, len(scope["headers"])) else None
        if presented is None or not self._is_readable(headers):
            await otherwise(scope, receive, send)
            return
        body = b""
        if is_form or operation.takes_json:
            receive = bounded(receive, ORDINARY)
            try:
                message = await receive()
                body = message.get("body", b"")
                while message.get("more_body", False) and len(body) <= MAX_BODY_BYTES:
                    message = await receive()
                    body += message.get("body", b"")
            except RequestTooSlow:  # which the framework meets as well, and tells
                await otherwise(scope, receive, send)
                return
            receive = _again({**message, "body": body}, receive)
        question = operation.read(presented[1].encode() if is_form else scope["query_string"], body)
        if question is None:
            await otherwise(scope, receive, send)
            return
        await self._answer(scope, headers, presented, question, send)

    def _is_readable(self, headers: dict[bytes, bytes]) -> bool:
        operation, length = self._operation, headers.get(b"content-length", b"0")
        if isinstance(operation, HotForm):
            expected = _FORM
        elif operation.takes_json:
            expected = b"application/json"
        else:
            return length == b"0"
        kind = headers.get(b"content-type", b"")
        return (
            (kind == expected or kind.startswith(expected + b";"))
            and length.isdigit()
            and int(length) <= MAX_BODY_BYTES
        )

    async def _answer(
        self,
        scope: Scope,
        headers: dict[bytes, bytes],
        presented: tuple[str, str],
        question: object,
        send: Send,
    ) -> None:
        started = time.perf_counter()
        operation = self._operation
        sent = headers.get(b"x-request-id", b"").decode("latin-1")
        request_id = middleware.request_id_of(sent)
        context.request_id.set(request_id)
        if b"traceparent" in headers:
            attach(extract({"traceparent": headers[b"traceparent"].decode("latin-1")}))
        principal, render = None, problem
        try:
            address = self._proxies.client_of(scope)
            self._limits.admit(address)
            if isinstance(operation, HotForm):
                principal, render = anonymous(address), refusal
                context.principal.set(principal)
                await self._limits.charge(operation.charged(question, principal), scope)
            else:
                caller = await failing_slowly(self._authenticator.authenticate(*presented, address))
                context.principal.set(caller)
                await self._limits.charge(caller, scope)
                principal = caller
            operation.access.check(principal, self._clock.now())
            answer = await operation.answer(question, principal)
        except ArgusError as error:
            answer = _refusal(error, scope, render)
        except Exception as error:
            _log.exception("http.failed", method=scope["method"], path=scope["path"])
            failure = InternalError(repr(error) if self._reveal_errors else "")
            answer = _refusal(failure, scope, problem)
        if principal is not None:
            middleware.log_answer(scope, answer.status, principal)
        decision = noted(scope)
        elapsed_s = time.perf_counter() - started
        await send(
            {
                "type": "http.response.start",
                "status": answer.status,
                "headers": [
                    *answer.headers,
                    (b"content-length", b"%d" % len(answer.body)),
                    (b"vary", b"Origin"),  # as the framework's CORS says without an origin, too
                    *middleware.security_headers(secrets.token_urlsafe(16)),
                    *(headers_of(decision) if decision else ()),
                    (b"x-request-id", request_id.encode()),
                    (b"server-timing", b"total;dur=%.1f" % (elapsed_s * 1000)),
                ],
            }
        )
        await send({"type": "http.response.body", "body": answer.body})
        self._seconds[answer.status].observe(elapsed_s)


def _is_usual(headers: dict[bytes, bytes], count: int) -> bool:
    return len(headers) == count and _UNUSUAL.isdisjoint(headers)


def _client_of(headers: dict[bytes, bytes]) -> tuple[str, str] | None:
    """Scheme and header of a client that authenticates itself by HTTP Basic, or by its form."""
    authorization = headers.get(b"authorization", b"")
    if b"x-api-key" in headers or authorization[:6].lower() not in (b"", b"basic "):
        return None
    return ("Basic", authorization.decode()) if authorization.isascii() else None


def _credential_of(headers: dict[bytes, bytes]) -> tuple[str, str] | None:
    """Scheme and credential."""
    authorization, key = headers.get(b"authorization"), headers.get(b"x-api-key")
    if key is not None:
        return None if authorization is not None else ("ApiKey", key.decode("latin-1"))
    if authorization is None:
        return None
    scheme, _, credential = authorization.partition(b" ")
    known = _SCHEMES.get(scheme.lower())
    credential = credential.strip()
    return (known, credential.decode("latin-1")) if known and credential else None


def _refusal(
    error: ArgusError, scope: Scope, render: Callable[[ArgusError], Response]
) -> HotAnswer:
    _log.info("http.refused", code=error.code, detail=error.detail, path=scope["path"])
    rendered = render(error)
    headers = (pair for pair in rendered.raw_headers if pair[0] != b"content-length")
    return HotAnswer(bytes(rendered.body), tuple(headers), error.status)


def _again(message: Message, receive: Receive) -> Receive:
    """`receive`, beginning with a message that was taken from it."""
    taken: Iterable[Message] = iter([message])

    async def receive_again() -> Message:
        return next(taken, None) or await receive()

    return receive_again
