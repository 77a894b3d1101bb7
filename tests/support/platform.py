"""The whole of Argus in the test's process, on a database of its own, under a frozen clock."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any, cast

import httpx
import psycopg
import pytest
from joserfc.jwk import ECKey, RSAKey
from psycopg.rows import dict_row

from argus.apps.compose import Composition, compose
from argus.apps.serve import build_app
from argus.contracts.auth.rpc import (
    CHECK_PERMISSION,
    SET_PASSWORD,
    VALIDATE_TOKEN,
    VALIDATE_TOKENS,
)
from argus.contracts.billing.rpc import GET_TIER
from argus.contracts.identity.rpc import FIND_USER_BY_EMAIL, REGISTER_USER
from argus.contracts.identity.v1 import identity_pb2
from argus.kernel.db.unit_of_work import UnitOfWork
from argus.kernel.http.app import Application
from argus.kernel.ids import OrganizationId, UserId, format_id, parse_id
from argus.kernel.module import Module
from argus.kernel.principal import Principal, anonymous, system
from argus.kernel.relay import Relay
from argus.kernel.rpc.client import Rpc
from argus.services.auth.password_hasher import HashedPassword, PasswordHasher
from argus.services.auth.passwords.repository import PasswordRepository
from argus.services.auth.sign_in.service import BY_PASSWORD
from argus.services.auth.sign_in_flows.service import FirstFactor, SignInFlows, Visitor
from argus.services.auth.signing_keys.service import SigningKeys, generate_pair
from argus.services.auth.tokens.service import IssuedTokens, TokenService
from argus.services.auth.validation import authenticator
from plugins.operations import called
from support.database import Server

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
STRONG = FirstFactor(("hwk", "mfa"), "passkey")
"""More than any operation asks."""
PASSWORD = "correct horse battery staple"


class FrozenClock:
    """Stands still until it is moved."""

    def __init__(self, now: datetime = NOW) -> None:
        self._now = now

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
    app: Application
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
        auth = self.modules["auth"]
        hashed = await _hashed(auth.resources.get(PasswordHasher))
        async with auth.database.unit_of_work(system("auth")) as uow:
            user_id = UserId(parse_id("usr", registered.user.id))
            await PasswordRepository(uow).put(user_id, hashed, self.clock.now())
        return await self.sign_in(email)

    async def sign_in(
        self,
        email: str,
        organization_id: str | None = None,
        *,
        factor: FirstFactor = BY_PASSWORD,
    ) -> Caller:
        """A new session of the person, as after the right password, which is not hashed again."""
        found = await self.rpc.call(
            FIND_USER_BY_EMAIL, identity_pb2.FindUserByEmailRequest(email=email)
        )
        user_id = UserId(parse_id("usr", found.user.id))
        within = OrganizationId(parse_id("org", organization_id)) if organization_id else None
        auth, somebody = self.modules["auth"], anonymous("127.0.0.1")
        authority = await auth.resources.get(TokenService).authority(user_id, within, somebody)
        assert authority is not None
        async with auth.database.unit_of_work(somebody) as uow:
            issued = await auth.resources.get(SignInFlows).enter(
                uow, authority, factor, Visitor(somebody, "test")
            )
        assert isinstance(issued, IssuedTokens)
        return Caller(
            found.user.id,
            format_id("org", issued.organization_id),
            email,
            issued.access_token,
            issued.refresh_token,
        )


_turns = count()


def _pairs() -> Callable[[str], RSAKey | ECKey]:
    """Makes key pairs; the first is one of a few that are made once per test process.

    Making an RSA key takes longer than many a test.
    """
    made = iter([_rsa_pair(next(_turns) % 8)])

    def make(algorithm: str) -> RSAKey | ECKey:
        pair = next(made, None) if algorithm == "RS256" else None
        return pair or generate_pair(algorithm)

    return make


@cache
def _rsa_pair(_turn: int) -> RSAKey:
    return RSAKey.generate_key(2048)


_password: list[HashedPassword] = []


async def _hashed(hasher: PasswordHasher) -> HashedPassword:
    """`PASSWORD`, hashed once per test process: all platforms have one pepper."""
    if not _password:
        _password.append(await hasher.hash(PASSWORD))
    return _password[0]


@contextmanager
def _unhurried() -> Generator[None]:
    """What must be answered at once in production has the time of a busy machine here."""
    with pytest.MonkeyPatch.context() as patched:
        for method in (
            CHECK_PERMISSION,
            FIND_USER_BY_EMAIL,
            GET_TIER,
            REGISTER_USER,
            SET_PASSWORD,
            VALIDATE_TOKEN,
            VALIDATE_TOKENS,
        ):
            patched.setitem(vars(method), "deadline_s", 30.0)
        patched.setattr(authenticator, "DEADLINE_S", 30.0)
        yield


@asynccontextmanager
async def platform(
    server: Server, home: Path, *, now: datetime = NOW, **changes: object
) -> AsyncGenerator[TestPlatform]:
    """An installation for one test, at the time `now`, with these settings changed."""
    clock = FrozenClock(now)
    with (
        _unhurried(),
        server.clone() as database,
        server.owner_connection(database) as connection,
        server.engines.lent() as engines,
    ):
        settings = server.settings(database, home).model_copy(update=changes)
        async with compose(settings, server.keyring, clock, engines=engines) as composition:
            auth = next(module for module in composition.modules if module.name == "auth")
            auth.resources.get(SigningKeys).make_pair = _pairs()
            app = build_app(composition)
            transport = httpx.ASGITransport(
                app, raise_app_exceptions=False, client=("127.0.0.1", 1)
            )
            async with (
                asyncio.timeout(240),
                app.router.lifespan_context(app),
                httpx.AsyncClient(
                    transport=transport,
                    base_url="http://argus.test",
                    event_hooks={"response": [called]},
                ) as client,
            ):
                owner = cast("psycopg.Connection[dict[str, Any]]", connection)
                owner.row_factory = dict_row
                yield TestPlatform(composition, app, client, clock, owner, home)
