"""What a service consists of, and what its handlers are given.

`services/<s>/module.py::build(platform)` returns a `Module`; `apps/` composes modules into
processes. Handlers of all kinds are plain functions that receive a `Call`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from fastapi import APIRouter
from starlette.types import ASGIApp

from argus.kernel.authentication import Authenticator
from argus.kernel.clock import Clock
from argus.kernel.crypto import Keyring
from argus.kernel.db.unit_of_work import Database, UnitOfWork
from argus.kernel.events import Event
from argus.kernel.outbound import Outbound
from argus.kernel.principal import Principal
from argus.kernel.resources import Resources
from argus.kernel.settings import KernelSettings

if TYPE_CHECKING:
    from argus.kernel.db.listen import Listener
    from argus.kernel.http.hot import HotOperation
    from argus.kernel.rpc.client import Rpc
    from argus.kernel.rpc.dispatch import RpcHandler, StreamHandler

E = TypeVar("E", bound=Event)


@dataclass(frozen=True)
class Call:
    """One use of a service: its transaction, who asks, and the service's long-lived objects."""

    uow: UnitOfWork
    principal: Principal
    clock: Clock
    resources: Resources
    rpc: "Rpc"
    caller: str = ""
    """The sibling service that calls, as its sealed call says; empty for everybody else."""


@dataclass(frozen=True)
class JobCall:
    """One execution of a job. It opens its own units of work, so long work can commit in parts.

    `attempt` counts from 1. A job may run again after a crash: handlers are idempotent.
    """

    database: Database
    principal: Principal
    clock: Clock
    resources: Resources
    rpc: "Rpc"
    attempt: int

    def unit_of_work(self) -> AbstractAsyncContextManager[UnitOfWork]:
        return self.database.unit_of_work(self.principal)


@dataclass(frozen=True)
class Consumer(Generic[E]):
    """Handles an event type, effectively once; `event_type` `Event` means all of them."""

    name: str
    event_type: type[E]
    handle: Callable[[E, "Envelope", Call], Awaitable[None]]


def consumes(
    event_type: type[E], *, name: str
) -> Callable[[Callable[[E, "Envelope", Call], Awaitable[None]]], Consumer[E]]:
    """Declare a consumer; `name` is its inbox key and must never change."""
    return lambda handle: Consumer(name, event_type, handle)


@dataclass(frozen=True)
class Envelope:
    """A received CloudEvents envelope; `raw` is the whole of it."""

    id: str
    type: str
    time: str
    organization: str | None
    raw: dict[str, object]


@dataclass(frozen=True)
class Job:
    """A named background task of a service. `retries` are repeated with growing delays."""

    name: str
    run: Callable[..., Awaitable[None]]
    retries: int = 5


def job(name: str, *, retries: int = 5) -> Callable[[Callable[..., Awaitable[None]]], Job]:
    """Declare a job: `async def run(call: JobCall, **ids: str)`."""
    return lambda run: Job(name, run, retries)


@dataclass(frozen=True)
class Module:
    """Everything one service brings into a process. `lifespan` surrounds its use."""

    name: str
    database: Database
    resources: Resources
    routers: Sequence[APIRouter] = ()
    mounts: Mapping[str, ASGIApp] = field(default_factory=dict[str, ASGIApp])
    """More applications, each at exactly its path and for all methods; they stand behind the same
    edge and check access themselves.
    """
    rpcs: "Sequence[RpcHandler[Any, Any]]" = ()
    streams: "Sequence[StreamHandler[Any, Any]]" = ()
    consumers: Sequence[Consumer[Any]] = ()
    jobs: Sequence[Job] = ()
    hot: "Sequence[HotOperation[Any]]" = ()
    """Operations of its routers that are answered ahead of the framework too."""
    authenticator: Authenticator | None = None
    """Where the service that knows credentials is hosted: its own way to authenticate."""
    lifespan: Callable[[], AbstractAsyncContextManager[None]] = nullcontext
    tidy: "Callable[[Rpc], Awaitable[None]] | None" = None
    """Forgets what is past its retention; the worker calls it when it starts and every hour.
    Idempotent, since another worker may do the same at the same time.
    """


@dataclass(frozen=True)
class Platform:
    """What the composition root hands to every `build()`."""

    settings: KernelSettings
    keyring: Keyring
    clock: Clock
    database: Database
    """The pool of the service being built."""
    rpc: "Rpc"
    listener: "Listener"
    outbound: Outbound
    stopping: asyncio.Event
    """Set when the process has been asked to stop: answers that would not end must, now."""
