"""Fills a platform with what is to be presented to it: tokens, keys, sessions, clients."""

import json
import os
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
from psycopg import AsyncConnection
from psycopg.sql import SQL, Identifier
from sqlalchemy import insert, text

from argus.apps.cli.installation import load_settings, with_database
from argus.apps.compose import Composition, compose
from argus.apps.operator import Operator
from argus.contracts.identity.rpc import FIND_USER_BY_EMAIL
from argus.contracts.identity.v1 import identity_pb2
from argus.kernel.clock import SystemClock
from argus.kernel.crypto import load_keyring
from argus.kernel.db.migrate import owner_url
from argus.kernel.db.unit_of_work import conninfo_of
from argus.kernel.ids import OrganizationId, UserId, new_id, parse_id
from argus.kernel.module import Module
from argus.kernel.principal import system
from argus.services.auth.access_token import sign
from argus.services.auth.api_key_digests import ApiKeyDigests
from argus.services.auth.api_key_format import generate, hint
from argus.services.auth.api_keys.models import ApiKey
from argus.services.auth.sessions.models import Session
from argus.services.auth.sha256 import sha256_of
from argus.services.auth.tokens.minting import Bounds, Mint
from argus.services.auth.tokens.models import RefreshToken
from argus.services.auth.tokens.service import Authority, TokenService
from argus.services.auth.validation.schemas import MAX_BATCH
from bench.connection import Connection
from bench.load import request
from bench.stage import Stage

SCOPES = ("token:validate", "usage:record", "entitlement:check")
_WHY = "the benchmark fills the tables"
_AT_ONCE = 5_000
_PATIENCE = 50
"""Attempts."""


@dataclass(frozen=True)
class Population:
    """Fills the platform; everything belongs to its owner."""

    composition: Composition
    authority: Authority
    caller: str
    """An API key that may validate, record usage and check entitlements."""

    def access_tokens(self, count: int) -> list[str]:
        """Different ones, each of a session of its own; they need no row."""
        mint = self._auth.resources.get(Mint)
        authority = self.authority
        bounds = Bounds(client_id="argus", scopes=None, audience=None)
        return [
            sign(mint.claims(authority.standing, bounds, self._session()), authority.key)
            for _ in range(count)
        ]

    async def api_keys(self, count: int) -> list[str]:
        """Different ones, live."""
        digests, now = self._auth.resources.get(ApiKeyDigests), self.composition.clock.now()
        keys = [generate("argus_sk_") for _ in range(count)]
        rows = [
            {
                "id": new_id(),
                "organization_id": self.authority.organization_id,
                "name": "bench",
                "hint": hint(key),
                "lookup": digests.of(key)[0],
                "pepper_id": digests.pepper_id,
                "slow_hash": "made before",
                "roles": [],
                "scopes": ["usage:record"],
                "created_by": "bench",
                "created_at": now,
                "expires_at": now + timedelta(days=1),
            }
            for key in keys
        ]
        await self._insert(ApiKey, rows)
        return keys

    async def refresh_tokens(self, count: int) -> list[str]:
        """Unused ones, each of a session of its own."""
        tokens = [f"argus_rt_bench{new_id().hex}{os.urandom(8).hex()}" for _ in range(count)]
        sessions = [self._session() for _ in tokens]
        await self._insert(
            Session,
            [
                {column.name: getattr(session, column.name) for column in Session.__table__.c}
                | {"offline": False}
                for session in sessions
            ],
        )
        now = self.composition.clock.now()
        await self._insert(
            RefreshToken,
            [
                {
                    "hash": sha256_of(token),
                    "session_id": session.id,
                    "bound_to": self.authority.organization_id,
                    "created_at": now,
                }
                for token, session in zip(tokens, sessions, strict=True)
            ],
        )
        return tokens

    async def crowd(self, sessions: int, keys: int) -> None:
        """That many live sessions with refresh tokens, and keys, that nobody presents."""
        async with self._auth.database.unit_of_work(system("auth"), unscoped=_WHY) as uow:
            for setting in ("statement_timeout = 0", "synchronous_commit = off"):
                await uow.session.execute(text(f"set local {setting}"))
            await uow.session.execute(
                text(
                    "with made as (insert into auth.session (id, user_id, client_id, user_agent,"
                    " address, strength, method, authenticated_at, last_seen_at, expires_at)"
                    " select gen_random_uuid(), :user, 'argus', 'bench', '127.0.0.1', '{pwd}',"
                    " 'password', now(), now(), now() + interval '1 day'"
                    " from generate_series(1, :count) returning id)"
                    " insert into auth.refresh_token (hash, session_id, bound_to, created_at)"
                    " select sha256(uuid_send(id)), id, :organization, now() from made"
                ),
                {
                    "user": self.authority.user_id,
                    "organization": self.authority.organization_id,
                    "count": sessions,
                },
            )
            await uow.session.execute(
                text(
                    "insert into auth.api_key (id, organization_id, name, hint, lookup,"
                    " pepper_id, slow_hash, scopes, created_by, created_at)"
                    " select gen_random_uuid(), :organization, 'crowd', 'crowd',"
                    " sha256(cast(random()::text || n as bytea)), 'none', 'made before',"
                    " '{usage:record}', 'bench', now() from generate_series(1, :count) n"
                ),
                {"organization": self.authority.organization_id, "count": keys},
            )
        await self._tidy("auth.session", "auth.refresh_token", "auth.api_key")

    async def _tidy(self, *tables: str) -> None:
        """Vacuum and analyse now, not while something is measured."""
        owner = owner_url(self.composition.settings)
        async with await AsyncConnection.connect(
            conninfo_of(owner, "auth"), autocommit=True
        ) as connection:
            for table in tables:
                await connection.execute(
                    SQL("vacuum analyze {}").format(Identifier(*table.split(".")))
                )

    async def machine(self, url: str, owner: dict[str, str]) -> tuple[str, str]:
        """Identifier and secret of a client that acts for a service account."""
        async with httpx.AsyncClient(base_url=f"{url}/api/v1", trust_env=False) as client:
            entered = (await client.post("/auth/sign-in", json=owner)).json()
            client.headers["Authorization"] = f"Bearer {entered['access_token']}"
            account = {"name": "bench", "permissions": ["usage:record"]}
            made = (await client.post("/service-accounts", json=account)).json()
            wanted = {
                "client_name": "bench",
                "grant_types": ["client_credentials"],
                "service_account_id": made["id"],
            }
            client_made = (await client.post("/clients", json=wanted)).raise_for_status().json()
            return client_made["client_id"], client_made["client_secret"]

    @property
    def _auth(self) -> Module:
        return next(module for module in self.composition.modules if module.name == "auth")

    def _session(self) -> Session:
        now = self.composition.clock.now()
        return Session(
            id=new_id(),
            user_id=self.authority.user_id,
            client_id="argus",
            user_agent="bench",
            address="127.0.0.1",
            strength=["pwd"],
            method="password",
            authenticated_at=now,
            last_seen_at=now,
            expires_at=now + timedelta(days=1),
        )

    async def _insert(self, model: type, rows: Sequence[Mapping[Any, Any]]) -> None:
        for start in range(0, len(rows), _AT_ONCE):
            principal = system("auth", self.authority.organization_id)
            async with self._auth.database.unit_of_work(principal) as uow:
                await uow.session.execute(insert(model), rows[start : start + _AT_ONCE])


@asynccontextmanager
async def populating(stage: Stage) -> AsyncGenerator[Population]:
    """Work on the tables of a running platform, beside it and by its own code."""
    port = int(stage.url.rpartition(":")[2])
    with with_database(load_settings(home=stage.home, http_port=port)) as settings:
        async with compose(settings, load_keyring(settings), SystemClock()) as composition:
            operator, email = Operator(composition), stage.owner["email"]
            organization = await operator.organization_of(email)
            _, caller = await operator.create_api_key(organization, "caller", SCOPES)
            found = await composition.rpc.call(
                FIND_USER_BY_EMAIL, identity_pb2.FindUserByEmailRequest(email=email)
            )
            auth = next(module for module in composition.modules if module.name == "auth")
            authority = await auth.resources.get(TokenService).authority(
                UserId(parse_id("usr", found.user.id)),
                OrganizationId(parse_id("org", organization)),
                system("bench"),
            )
            assert authority is not None
            yield Population(composition, authority, caller)


async def present(port: int, caller: str, tokens: Sequence[str]) -> None:
    """Have the server remember these tokens, the last ones longest."""
    connection = await Connection.open(port)
    for start in range(0, len(tokens), MAX_BATCH):
        questions = [{"token": token} for token in tokens[start : start + MAX_BATCH]]
        body = json.dumps({"questions": questions}).encode()
        asked = request("POST", "/api/v1/auth/validate/batch", f"ApiKey {caller}", body)
        answer = await connection.ask(asked)
        for _ in range(_PATIENCE):
            if answer.status != 503:  # the server is too busy to hear its database
                break
            answer = await connection.ask(asked)
        assert answer.status == 200, answer
    await connection.close()
