"""The server process: HTTP and gRPC doors of the services it hosts."""

import asyncio
import gc
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

import structlog
from fastapi import FastAPI

from argus import __version__
from argus.apps.compose import Composition, compose
from argus.kernel.clock import SystemClock
from argus.kernel.crypto import load_keyring
from argus.kernel.http.app import Application, create_app
from argus.kernel.http.server import HttpServer
from argus.kernel.patience import end
from argus.kernel.processes import on_stop
from argus.kernel.rpc.server import GrpcServer
from argus.kernel.rpc.tls import MutualTls
from argus.kernel.settings import KernelSettings
from argus.kernel.telemetry import configure_logging, configure_tracing
from argus.services import SERVICES

_log = structlog.get_logger(__name__)


def build_app(composition: Composition) -> Application:
    """The HTTP application of a composition; its lifespan listens for notifications
    and, where auth is elsewhere, for revocations.
    """

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncGenerator[None]:
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(composition.listener.run())]
            if composition.watcher is not None:
                running.append(tasks.create_task(composition.watcher.run()))
            yield
            await end(running)

    return create_app(composition.edge(), composition.modules, __version__, lifespan)


async def serve(settings: KernelSettings, services: Sequence[str] = SERVICES) -> None:
    """Serve until SIGINT or SIGTERM; requests in flight are answered first."""
    configure_logging(settings.log_level, json_lines=settings.log_json)
    configure_tracing("argus-serve")
    keyring = load_keyring(settings)
    async with compose(settings, keyring, SystemClock(), services) as composition:
        edge = composition.edge()
        rpc_server = GrpcServer(
            composition.modules,
            composition.rpc,
            keyring,
            edge.authenticator,
            edge.limits,
            settings.base_url,
        )
        tls = MutualTls.of(settings)
        await rpc_server.start(settings.http_host, settings.grpc_port, tls)
        app = build_app(composition)
        http_server = HttpServer(app, app.doors, host=settings.http_host, port=settings.http_port)

        def stop() -> None:
            composition.stopping.set()
            http_server.stop()

        on_stop(stop)
        gc.freeze()  # it stays until the end: looking through it for garbage then takes a second
        _log.info("serve.started", services=list(services), http=settings.base_url)
        try:
            async with app.router.lifespan_context(app):
                await http_server.serve()
        finally:
            await rpc_server.stop()
