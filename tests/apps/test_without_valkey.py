"""Valkey dies, and hangs: nothing that has to do with it is refused or answered wrongly."""

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from grpc import aio
from pydantic import SecretStr

from argus.apps.operator import Operator
from argus.contracts.auth.rpc import CHECK_PERMISSION, VALIDATE_TOKEN
from argus.contracts.auth.v1 import auth_pb2 as pb
from argus.kernel.telemetry import RATE_LIMIT_FALLBACKS
from support.auth import Auth
from support.database import Server
from support.doors import hot_doors
from support.metrics import value_of
from support.platform import Caller, TestPlatform
from support.platform import platform as running
from support.serving import grpc_door
from support.valkey import ValkeyServer, valkey_server

API = "/api/v1"
STREAM = f"{API}/stream/test/run_00000000000000000000000001"
"""There is no such run: 404 says that the caller was let in."""


@pytest.fixture
def valkey() -> Generator[ValkeyServer]:
    with valkey_server() as server:
        yield server


@pytest.fixture
async def platform(
    server: Server, tmp_path: Path, valkey: ValkeyServer
) -> AsyncGenerator[TestPlatform]:
    """An installation that has Valkey."""
    async with running(server, tmp_path, redis_url=SecretStr(valkey.url)) as platform:
        yield platform


@dataclass(frozen=True)
class Somebody:
    """Uses the platform by every door, as somebody whom no cache knows yet."""

    platform: TestPlatform
    caller: Caller
    key: str
    ahead: httpx.AsyncClient
    """Asks the operations first that are answered ahead of the framework."""
    channel: aio.Channel

    async def send(
        self, method: str, path: str, client: httpx.AsyncClient | None = None, **more: Any
    ) -> httpx.Response:
        headers = self.caller.headers | more.pop("headers", {})
        client = client or self.platform.client
        return await client.request(method, API + path, headers=headers, **more)

    async def validated(self) -> list[object]:
        """What each door says of the caller's token and of the key: by the framework, ahead of it
        one by one, together and by the request's own credential, and over gRPC.
        """
        told: list[object] = []
        for token in (self.caller.token, self.key):
            for client in (self.platform.client, self.ahead):
                answer = await self.send("POST", "/auth/validate", client, json={"token": token})
                told.append(answer.json()["active"])
        body = {"questions": [{"token": self.caller.token}, {"token": "junk"}]}
        answer = await self.send("POST", "/auth/validate/batch", self.ahead, json=body)
        told += [each["active"] for each in answer.json()["answers"]]
        told.append((await self.send("GET", "/auth/forward", self.ahead)).status_code)
        question = pb.ValidateTokenRequest(token=self.caller.token)
        told.append((await self._call(VALIDATE_TOKEN, question)).active)
        asked = pb.CheckPermissionRequest(credential=question, permission="org:read")
        told.append((await self._call(CHECK_PERMISSION, asked)).allowed)
        return told

    async def limits(self) -> list[str]:
        """The limit that the tier sets, of a session and of a key."""
        answers = [
            await self.send("GET", "/auth/me"),
            await self.platform.client.get(f"{API}/auth/me", headers={"X-API-Key": self.key}),
        ]
        return [answer.headers["RateLimit-Limit"] for answer in answers]

    async def billed(self) -> list[object]:
        """What the plan includes, and whether a use of it counts."""
        entitlement = await self.send("GET", "/billing/entitlements/webhooks")
        event = {"id": "1", "source": "test", "meter": "api_calls"}
        used = await self.send("POST", "/billing/usage", json={"events": [event]})
        return [entitlement.json()["allowed"], used.status_code]

    async def repeated(self) -> list[object]:
        """What the same request comes to twice."""
        once = {"Idempotency-Key": "once"}
        answers = [
            await self.send("POST", "/api-keys", json={"name": "k", "scopes": []}, headers=once)
            for _ in range(2)
        ]
        first, second = (answer.json()["id"] for answer in answers)
        return [*(answer.status_code for answer in answers), first == second]

    async def let_in_by_ticket(self) -> list[int]:
        """What a ticket for a stream is good for: once."""
        made = await self.send("POST", "/auth/tickets", json={"path": STREAM})
        answers = [
            await self.platform.client.get(STREAM, params={"ticket": made.json()["ticket"]})
            for _ in range(2)
        ]
        return [made.status_code, *(answer.status_code for answer in answers)]

    async def too_often(self) -> bool:
        """Whether a route that may be asked five times a minute refuses in the end."""
        answers = [await self.send("GET", STREAM.removeprefix(API)) for _ in range(15)]
        return {answer.status_code for answer in answers} == {404, 429}

    async def guessed(self) -> bool:
        """Whether guessing a password is throttled."""
        auth, statuses = Auth(self.platform), list[int]()
        while len(statuses) < 15 and 429 not in statuses:
            statuses.append((await auth.sign_in_once(self.caller.email, "wrong")).status_code)
        return set(statuses) == {401, 429}

    async def comes_to_tier(self, tier: str, limit: str) -> bool:
        """Whether another tier counts as soon as it is heard of."""
        await Operator(self.platform.composition).set_tier(self.caller.organization_id, tier)
        async with asyncio.timeout(20):
            while (await self.limits())[0] != limit:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.5)  # more often would use the limit up
        return True

    async def leaves(self) -> list[object]:
        """What the token is good for after the sign-out."""
        left = await self.send("POST", "/auth/sign-out")
        told = [(await self.send("GET", "/auth/me", c)).status_code for c in (None, self.ahead)]
        return [left.status_code, *told]

    async def _call(self, method: Any, request: Any) -> Any:
        invoke: Any = self.channel.unary_unary(
            method.path,
            request_serializer=method.request.SerializeToString,
            response_deserializer=method.response.FromString,
        )
        metadata = (("authorization", f"Bearer {self.caller.token}"),)
        return await invoke(request, metadata=metadata, timeout=30)


EVERYTHING = {
    "validated": [True, True, True, True, True, False, 200, True, True],
    "limits": ["60", "60"],
    "billed": [False, 202],
    "repeated": [201, 201, True],
    "let in by ticket": [201, 404, 401],
    "too often": True,
    "guessed": True,
    "another tier": True,
    "left": [204, 401, 401],
}


async def everything(
    platform: TestPlatform, ahead: httpx.AsyncClient, channel: aio.Channel
) -> dict[str, object]:
    """What one operation of every kind comes to."""
    platform.clock.advance(timedelta(days=1))  # nobody has guessed anything lately
    caller = await platform.owner()
    signed_in = await Auth(platform).sign_in_once(caller.email)
    assert signed_in.status_code == 200, signed_in.text
    key = await Auth(platform).api_key(caller, "org:read")
    somebody = Somebody(platform, caller, key["secret"], ahead, channel)
    return {
        "validated": await somebody.validated(),
        "limits": await somebody.limits(),
        "billed": await somebody.billed(),
        "repeated": await somebody.repeated(),
        "let in by ticket": await somebody.let_in_by_ticket(),
        "too often": await somebody.too_often(),
        "guessed": await somebody.guessed(),
        "another tier": await somebody.comes_to_tier("explorer", "100"),
        "left": await somebody.leaves(),
    }


@asynccontextmanager
async def grpc_channel(platform: TestPlatform) -> AsyncGenerator[aio.Channel]:
    """To a gRPC door of the platform."""
    async with (
        grpc_door(platform.composition) as port,
        aio.insecure_channel(f"127.0.0.1:{port}") as channel,
    ):
        yield channel


async def test_everything_answers_while_valkey_is_gone_and_uses_it_again_when_it_is_back(
    platform: TestPlatform, valkey: ValkeyServer
) -> None:
    async def used_again() -> None:
        """Return when counters and cache are in Valkey again."""
        valkey.client().flushdb()
        async with asyncio.timeout(60):
            while {"limit", "cache"} - {
                str(name).split(":")[1] for name in valkey.client().scan_iter()
            }:
                stranger = await platform.owner()
                await platform.client.get(f"{API}/auth/me", headers=stranger.headers)

    async with hot_doors(platform) as ahead, grpc_channel(platform) as channel:
        for lose, recover in ((valkey.kill, valkey.start), (valkey.freeze, valkey.thaw)):
            await used_again()
            alone = value_of(RATE_LIMIT_FALLBACKS)
            lose()
            assert await everything(platform, ahead, channel) == EVERYTHING
            assert value_of(RATE_LIMIT_FALLBACKS) > alone
            recover()
        await used_again()
