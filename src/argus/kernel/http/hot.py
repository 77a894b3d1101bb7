"""Hot operations, answered ahead of the framework.

The framework costs ten times what such an operation does. An ordinary request of one passes the
same edge here, in one function: the same limits from the same buckets, authenticator, access rule,
metrics and headers. Whatever is unusual about a request, by its headers or its content, leaves it
to the framework, before anything was counted. One suite of tests runs over both doors.

`server.HotProtocol` asks for the answer that takes no waiting first; where there is none, because
something has to be looked up or is to be refused, for the other. Of those, refusals are logged, and
callers that are not known yet; at the level `debug` all.
"""

import logging
import os
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Generic, TypeVar

import structlog
from opentelemetry.context import attach
from opentelemetry.propagate import extract
from prometheus_client import Histogram
from starlette.responses import Response

from argus.kernel import context
from argus.kernel.authentication import Authenticator, failing_slowly
from argus.kernel.authz import Access
from argus.kernel.clock import Clock
from argus.kernel.errors import ArgusError, InternalError
from argus.kernel.http import middleware
from argus.kernel.http.oauth import FORM_TYPE, refusal
from argus.kernel.http.problems import problem
from argus.kernel.principal import Principal, anonymous
from argus.kernel.rate_limits.buckets import Decision
from argus.kernel.rate_limits.limits import RateLimits, lines_of
from argus.kernel.telemetry import HTTP_SECONDS

Q = TypeVar("Q")
Headers = Sequence[tuple[bytes, bytes]]

MAX_BODY_BYTES = 1 << 18
_FORM = FORM_TYPE.encode()
_SCHEMES = {b"bearer": "Bearer", b"apikey": "ApiKey"}
_UNUSUAL = frozenset(
    b"origin access-control-request-method argus-organization api-version dpop transfer-encoding"
    b" expect upgrade content-encoding idempotency-key".split()
)
"""Headers by which the edge, the server or the framework does something else than is done here."""
_NAMING = frozenset((b"x-request-id", b"traceparent"))
_DRAWN_AT_ONCE = 256
_ALPHABET = bytes(b"0123456789abcdefghjkmnpqrstvwxyz"[byte & 31] for byte in range(256))

_log = structlog.get_logger(__name__)
_level = logging.getLogger(__name__)


def lines(headers: Headers) -> bytes:
    """Headers as they go out.

    Raises:
        ValueError: one would be several, or end them all.
    """
    encoded = b"".join([b"%b: %b\r\n" % pair for pair in headers])
    if encoded.count(b"\r") != len(headers) or encoded.count(b"\n") != len(headers):
        raise ValueError("a header holds the end of a line")
    return encoded


_ALWAYS = lines(  # the first as CORS says it, too
    [(b"vary", b"Origin"), *middleware.security_headers("|")]
).split(b"|")
"""Of every answer; between these goes its nonce."""


class HotAnswer:
    """What goes out, beside the headers of every answer."""

    __slots__ = ("body", "head", "status")

    def __init__(self, body: bytes = b"", headers: Headers = (), status: int = 200) -> None:
        """Raises ValueError for a header that would be several."""
        self.body, self.status = body, status
        line = b"HTTP/1.1 %d %b\r\n" % (status, HTTPStatus(status).phrase.encode())
        self.head = line + lines([*headers, (b"content-length", b"%d" % len(body))])


def _nothing(_asked: Any, _principal: Principal) -> None:
    return None


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
    recall: Callable[[Q, Principal], HotAnswer | None] = field(default=_nothing, kw_only=True)
    """The answer, where it takes no waiting and is no refusal."""


@dataclass(frozen=True)
class HotForm(HotOperation[Q]):
    """An operation at which OAuth clients authenticate themselves, by their form or HTTP Basic
    (RFC 6749 section 2.3): to the edge their senders are anonymous.

    `read` is given the header `Authorization` and the form. It leaves a request to the framework
    unless it knows the client, and that it is the one.
    """

    charged: Callable[[Q, Principal], Principal]
    """As whose a question of this sender counts."""


@dataclass(slots=True)
class HotRequest:
    """An ordinary request of a hot operation."""

    id: bytes
    nonce: bytes
    headers: dict[bytes, bytes]
    scheme: str
    credential: str
    address: str
    asked: Any = None
    """What `HotOperation.read` made of query and body."""
    caller: Principal | None = None
    """Whom the credential is of, where that was remembered."""
    decision: Decision | None = None
    """Of the limits, once it was counted."""

    @property
    def may_come_again(self) -> bool:
        """Whether another request may have the same head: none that names its request does."""
        return _NAMING.isdisjoint(self.headers)


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
    """Answers the ordinary requests of one operation, in bytes as they go out."""

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
        self._drawn = _drawn()

    def open(self, headers: Headers, client: tuple[str, int] | None) -> HotRequest | None:
        """The request, as far as its headers tell; None if they tell of anything unusual."""
        by_name = dict(headers)
        if len(by_name) != len(headers) or not _UNUSUAL.isdisjoint(by_name):
            return None
        is_form = isinstance(self._operation, HotForm)
        presented = (_client_of if is_form else _credential_of)(by_name)
        if presented is None or not self._is_readable(by_name):
            return None
        forwarded = by_name.get(b"x-forwarded-for", b"").decode("latin-1")
        address = self._proxies.client_of(client[0] if client else "", forwarded)
        request_id, nonce = next(self._drawn)
        sent = by_name.get(b"x-request-id")
        if sent is not None and middleware.is_request_id(sent.decode("latin-1")):
            request_id = sent
        return HotRequest(request_id, nonce, by_name, *presented, address)

    def open_again(self, scheme: str, credential: str, address: str) -> HotRequest:
        """Another request with the same head as one that was opened and `may_come_again`."""
        return HotRequest(*next(self._drawn), {}, scheme, credential, address)

    def reads(self, request: HotRequest, query: bytes, body: bytes) -> bool:
        """Whether query and body are such as are answered here."""
        if isinstance(self._operation, HotForm):
            query = request.credential.encode()
        request.asked = self._operation.read(query, body)
        return request.asked is not None

    def answer_at_once(self, request: HotRequest, date: bytes) -> bytes | None:
        """The answer, if that takes no waiting and is no refusal. `date` goes in as it stands."""
        started, operation = time.perf_counter(), self._operation
        try:
            caller = self._authenticator.recall(request.credential, request.address)
            if caller is None:
                return None
            request.caller = caller
            answer = operation.recall(request.asked, caller)
            if answer is None or not operation.access.admits(caller, self._clock.now()):
                return None
            request.decision = decision = self._limits.take_at_once(caller, operation.path)
            if decision is None or not decision.allowed:
                return None
        except Exception:
            # The parser's callback would end the connection: `answer` tells the client.
            _log.exception("http.failed", method=operation.method, path=operation.path)
            return None
        return self._told(request, answer, date, started)

    async def answer(self, request: HotRequest, date: bytes) -> bytes:
        """The answer, or why there is none."""
        started, operation = time.perf_counter(), self._operation
        context.request_id.set(request.id.decode())
        if b"traceparent" in request.headers:
            attach(extract({"traceparent": request.headers[b"traceparent"].decode("latin-1")}))
        principal, render = None, problem
        try:
            if isinstance(operation, HotForm):
                principal, render = anonymous(request.address), refusal
                context.principal.set(principal)
                self._limits.admit(request.address)
                counts_as = operation.charged(request.asked, principal)
                request.decision = await self._limits.take(counts_as, operation.path)
                request.decision.enforce()
            else:
                principal = await self._authenticate(request)
            operation.access.check(principal, self._clock.now())
            answer = await operation.answer(request.asked, principal)
        except ArgusError as error:
            answer = self._refusal(error, render)
        except Exception as error:
            _log.exception("http.failed", method=operation.method, path=operation.path)
            failure = InternalError(repr(error) if self._reveal_errors else "")
            answer = self._refusal(failure, problem)
        is_told = answer.status >= 400 or request.caller is None
        if principal is not None and (is_told or _level.isEnabledFor(logging.DEBUG)):
            middleware.log_answer(operation.method, operation.path, answer.status, principal)
        return self._told(request, answer, date, started)

    async def _authenticate(self, request: HotRequest) -> Principal:
        address, decision, caller = request.address, request.decision, request.caller
        if decision is None:
            self._limits.admit(address)
        if caller is None:
            attempt = self._authenticator.authenticate(request.scheme, request.credential, address)
            caller = await failing_slowly(attempt)
        context.principal.set(caller)
        if decision is None:
            request.decision = decision = await self._limits.take(caller, self._operation.path)
        decision.enforce()
        return caller

    def _told(self, request: HotRequest, answer: HotAnswer, date: bytes, started: float) -> bytes:
        decision, elapsed_s = request.decision, time.perf_counter() - started
        self._seconds[answer.status].observe(elapsed_s)
        parts = (
            answer.head,
            date,
            request.nonce.join(_ALWAYS),
            b"" if decision is None else lines_of(decision),
            b"x-request-id: ",
            request.id,
            b"\r\nserver-timing: total;dur=%.1f\r\n\r\n" % (elapsed_s * 1000),
            b"" if self._operation.method == "HEAD" else answer.body,
        )
        return b"".join(parts)

    def _refusal(self, error: ArgusError, render: Callable[[ArgusError], Response]) -> HotAnswer:
        _log.info("http.refused", code=error.code, detail=error.detail, path=self._operation.path)
        rendered = render(error)
        headers = [pair for pair in rendered.raw_headers if pair[0] != b"content-length"]
        return HotAnswer(bytes(rendered.body), headers, error.status)

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


def _client_of(headers: dict[bytes, bytes]) -> tuple[str, str] | None:
    """Scheme and header of a client that authenticates itself by HTTP Basic, or by its form."""
    authorization = headers.get(b"authorization", b"")
    if b"x-api-key" in headers or authorization[:6].lower() not in (b"", b"basic "):
        return None
    return ("Basic", authorization.decode()) if authorization.isascii() else None


def _credential_of(headers: dict[bytes, bytes]) -> tuple[str, str] | None:
    """Scheme and credential, if there is exactly one of a kind that needs no proof."""
    authorization, key = headers.get(b"authorization"), headers.get(b"x-api-key")
    if key is not None:
        return None if authorization is not None else ("ApiKey", key.decode("latin-1"))
    if authorization is None:
        return None
    scheme, _, credential = authorization.partition(b" ")
    known = _SCHEMES.get(scheme.lower())
    credential = credential.strip()
    return (known, credential.decode("latin-1")) if known and credential else None


def _drawn() -> Iterator[tuple[bytes, bytes]]:
    """Ids of requests, and nonces: 125 random bits each. The system is asked for many at a time."""
    while True:
        characters = os.urandom(50 * _DRAWN_AT_ONCE).translate(_ALPHABET)
        for start in range(0, len(characters), 50):
            middle = start + 25
            yield b"req_0" + characters[start:middle], characters[middle : start + 50]
