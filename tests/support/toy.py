"""A service that exists only in the kernel's tests: one tenant table, an event, a job, some doors.

It makes what real services avoid: deferred constraints that fail at commit, statements before
remote calls, consumers that refuse.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import httpx
import psycopg
from alembic.migration import MigrationContext
from alembic.operations import Operations
from fastapi import FastAPI, Header, Request
from google.protobuf.wrappers_pb2 import StringValue
from sqlalchemy import create_engine, make_url
from sqlalchemy.orm import Mapped, mapped_column

from argus.kernel import schema
from argus.kernel.authentication import PossessionProof
from argus.kernel.authz import authenticated, internal, public, requires
from argus.kernel.clock import Clock
from argus.kernel.db import ddl
from argus.kernel.db.listen import Listener
from argus.kernel.db.migrate import role_of, service_url
from argus.kernel.db.repository import TenantModel, TenantRepository
from argus.kernel.db.unit_of_work import Database, UnitOfWork, make_engine
from argus.kernel.errors import ArgusError, NotFound, Unauthenticated
from argus.kernel.events import Event, event
from argus.kernel.http import sse
from argus.kernel.http.app import Edge, create_app
from argus.kernel.http.routing import CallDep, service_router
from argus.kernel.http.versions import deprecated
from argus.kernel.ids import OrganizationId, UserId, format_id, new_id
from argus.kernel.jobs import JobQueue
from argus.kernel.module import Call, Consumer, Job, Module
from argus.kernel.principal import AuthenticationMethod, Principal, PrincipalKind, system
from argus.kernel.rate_limits.limits import RateLimits
from argus.kernel.relay import Relay
from argus.kernel.resources import Resources
from argus.kernel.rpc.client import Rpc
from argus.kernel.rpc.dispatch import Watch, rpc
from argus.kernel.rpc.dispatch import streams as rpc_stream
from argus.kernel.rpc.local import LocalTransport
from argus.kernel.rpc.method import Method, StreamMethod
from argus.kernel.settings import KernelSettings
from support.database import Server


class ToyPermission(StrEnum):
    WRITE = "toy:write"


class ThingTaken(ArgusError):
    """Only in tests."""

    code, status, title = "toy.thing.taken", 409, "Taken"


class Thing(TenantModel):
    __tablename__ = "thing"
    __table_args__ = {"schema": "toy"}  # noqa: RUF012 - SQLAlchemy's own form

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    parent_id: Mapped[UUID | None]


class Things(TenantRepository[Thing]):
    model = Thing

    async def make(self, name: str, parent_id: UUID | None = None) -> Thing:
        thing = Thing(
            id=new_id(), organization_id=self.organization_id, name=name, parent_id=parent_id
        )
        await self.add(thing)
        return thing

    async def names(self) -> list[str]:
        """As RLS alone shows them."""
        return sorted(thing.name for thing in await self.all(self.unscoped("RLS is under test")))


@event(topic="argus.toy.thing.v1", partition_key="thing")
class ThingMade(Event):
    thing: str
    number: int = 0


class MakeThing(schema.Request):
    name: str


class MadeThing(schema.Response):
    id: UUID
    name: str
    secret: str


def _method(name: str, *, deadline_s: float = 5.0) -> Method[StringValue, StringValue]:
    return Method("argus.toy.v1.Toy", name, StringValue, StringValue, deadline_s, idempotent=False)


WHO_ASKS = _method("WhoAsks")
FAIL = _method("Fail")
BREAK = _method("Break")
HANG = _method("Hang", deadline_s=0.2)
WRITE = _method("Write")
UNSERVED = _method("Unserved")
COUNT, UNSERVED_STREAM = (
    StreamMethod("argus.toy.v1.Toy", name, StringValue, StringValue, 5.0, idempotent=True)
    for name in ("Count", "UnservedStream")
)


@rpc(WHO_ASKS, internal())
async def _who_asks(_request: StringValue, call: Call) -> StringValue:
    organization_id = call.principal.organization_id
    by = f" by {call.caller}" if call.caller else ""
    return StringValue(value=f"{call.principal.id} {organization_id}{by}")


@rpc(FAIL, internal())
async def _fail(request: StringValue, call: Call) -> StringValue:
    await Things(call.uow).make("left by a failed call")
    raise ThingTaken(request.value, by="somebody")


@rpc(BREAK, internal())
async def _break(_request: StringValue, _call: Call) -> StringValue:
    raise RuntimeError("the password is hunter2")


@rpc(HANG, internal())
async def _hang(_request: StringValue, _call: Call) -> StringValue:
    await asyncio.Event().wait()
    raise AssertionError


@rpc(WRITE, requires(ToyPermission.WRITE))
async def _write(request: StringValue, call: Call) -> StringValue:
    thing = await Things(call.uow).make(request.value)
    return StringValue(value=thing.name)


@dataclass
class Running:
    """Streams that have not ended."""

    count: int = 0


@rpc_stream(COUNT, requires(ToyPermission.WRITE))
async def _count(request: StringValue, watch: Watch) -> AsyncGenerator[StringValue]:
    """As many as asked for."""
    running = watch.resources.get(Running)
    running.count += 1
    try:
        if request.value == "-1":
            raise ThingTaken("", by="somebody")
        for number in range(int(request.value)):
            yield StringValue(value=f"{watch.principal.id} {number}")
            await asyncio.sleep(0)
    finally:
        running.count -= 1


router = service_router("toy", prefix="/toy", tags=["toy"])


@router.post("/things", status_code=201, dependencies=[requires(ToyPermission.WRITE)])
async def make_thing(body: MakeThing, call: CallDep) -> MadeThing:
    if body.name == "taken":
        await Things(call.uow).make("left by a refused request")
        raise ThingTaken
    thing = await Things(call.uow).make(body.name)
    await call.uow.emit(ThingMade(thing=body.name))
    return MadeThing(id=thing.id, name=thing.name, secret=f"secret of {thing.id}")


@router.post("/things/{name}/copy", status_code=201, dependencies=[requires(ToyPermission.WRITE)])
async def copy_thing(name: str, call: CallDep) -> MadeThing:
    thing = await Things(call.uow).make(f"copy of {name}")
    return MadeThing(id=thing.id, name=thing.name, secret="")


@router.post("/orphans", status_code=201, dependencies=[requires(ToyPermission.WRITE)])
async def make_orphan(call: CallDep) -> None:
    await Things(call.uow).make("orphan", parent_id=new_id())


@router.post("/late-calls", dependencies=[requires(ToyPermission.WRITE)])
async def call_after_writing(call: CallDep) -> None:
    await Things(call.uow).make("before the call")
    await call.rpc.call(WHO_ASKS, StringValue())


@router.get("/address", dependencies=[public("only in tests")])
async def get_address(call: CallDep) -> str:
    return call.principal.address


streams = service_router("toy", prefix="/api/v1/stream", tags=["toy"])


@streams.get(
    "/toy/numbers",
    status_code=200,
    response_class=sse.EventStream,
    dependencies=[authenticated()],
)
async def count_events(until: int, last_event_id: Annotated[int, Header()] = 0) -> sse.EventStream:
    """Numbers after the last one that was seen; without an end where `until` is below them."""

    async def numbers() -> AsyncGenerator[bytes]:
        number = last_event_id
        while number != until:
            number += 1
            yield sse.event("number", {"is": number}, number)
            yield sse.HEARTBEAT
            await asyncio.sleep(0)

    return sse.EventStream(numbers())


@streams.get("/toy", dependencies=[authenticated()])
async def get_stream(request: Request) -> list[str]:
    return [request.url.query, request.headers["authorization"]]


@router.post("/hangs", dependencies=[requires(ToyPermission.WRITE)])
async def hang(call: CallDep) -> None:
    await Things(call.uow).make("left by a request that hangs")
    await asyncio.Event().wait()


@router.get("/gives-up", dependencies=[public("only in tests")])
async def give_up() -> None:
    async with asyncio.timeout(0):
        await asyncio.Event().wait()


@router.get(
    "/old",
    dependencies=[
        public("only in tests"),
        deprecated(
            since=datetime(2027, 1, 1, tzinfo=UTC),
            sunset=datetime(2027, 12, 31, 23, 59, 59, tzinfo=UTC),
            guide="https://argus.test/guide",
        ),
    ],
)
async def get_old(fail: str = "") -> None:
    if fail:
        raise NotFound


@router.get("/broken", dependencies=[public("only in tests")])
async def get_broken() -> None:
    raise RuntimeError("the password is hunter2")


@router.get("/missing", dependencies=[public("only in tests")])
async def get_missing() -> None:
    raise NotFound


def person(name: str, organization_id: OrganizationId, *permissions: str) -> Principal:
    """A signed-in user, who may do everything unless permissions are named."""
    user_id = UserId(UUID(int=sum(name.encode())))
    return Principal(
        PrincipalKind.USER,
        format_id("usr", user_id),
        organization_id,
        permissions=frozenset(permissions or {ToyPermission.WRITE.value}),
        method=AuthenticationMethod.SESSION,
        user_id=user_id,
    )


@dataclass
class KnownCallers:
    """An authenticator whose tokens are names."""

    by_token: dict[str, Principal] = field(default_factory=dict[str, Principal])

    async def authenticate(
        self, scheme: str, credential: str, address: str, proof: PossessionProof | None = None
    ) -> Principal:
        if credential not in self.by_token:
            raise Unauthenticated
        return replace(self.by_token[credential], address=address)

    def recall(self, credential: str, address: str) -> Principal | None:
        known = self.by_token.get(credential)
        return replace(known, address=address) if known else None


class KnownTickets:
    """Each ticket is the name of a caller, after the path that it is for."""

    async def redeem(self, ticket: str, path: str) -> tuple[str, str]:
        known_path, _, name = ticket.rpartition(" ")
        if known_path != path:
            raise Unauthenticated
        return "Bearer", name


def limits(settings: KernelSettings, per_minute: int = 600, **more: Any) -> RateLimits:
    """Limits that give every caller `per_minute`."""

    async def limit_of(_principal: Principal) -> int:
        return per_minute

    return RateLimits(limit_of, address_per_minute=settings.address_requests_per_minute, **more)


class _FailureError(Exception):
    pass


@dataclass
class Toy:
    """The service on a database of its own, and what a test needs around it."""

    settings: KernelSettings
    server: Server
    clock: Clock
    database: Database
    module: Module
    rpc: Rpc
    listener: Listener
    callers: KnownCallers
    owner: "psycopg.Connection[Any]"

    def with_(self, *, consumers: Sequence[Consumer[Any]] = (), jobs: Sequence[Job] = ()) -> Module:
        """The service with these consumers and jobs."""
        return replace(self.module, consumers=consumers, jobs=jobs)

    def relay(self, *consumers: Consumer[Any]) -> Relay:
        return Relay([self.with_(consumers=consumers)], self.rpc, self.listener)

    @asynccontextmanager
    async def rolled_back(self) -> AsyncGenerator[UnitOfWork]:
        """A unit of work whose block is followed by a failure."""
        with contextlib.suppress(_FailureError):
            async with self.database.unit_of_work(of(organization())) as uow:
                yield uow
                raise _FailureError

    def query(self, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Rows past RLS."""
        return self.owner.execute(statement.encode(), parameters or None).fetchall()

    def execute(self, statement: str, *parameters: object) -> None:
        self.owner.execute(statement.encode(), parameters or None)

    async def until(self, statement: str, expected: object) -> None:
        """Wait until another process or task has made the first value of the rows so."""
        async with asyncio.timeout(30):
            while self.query(statement) != [(expected,)]:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.02)

    def names(self) -> list[str]:
        """Names of all things there are, past RLS."""
        return [row[0] for row in self.query("select name from toy.thing order by name")]

    def app(self, **edge: Any) -> FastAPI:
        settings = edge.get("settings", self.settings)
        options = {
            "authenticator": self.callers,
            "limits": limits(settings),
            "tickets": KnownTickets(),
            **edge,
        }
        options.pop("settings", None)
        return create_app(
            Edge(settings, self.server.keyring, self.clock, self.rpc, **options),
            [self.module],
            "1",
        )

    @asynccontextmanager
    async def client(
        self, *, peer: str = "203.0.113.7", **edge: Any
    ) -> AsyncGenerator[httpx.AsyncClient]:
        """A client at `peer`, through the edge as `edge` sets it."""
        transport = httpx.ASGITransport(
            self.app(**edge), raise_app_exceptions=False, client=(peer, 1)
        )
        async with httpx.AsyncClient(transport=transport, base_url="http://toy.test") as client:
            yield client


@asynccontextmanager
async def toy(server: Server, clock: Clock) -> AsyncGenerator[Toy]:
    """The service on an empty database."""
    with server.clone(template=_template(server)) as name, server.owner_connection(name) as owner:
        settings = server.settings(name, Path("unused")).model_copy(
            update={"environment": "production"}
        )
        assert settings.database_url is not None
        address = make_url(settings.database_url.get_secret_value())
        url = service_url(address, settings, server.keyring, "toy")
        rpc_ = Rpc()
        database = Database(
            "toy", url, clock, make_engine("toy", url, 2), jobs=JobQueue("toy", url)
        )
        module = Module(
            "toy",
            database,
            Resources(Running()),
            routers=[router, streams],
            rpcs=[_who_asks, _fail, _break, _hang, _write],
            streams=[_count],
        )
        rpc_.connect({"toy": LocalTransport(module, rpc_)})
        listener = Listener(database, ["argus_outbox", "toy"])
        owner.execute("set search_path = toy")
        try:
            yield Toy(
                settings, server, clock, database, module, rpc_, listener, KnownCallers(), owner
            )
        finally:
            await database.close()


def organization() -> OrganizationId:
    return OrganizationId(new_id())


def of(organization_id: OrganizationId | None) -> Principal:
    """The service itself, working for an organization."""
    return system("toy", organization_id)


def _template(server: Server) -> str:
    """Name of the database with the toy's schema, made at first use."""
    if "toy_template" not in server.templates:
        server.create("toy_template")
        settings = server.settings("toy_template")
        assert settings.database_url is not None
        address = make_url(settings.database_url.get_secret_value())
        role = role_of(settings, "toy")
        password = service_url(address, settings, server.keyring, "toy").password
        engine = create_engine(address.set(drivername="postgresql+psycopg"))
        with (
            engine.begin() as connection,
            Operations.context(MigrationContext.configure(connection)),
        ):
            ddl.execute(f"""
                create role {role} login password '{password}';
                create schema toy;
                grant usage on schema toy to {role};
                alter default privileges in schema toy
                  grant select, insert, update, delete on tables to {role};
                alter default privileges in schema toy grant usage on sequences to {role};
                alter default privileges in schema toy grant execute on functions to {role};
                create table toy.thing (
                  id uuid primary key,
                  organization_id uuid not null,
                  name text not null,
                  parent_id uuid references toy.thing deferrable initially deferred);
            """)
            ddl.create_infrastructure("toy")
            ddl.protect_tenant_table("toy.thing")
            ddl.create_job_queue("toy")
        engine.dispose()
    return "toy_template"
