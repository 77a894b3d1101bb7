"""Health and metrics of the process. They tell counts and states, never tenants.

Counts are for operators: to who asks right before and after a request of theirs they would tell
what came of it, such as whether a mail was sent, and so who has an account.
"""

import asyncio
import time
from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Literal

from fastapi import APIRouter, Depends, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from argus.kernel import schema
from argus.kernel.authz import public
from argus.kernel.errors import Forbidden, RateLimited, Unavailable
from argus.kernel.http.problems import problems
from argus.kernel.http.routing import operation_id
from argus.kernel.module import Module
from argus.kernel.principal import system
from argus.kernel.telemetry import OUTBOX_WAITING

PING_TIMEOUT_S = 2.0

Network = IPv4Network | IPv6Network

router = APIRouter(tags=["health"], generate_unique_id_function=operation_id)


class Health(schema.Response):
    """This process can serve; what cannot be served is answered by an error."""

    status: Literal["ok"]


class ServiceHealth(schema.Response):
    """State of one service: `down` when its database does not answer within 2 s."""

    name: str
    status: Literal["ok", "down"]
    database_ms: float
    outbox_waiting: int
    """Events not yet relayed."""
    dead_letters: int


class ServicesHealth(schema.Response):
    """State of the services; `degraded` when one is down or has dead letters."""

    status: Literal["ok", "degraded"]
    services: list[ServiceHealth]


async def _from_operators(request: Request) -> None:
    networks: Sequence[Network] = request.app.state.operator_networks
    try:
        address = ip_address(request.scope["argus.address"])
    except ValueError:  # a transport without addresses
        raise Forbidden("only from the networks of the operators") from None
    if not any(address in network for network in networks):
        raise Forbidden("only from the networks of the operators")


_OPERATORS = (
    public("counts and states, from the networks that ARGUS_OPERATOR_NETWORKS names"),
    Depends(_from_operators),
)


@router.get(
    "/health",
    summary="Is this process ready?",
    responses=problems(Unavailable, RateLimited),
    dependencies=[public("load balancers and supervisors ask without a credential")],
)
async def get_health(request: Request) -> Health:
    """200 when every service of this process reaches its database, else 503."""
    states = await _states(request)
    if any(state.status == "down" for state in states):
        raise Unavailable("a database does not answer")
    return Health(status="ok")


@router.get(
    "/api/v1/health/services",
    summary="State of each service of this process",
    responses=problems(Forbidden, RateLimited),
    dependencies=[*_OPERATORS],
)
async def get_services_health(request: Request) -> ServicesHealth:
    """Always 200; what is wrong stands in the answer."""
    states = await _states(request)
    degraded = any(state.status == "down" or state.dead_letters for state in states)
    return ServicesHealth(status="degraded" if degraded else "ok", services=states)


@router.get(
    "/metrics",
    summary="Metrics in the Prometheus text format",
    response_class=Response,
    responses=problems(Forbidden, RateLimited),
    dependencies=[*_OPERATORS],
)
async def get_metrics(request: Request) -> Response:
    """All metrics of this process."""
    for state in await _states(request):
        OUTBOX_WAITING.labels(state.name).set(state.outbox_waiting)
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


async def _states(request: Request) -> list[ServiceHealth]:
    modules: Sequence[Module] = tuple(request.app.state.modules.values())
    return list(await asyncio.gather(*(_state(module) for module in modules)))


async def _state(module: Module) -> ServiceHealth:
    started = time.perf_counter()
    status: Literal["ok", "down"] = "ok"
    waiting = dead = 0
    try:
        async with (
            asyncio.timeout(PING_TIMEOUT_S),
            module.database.unit_of_work(system(module.name)) as uow,
        ):
            row = await uow.session.execute(
                text("select (select count(*) from outbox), (select count(*) from dead_letter)")
            )
            waiting, dead = row.one()
    except (DBAPIError, PoolTimeout, TimeoutError, OSError):
        status = "down"
    return ServiceHealth(
        name=module.name,
        status=status,
        database_ms=round((time.perf_counter() - started) * 1000, 1),
        outbox_waiting=waiting,
        dead_letters=dead,
    )
