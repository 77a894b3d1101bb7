"""The edge, outermost first: CORS, tenant context, request id and timing, address limit, version,
tickets of streams, authentication, rate limit, audit context, security headers, bounds, then the
route.

Each is a pure ASGI application around the next; `app.create_app` fixes the order.
"""

import ipaddress
import re
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import structlog
from opentelemetry import trace
from opentelemetry.propagate import extract
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from argus.kernel import context
from argus.kernel.authentication import Authenticator, PossessionProof, failing_slowly
from argus.kernel.errors import (
    ArgusError,
    InternalError,
    ProofNotValid,
    RateLimited,
    Unauthenticated,
)
from argus.kernel.http.problems import problem
from argus.kernel.ids import format_id, new_id, parse_id
from argus.kernel.principal import Principal, anonymous
from argus.kernel.rate_limits.limits import RateLimits, headers_of, noted, plain_address
from argus.kernel.telemetry import HTTP_SECONDS

OAUTH_PATHS = ("/oauth/", "/api/v1/auth/device/")
"""Where clients authenticate themselves, and by HTTP Basic if they like (RFC 6749 section 2.3)."""
REGISTRATIONS = "/oauth/register/"
"""Where a token of their own is the credential (RFC 7592 section 2)."""

API_VERSION = "1"
_log = structlog.get_logger(__name__)
_tracer = trace.get_tracer("argus.http")
_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
_SCHEMES = {"bearer": "Bearer", "dpop": "DPoP", "apikey": "ApiKey"}
_METHODS = frozenset("GET HEAD POST PUT PATCH DELETE OPTIONS".split())


class TenantMismatch(ArgusError):
    """The `Argus-Organization` header names another organization than the credential is for.

    Use a credential of that organization, or leave the header out.
    """

    code, status, title = "kernel.access.tenant_mismatch", 403, "Credential of another organization"


async def refuse(error: ArgusError, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with `error` from inside a middleware, as closed as the application's own answers."""
    _log.info("http.refused", code=error.code, detail=error.detail, path=scope["path"])
    await SecurityHeaders(problem(error))(scope, receive, send)


class TenantContext:
    """Notes which organization the client means; `Authentication` holds its credential to it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope["argus.organization"] = Headers(scope=scope).get("argus-organization")
        await self._app(scope, receive, send)


class RequestIdAndTiming:
    """Names, traces and measures each request; a client's own well-formed id is kept.

    Whatever nobody foresaw ends here: logged with its cause, answered without it, unless
    `reveal_errors`.
    """

    def __init__(self, app: ASGIApp, *, reveal_errors: bool = False) -> None:
        self._app, self._reveal_errors = app, reveal_errors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        sent = headers.get("x-request-id", "")
        request_id = sent if is_request_id(sent) else format_id("req", new_id())
        context.request_id.set(request_id)
        started = time.perf_counter()
        status = 0

        async def send_named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                answer = MutableHeaders(scope=message)
                answer["X-Request-Id"] = request_id
                elapsed_ms = (time.perf_counter() - started) * 1000
                answer["Server-Timing"] = f"total;dur={elapsed_ms:.1f}"
            await send(message)

        with _tracer.start_as_current_span(
            f"{scope['method']} {scope['path']}",
            context=extract(headers),
            kind=trace.SpanKind.SERVER,
        ) as span:
            try:
                await self._app(scope, receive, send_named)
            except Exception as error:
                _log.exception("http.failed", method=scope["method"], path=scope["path"])
                if status:  # half an answer is out: only a broken connection tells the client
                    raise
                failure = InternalError(repr(error) if self._reveal_errors else "")
                await refuse(failure, scope, receive, send_named)
            finally:
                route = getattr(scope.get("route"), "path", "unmatched")
                method = scope["method"] if scope["method"] in _METHODS else "other"
                span.set_attribute("http.route", route)
                span.set_attribute("http.response.status_code", status)
                HTTP_SECONDS.labels(method, route, status).observe(time.perf_counter() - started)


def is_request_id(sent: str) -> bool:
    """Whether a request may be called what its client calls it."""
    return _REQUEST_ID.fullmatch(sent) is not None


@dataclass(frozen=True)
class Proxies:
    """Whose `X-Forwarded-For` is believed."""

    networks: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]

    @classmethod
    def parse(cls, texts: Sequence[str]) -> "Proxies":
        return cls(tuple(ipaddress.ip_network(text, strict=False) for text in texts))

    def client_of(self, peer: str, forwarded: str) -> str:
        """The nearest address that is not a trusted proxy, of who is connected and what its
        `X-Forwarded-For` says.
        """
        peer = plain_address(peer)
        if not self.networks:
            return peer
        hops = [hop.strip() for hop in forwarded.split(",") if hop.strip()]
        while hops and self._trusted(peer):
            peer = plain_address(hops.pop())
        return peer

    def _trusted(self, address: str) -> bool:
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self.networks)


class AddressLimit:
    """A coarse limit per client address, before authentication: it bounds guessing."""

    def __init__(self, app: ASGIApp, proxies: Proxies, limits: RateLimits) -> None:
        self._app, self._proxies, self._limits = app, proxies, limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            peer = scope["client"][0] if scope.get("client") else ""
            forwarded = ",".join(Headers(scope=scope).getlist("x-forwarded-for"))
            scope["argus.address"] = address = self._proxies.client_of(peer, forwarded)
            try:
                self._limits.admit(address)
            except RateLimited as error:
                await refuse(error, scope, receive, send)
                return
        await self._app(scope, receive, send)


class Authentication:
    """Ends in exactly one principal; a credential that is sent must be valid, even where none is
    needed.
    """

    def __init__(self, app: ASGIApp, authenticator: Authenticator, base_url: str) -> None:
        self._app, self._authenticator, self._base_url = app, authenticator, base_url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        attempt = self._principal(scope, scope.get("argus.address", ""))
        try:
            scope["argus.principal"] = principal = await failing_slowly(attempt)
        except ArgusError as error:
            await refuse(error, scope, receive, send)
            return
        context.principal.set(principal)
        await self._app(scope, receive, send)

    async def _principal(self, scope: Scope, address: str) -> Principal:
        if scope["path"].startswith(REGISTRATIONS):
            return anonymous(address)
        for_clients = scope["path"].startswith(OAUTH_PATHS)
        headers = Headers(scope=scope)
        presented = credential_of(headers, basic_is_a_clients=for_clients)
        if presented is None:
            return anonymous(address)
        proof = None
        if presented[0] == "DPoP":
            url = self._base_url + scope["path"]
            proof = PossessionProof(proof_of(headers), scope["method"], url)
        principal = await self._authenticator.authenticate(*presented, address, proof)
        meant = scope["argus.organization"]
        if meant is not None and parse_id("org", meant) != principal.organization_id:
            raise TenantMismatch
        return replace(principal, address=address)


def credential_of(headers: Headers, *, basic_is_a_clients: bool = False) -> tuple[str, str] | None:
    """Scheme and credential of a request: `Authorization`, `X-API-Key`; None when it has none.

    `basic_is_a_clients`: HTTP Basic is left to the endpoint, where OAuth clients authenticate.

    Raises:
        Unauthenticated: more than one credential, or a scheme that is not supported.
    """
    authorizations = headers.getlist("authorization")
    keys = headers.getlist("x-api-key")
    if len(authorizations) + len(keys) > 1:
        raise Unauthenticated("send exactly one credential")
    if keys:
        return "ApiKey", keys[0]
    if not authorizations:
        return None
    scheme, _, credential = authorizations[0].partition(" ")
    if basic_is_a_clients and scheme.lower() == "basic":
        return None
    known = _SCHEMES.get(scheme.lower())
    if known is None or not credential.strip():
        raise Unauthenticated("the schemes are Bearer, DPoP and ApiKey")
    return known, credential.strip()


def proof_of(headers: Headers) -> str:
    """The proof of possession of a request; empty if it has none.

    Raises:
        ProofNotValid: it has several (RFC 9449 section 4.3).
    """
    proofs = headers.getlist("dpop")
    if len(proofs) > 1:
        raise ProofNotValid("send exactly one proof")
    return proofs[0] if proofs else ""


class RateLimit:
    """Counts each request of a principal, and tells it in the answer what it has left."""

    def __init__(self, app: ASGIApp, limits: RateLimits) -> None:
        self._app, self._limits = app, limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_limits(message: Message) -> None:
            if message["type"] == "http.response.start":
                decision = noted(scope)
                if decision is not None:
                    message["headers"] = [*message.get("headers", ()), *headers_of(decision)]
            await send(message)

        principal = context.principal.get()
        if not self._limits.leaves_to_route(principal, scope["path"]):
            try:
                await self._limits.charge(principal, scope)
            except RateLimited as error:
                await refuse(error, scope, receive, send_limits)
                return
        await self._app(scope, receive, send_limits)


class AuditContext:
    """Logs each request with its caller, and each refusal as what it is.

    What a request *did* is told by the events its service emits; this is who asked, and the answer.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        principal = context.principal.get()

        async def send_logged(message: Message) -> None:
            if message["type"] == "http.response.start":
                log_answer(scope["method"], scope["path"], message["status"], principal)
            await send(message)

        await self._app(scope, receive, send_logged)


def log_answer(method: str, path: str, status: int, principal: Principal) -> None:
    """The line of `AuditContext`."""
    refused = status in (401, 403)
    level = _log.warning if refused else _log.info
    level(
        "http.refused" if refused else "http.answered",
        method=method,
        path=path,
        status=status,
        principal=principal.id,
        credential=principal.credential,
        address=principal.address,
    )


class SecurityHeaders:
    """The headers of a closed default; pages get a nonce for their own scripts and styles."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope["argus.csp_nonce"] = nonce = secrets.token_urlsafe(16)

        async def send_secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in security_headers(nonce):
                    if name.decode() not in headers:
                        headers.raw.append((name, value))
            await send(message)

        await self._app(scope, receive, send_secured)


_SECURITY_HEADERS = [
    (b"strict-transport-security", b"max-age=63072000"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
    (b"api-version", API_VERSION.encode()),
]
_CONTENT_SECURITY_POLICY = (
    "default-src 'none'; img-src 'self' data:; font-src 'self';"
    " style-src 'self' 'nonce-{nonce}'; script-src 'nonce-{nonce}';"
    " connect-src 'self'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'"
)


def security_headers(nonce: str) -> list[tuple[bytes, bytes]]:
    """The headers of every answer that does not say otherwise."""
    policy = _CONTENT_SECURITY_POLICY.replace("{nonce}", nonce)
    return [(b"content-security-policy", policy.encode()), *_SECURITY_HEADERS]
