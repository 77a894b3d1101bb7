"""One request, call, message or job is one transaction in one service's schema.

The transaction begins at the first statement, so a use case reads from siblings first and writes
then. The tenant is set in that moment, for this transaction only; unset means no rows (RLS).
"""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from contextvars import ContextVar
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

import orjson
from opentelemetry.propagate import inject
from psycopg import AsyncConnection
from psycopg.conninfo import make_conninfo
from sqlalchemy import URL, Connection, event, text
from sqlalchemy.exc import DisconnectionError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.orm import Session, SessionTransaction
from sqlalchemy.pool import ConnectionPoolEntry

from argus.kernel import context
from argus.kernel.clock import Clock
from argus.kernel.db.connection import PatientConnection, has_ended
from argus.kernel.db.outbox import insert_into_outbox, shard_of
from argus.kernel.events import Event
from argus.kernel.ids import OrganizationId, format_id, new_id
from argus.kernel.principal import Principal
from argus.kernel.turns import take_turn

if TYPE_CHECKING:
    from argus.kernel.jobs import JobQueue

_current: ContextVar["UnitOfWork | None"] = ContextVar("argus_unit_of_work", default=None)


UNREACHABLE = (OperationalError, InterfaceError, PoolTimeout, TimeoutError)
"""What is raised when the database does not answer."""

_SET_TENANT = text(
    "select set_config('argus.organization_id', :organization, true),"
    " set_config('argus.unscoped', :unscoped, true)"
)


class _TenantSession(Session):
    """`info` holds the tenant; each transaction and savepoint begins by setting it, if there is
    one: what an earlier transaction of the connection set ended with that.
    """


@event.listens_for(_TenantSession, "after_begin")
def _set_tenant(session: Session, _begun: SessionTransaction, connection: Connection) -> None:
    if session.info["organization"] or session.info["unscoped"]:
        connection.execute(_SET_TENANT, session.info)


@event.listens_for(_TenantSession, "after_soft_rollback")
def _forget_notifications(session: Session, _ended: SessionTransaction) -> None:
    session.info["notified"].clear()


class _YieldingSession(AsyncSession):
    """Waits for its turn on the event loop before each statement; see `argus.kernel.turns`."""

    async def execute(self, *args: Any, **kwargs: Any) -> Any:
        await take_turn(begun=True)
        return await super().execute(*args, **kwargs)

    async def scalar(self, *args: Any, **kwargs: Any) -> Any:
        await take_turn(begun=True)
        return await super().scalar(*args, **kwargs)

    async def flush(self, objects: Sequence[Any] | None = None) -> None:
        await take_turn(begun=True)
        await super().flush(objects)

    async def commit(self) -> None:
        await take_turn(begun=True)
        await super().commit()


class UnitOfWork:
    """A lazily begun transaction with its tenant, its caller and its outgoing events.

    Services never commit: the edge that opened the unit does.
    """

    def __init__(
        self, database: "Database", begin: Callable[[], AsyncSession], principal: Principal
    ) -> None:
        self.database = database
        self.principal = principal
        self._begin = begin

    @cached_property
    def session(self) -> AsyncSession:
        """Made when it is first asked for: a unit that needs no statement costs next to nothing."""
        return self._begin()

    @property
    def begun(self) -> bool:
        return self.used and self.session.in_transaction()

    @property
    def used(self) -> bool:
        """Whether anything has asked for the session."""
        return "session" in self.__dict__

    @property
    def organization_id(self) -> OrganizationId:
        """The tenant of this unit; asking for it where there is none is a programming error."""
        if self.principal.organization_id is None:
            raise LookupError("this unit of work has no organization")
        return self.principal.organization_id

    async def enter_tenant(self, organization_id: OrganizationId) -> None:
        """Act for this organization from here on, in this unit only.

        For the few use cases that learn or make their organization on the way: a new organization,
        the installation's own chain, whoever a credential turns out to be of. What was changed so
        far is written first, as the organization's that the unit was for.
        """
        await self.session.flush()
        self.principal = replace(self.principal, organization_id=organization_id)
        self.session.info["organization"] = str(organization_id)
        await self.session.execute(_SET_TENANT, self.session.info)

    async def emit(self, message: Event, organization_id: OrganizationId | None = None) -> None:
        """Publish `message` if, and only if, this unit commits; in order per partition key.

        `organization_id` names the tenant where the caller's own is not the one concerned.
        """
        event_id = new_id()
        organization_id = organization_id or self.principal.organization_id
        trace: dict[str, str] = {}
        inject(trace)
        envelope = {
            "specversion": "1.0",
            "id": str(event_id),
            "source": f"argus/{self.database.service}",
            "type": type(message).__name__,
            "subject": message.key,
            "time": self.database.clock.now().isoformat(),
            "organization": format_id("org", organization_id) if organization_id else None,
            "requestid": context.request_id.get(),
            "traceparent": trace.get("traceparent"),
            "principal": {
                "kind": self.principal.kind.value,
                "id": self.principal.id,
                "method": self.principal.method.value,
                "actors": list(self.principal.actors),
                "credential": self.principal.credential,
                "address": self.principal.address,
            },
            "data": message.data(),
        }
        await self.session.execute(
            insert_into_outbox(self.database.service),
            {
                "id": event_id,
                "organization_id": organization_id,
                "topic": message.topic,
                "type": type(message).__name__,
                "key": message.key,
                "shard": shard_of(message.key),
                "envelope": orjson.dumps(envelope).decode(),
            },
        )

    async def enqueue(
        self, job: str, *, lock: str | None = None, queueing_lock: str | None = None, **ids: str
    ) -> None:
        """Enqueue a job of the same service, in this transaction. Arguments are identifiers.

        `lock`: jobs of one lock run one at a time. `queueing_lock`: at most one waits.
        """
        if self.database.jobs is None:
            raise LookupError(f"the service {self.database.service} has no job queue")
        connection = await self.session.connection()
        raw = await connection.get_raw_connection()
        organization_id = self.principal.organization_id
        await self.database.jobs.defer(
            cast("AsyncConnection", raw.driver_connection),
            job,
            lock=lock,
            queueing_lock=queueing_lock,
            organization_id=str(organization_id) if organization_id else "",
            ids=ids,
        )

    async def notify(self, channel: str, payload: str = "") -> None:
        """Wake the listeners of `channel` when this unit commits (at most once, no replay).

        Those in this process that asked for it (`Database.deliver_here`) hear it before whoever
        caused it has an answer.
        """
        await self.session.execute(
            text("select pg_notify(:channel, :payload)"), {"channel": channel, "payload": payload}
        )
        self.session.info["notified"].append((channel, payload))


def make_engine(service: str, url: URL, pool_size: int) -> AsyncEngine:
    """A pool of `pool_size` connections, and as many for moments; none is made before its use, and
    one that has ended meanwhile is replaced.
    """
    engine = create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=10,
        pool_use_lifo=True,
        hide_parameters=True,  # logs and dead letters show the errors of statements
        connect_args={
            "connect_timeout": 5,
            "keepalives_idle": 60,  # a host that is gone ends the connection: `has_ended`
            "keepalives_interval": 10,
            "keepalives_count": 3,
            "prepare_threshold": 2,
            "application_name": f"argus-{service}",
            "options": f"-c search_path={service} -c statement_timeout=30000",
        },
    )
    event.listen(engine.sync_engine, "checkout", _refuse_ended)
    return engine


def _refuse_ended(_connection: object, entry: ConnectionPoolEntry, _proxy: object) -> None:
    if has_ended(cast("AsyncConnection", entry.driver_connection)):
        raise DisconnectionError


class Database:
    """One service's connection pool, as the service's own role.

    Nothing connects before the first use; `close` ends all connections.
    """

    def __init__(
        self,
        service: str,
        url: URL,
        clock: Clock,
        engine: AsyncEngine,
        *,
        jobs: "JobQueue | None" = None,
    ) -> None:
        """`engine` is a service's alone, and closed with this object; see `make_engine`."""
        self.service, self.url, self.clock, self.jobs = service, url, clock, jobs
        self._engine = engine
        self._sessions = async_sessionmaker(
            self._engine,
            class_=_YieldingSession,
            sync_session_class=_TenantSession,
            expire_on_commit=False,
            autoflush=False,
        )
        self._here: dict[str, Callable[[str], None]] = {}

    def deliver_here(self, channel: str, hear: Callable[[str], None]) -> None:
        """Pass `hear` the payloads of `channel` that are committed through this object, at once.

        They come from PostgreSQL as well, later. `hear` must not raise.
        """
        self._here[channel] = hear

    @asynccontextmanager
    async def unit_of_work(
        self, principal: Principal, *, unscoped: str | None = None
    ) -> AsyncGenerator[UnitOfWork]:
        """A unit that commits when the block ends and rolls back when it raises.

        `unscoped` lifts the tenant filter of RLS for this unit and says why; for work that is by
        nature about all organizations (relay, retention, verification, look-up of a credential).
        """
        notified = list[tuple[str, str]]()
        info = {
            "organization": str(principal.organization_id or ""),
            "unscoped": "on" if unscoped else "",
            "notified": notified,
        }
        async with AsyncExitStack() as stack:

            def begin() -> AsyncSession:
                session = self._sessions(info=info)
                stack.push_async_exit(session)
                return session

            unit = UnitOfWork(self, begin, principal)
            token = _current.set(unit)
            try:
                yield unit
                if unit.used:
                    await unit.session.commit()
                for channel, payload in notified:
                    if channel in self._here:
                        self._here[channel](payload)
            finally:
                _current.reset(token)

    async def connect(self) -> AsyncConnection:
        """A connection of its own, in autocommit mode, for LISTEN and advisory locks."""
        return await PatientConnection.connect(self.conninfo, autocommit=True, connect_timeout=5)

    @property
    def conninfo(self) -> str:
        """Libpq's way to connect as this service; holds the password."""
        return conninfo_of(self.url, self.service)

    async def close(self) -> None:
        await self._engine.dispose()


def current_unit_of_work() -> UnitOfWork | None:
    """The unit the running task is in, if any."""
    return _current.get()


def conninfo_of(url: URL, service: str) -> str:
    """The libpq connection string of a service's role."""
    return make_conninfo(
        url.set(drivername="postgresql").render_as_string(hide_password=False),
        options=f"-c search_path={service}",
        application_name=f"argus-{service}",
    )
