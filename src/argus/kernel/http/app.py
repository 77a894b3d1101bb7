"""Composes modules into one ASGI application behind the edge."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from functools import cache, partial
from ipaddress import ip_network
from types import MappingProxyType

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from argus.kernel.authentication import Authenticator
from argus.kernel.clock import Clock
from argus.kernel.crypto import Keyring
from argus.kernel.http import health, middleware, openapi, problems
from argus.kernel.http.bounds import Bounds, RequestBounds
from argus.kernel.http.hot import HotDoor
from argus.kernel.http.server import Doors
from argus.kernel.http.stream_tickets import StreamTickets, Tickets
from argus.kernel.http.versions import ApiVersion
from argus.kernel.http.web_sockets import over_web_socket
from argus.kernel.module import Module
from argus.kernel.rate_limits.limits import RateLimits
from argus.kernel.rpc.client import Rpc
from argus.kernel.settings import KernelSettings
from argus.kernel.telemetry import exports_traces

CORS_REQUEST_HEADERS = (
    "API-Version",
    "Argus-Organization",
    "Authorization",
    "Content-Type",
    "DPoP",
    "Idempotency-Key",
    "Last-Event-ID",
    "MCP-Protocol-Version",
    "Mcp-Method",
    "Mcp-Name",
    "X-API-Key",
)
CORS_ANSWER_HEADERS = (
    "API-Version",
    "Deprecation",
    "DPoP-Nonce",
    "Idempotent-Replayed",
    "Link",
    "RateLimit",
    "RateLimit-Limit",
    "RateLimit-Policy",
    "RateLimit-Remaining",
    "RateLimit-Reset",
    "Retry-After",
    "Sunset",
    "WWW-Authenticate",
    "X-Request-Id",
)


@dataclass(frozen=True)
class Edge:
    """What the middleware needs besides the application."""

    settings: KernelSettings
    keyring: Keyring
    clock: Clock
    rpc: Rpc
    authenticator: Authenticator
    limits: RateLimits
    tickets: Tickets
    bounds: Mapping[str, Bounds] = field(default_factory=dict[str, Bounds])
    """By path; everything else has the ordinary ones."""


class Application(FastAPI):
    """The framework with everything behind its edge, and the hot operations ahead of it."""

    doors: Doors = MappingProxyType({})
    """For whoever serves the application."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await over_web_socket(super().__call__, scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def create_app(
    edge: Edge,
    modules: Sequence[Module],
    version: str,
    lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]] | None = None,
) -> Application:
    """The application with all routes of `modules` and the edge around them."""
    settings = edge.settings
    app = Application(
        title="Argus",
        version=version,
        summary="Authentication, identity, entitlements, billing and autonomous QA",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        middleware=[
            Middleware(
                CORSMiddleware,
                allow_origins=settings.cors_origins,
                allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
                allow_headers=CORS_REQUEST_HEADERS,
                expose_headers=CORS_ANSWER_HEADERS,
            ),
            Middleware(middleware.TenantContext),
            Middleware(
                middleware.RequestIdAndTiming,
                reveal_errors=settings.environment == "development",
            ),
            Middleware(
                middleware.AddressLimit,
                proxies=middleware.Proxies.parse(settings.trusted_proxies),
                limits=edge.limits,
            ),
            Middleware(ApiVersion),
            Middleware(StreamTickets, tickets=edge.tickets),
            Middleware(
                middleware.Authentication,
                authenticator=edge.authenticator,
                base_url=settings.base_url,
            ),
            Middleware(middleware.RateLimit, limits=edge.limits),
            Middleware(middleware.AuditContext),
            Middleware(middleware.SecurityHeaders),
            Middleware(RequestBounds, bounds=edge.bounds),
        ],
    )
    if not exports_traces():  # the framework's edge makes the spans
        app.doors = {
            (operation.method.encode(), operation.path.encode()): HotDoor(
                operation,
                authenticator=edge.authenticator,
                limits=edge.limits,
                proxies=middleware.Proxies.parse(settings.trusted_proxies),
                clock=edge.clock,
                reveal_errors=settings.environment == "development",
            )
            for module in modules
            for operation in module.hot
        }
    app.state.modules = {module.name: module for module in modules}
    app.state.clock = edge.clock
    app.state.keyring = edge.keyring
    app.state.operator_networks = [ip_network(text) for text in settings.operator_networks]
    app.state.rpc = edge.rpc
    app.state.limits = edge.limits
    problems.install(app)
    for module in modules:  # ahead of hundreds of routes, each of which would be tried first
        for path, mounted in module.mounts.items():
            app.router.routes.append(Route(path, mounted, include_in_schema=False))
    # Routes are taken as they are: `include_router` would build each anew for this application.
    app.router.routes.extend(health.router.routes)
    for module in modules:
        for router in module.routers:
            app.router.routes.extend(router.routes)
    app.openapi = cache(partial(openapi.document, app))
    return app
