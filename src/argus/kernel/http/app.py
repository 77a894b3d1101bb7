"""Composes modules into one ASGI application behind the edge."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from functools import cache, partial

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Route

from argus.kernel.authentication import Authenticator
from argus.kernel.clock import Clock
from argus.kernel.crypto import Keyring
from argus.kernel.http import health, middleware, openapi, problems
from argus.kernel.http.stream_tickets import StreamTickets, Tickets
from argus.kernel.module import Module
from argus.kernel.rate_limits.limits import RateLimits
from argus.kernel.rpc.client import Rpc
from argus.kernel.settings import KernelSettings


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
    body_caps: Mapping[str, int] = field(default_factory=dict[str, int])
    """Bytes, by path; everything else takes 1 MiB."""


def create_app(
    edge: Edge,
    modules: Sequence[Module],
    version: str,
    lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]] | None = None,
) -> FastAPI:
    """The application with all routes of `modules` and the edge around them."""
    settings = edge.settings
    app = FastAPI(
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
                allow_headers=[
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
                ],
                expose_headers=[
                    "DPoP-Nonce",
                    "RateLimit-Remaining",
                    "Retry-After",
                    "WWW-Authenticate",
                    "X-Request-Id",
                ],
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
            Middleware(StreamTickets, tickets=edge.tickets),
            Middleware(
                middleware.Authentication,
                authenticator=edge.authenticator,
                base_url=settings.base_url,
            ),
            Middleware(middleware.RateLimit, limits=edge.limits),
            Middleware(middleware.AuditContext),
            Middleware(middleware.SecurityHeaders),
            Middleware(middleware.BodyCap, caps=edge.body_caps),
        ],
    )
    app.state.modules = {module.name: module for module in modules}
    app.state.clock = edge.clock
    app.state.keyring = edge.keyring
    app.state.rpc = edge.rpc
    app.state.limits = edge.limits
    problems.install(app)
    # Routes are taken as they are: `include_router` would build each anew for this application.
    app.router.routes.extend(health.router.routes)
    for module in modules:
        for router in module.routers:
            app.router.routes.extend(router.routes)
        for path, mounted in module.mounts.items():
            app.router.routes.append(Route(path, mounted, include_in_schema=False))
    app.openapi = cache(partial(openapi.document, app))
    return app
