"""The whole of Argus in the test's process, on a database of its own, under a frozen clock."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, cast

import httpx
import psycopg
from psycopg.rows import dict_row

from argus.apps.compose import Composition, compose
from argus.apps.serve import build_app
from argus.contracts.auth.rpc import SET_PASSWORD
from argus.contracts.auth.v1 import auth_pb2
from argus.contracts.identity.rpc import REGISTER_USER
from argus.contracts.identity.v1 import identity_pb2
from argus.kernel.db.unit_of_work import UnitOfWork
from argus.kernel.module import Module
from argus.kernel.principal import Principal
from argus.kernel.relay import Relay
from argus.kernel.rpc.client import Rpc
from plugins.operations import called
from support.database import Server

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
PASSWORD = "correct horse battery staple"


class FrozenClock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self._now = NOW

    def now(self) -> datetime:
        return self._now

    def advance(self, by: timedelta) -> None:
        self._now += by


@dataclass(frozen=True)
class Caller:
    """A signed-in person; `headers` authenticate as them in `organization_id`."""

    user_id: str
    organization_id: str
    email: str
    token: str
    refresh_token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@dataclass
class TestPlatform:
    """What a test sees of a running installation."""

    __test__ = False

    composition: Composition
    client: httpx.AsyncClient
    clock: FrozenClock
    owner_connection: psycopg.Connection[dict[str, Any]]
    home: Path
    _owners: int = field(default=0)

    @property
    def rpc(self) -> Rpc:
        return self.composition.rpc

    @property
    def modules(self) -> dict[str, Module]:
        return {module.name: module for module in self.composition.modules}

    def unit_of_work(
        self, service: str, principal: Principal, *, unscoped: str | None = None
    ) -> AbstractAsyncContextManager[UnitOfWork]:
        return self.modules[service].database.unit_of_work(principal, unscoped=unscoped)

    def query(self, statement: str, *parameters: object) -> list[dict[str, Any]]:
        """Rows as the owner of the database sees them, past RLS."""
        return self.owner_connection.execute(cast("Any", statement), parameters).fetchall()

    def outbox(self, service: str) -> list[dict[str, Any]]:
        """Envelopes that wait to be relayed, oldest first."""
        rows = self.query(f"select envelope from {service}.outbox order by position")
        return [row["envelope"] for row in rows]

    async def relay(self) -> None:
        """Deliver all committed events, and those that their consumers emit."""
        relay = Relay(self.composition.modules, self.rpc, self.composition.listener)
        await relay.drain()

    async def work(self) -> None:
        """Run all queued jobs, and those that they enqueue."""
        for module in self.composition.modules:
            if module.jobs and module.database.jobs is not None:
                await module.database.jobs.work_off(module, self.rpc)

    def mails(self) -> list[EmailMessage]:
        """Mails that were sent, oldest first."""
        return [
            cast("EmailMessage", message_from_bytes(path.read_bytes(), policy=policy.default))
            for path in sorted((self.home / "mail").glob("*.eml"))
        ]

    async def owner(self, email: str = "") -> Caller:
        """A new signed-in person, in their personal organization, of which they are the owner."""
        self._owners += 1
        email = email or f"owner{self._owners}@example.com"
        registered = await self.rpc.call(
            REGISTER_USER,
            identity_pb2.RegisterUserRequest(email=email, name="Ada Owner", email_verified=True),
        )
        await self.rpc.call(
            SET_PASSWORD,
            auth_pb2.SetPasswordRequest(user_id=registered.user.id, password=PASSWORD),
        )
        return await self.sign_in(email)

    async def sign_in(self, email: str, organization_id: str | None = None) -> Caller:
        answer = await self.client.post(
            "/api/v1/auth/sign-in",
            json={"email": email, "password": PASSWORD, "organization_id": organization_id},
        )
        assert answer.status_code == 200, answer.text
        body = answer.json()
        return Caller(
            body["user_id"],
            body["organization_id"],
            email,
            body["access_token"],
            body["refresh_token"],
        )


@asynccontextmanager
async def platform(server: Server, home: Path) -> AsyncGenerator[TestPlatform]:
    """An installation for one test."""
    clock = FrozenClock()
    with server.clone() as database, server.owner_connection(database) as connection:
        settings = server.settings(database, home)
        async with compose(settings, server.keyring, clock) as composition:
            app = build_app(composition)
            transport = httpx.ASGITransport(
                app, raise_app_exceptions=False, client=("127.0.0.1", 1)
            )
            async with (
                asyncio.timeout(60),
                app.router.lifespan_context(app),
                httpx.AsyncClient(
                    transport=transport,
                    base_url="http://argus.test",
                    event_hooks={"response": [called]},
                ) as client,
            ):
                owner = cast("psycopg.Connection[dict[str, Any]]", connection)
                owner.row_factory = dict_row
                yield TestPlatform(composition, client, clock, owner, home)
