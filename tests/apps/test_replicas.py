"""Replicas that share Valkey, and lose it."""

from pathlib import Path

import httpx
from pydantic import SecretStr

from argus.apps.compose import compose
from argus.apps.serve import build_app
from support.database import Server
from support.platform import platform
from support.valkey import valkey_server

PATH = "/api/v1/auth/me"


async def test_replicas_count_a_caller_together_and_answer_alone_without_valkey(
    server: Server, tmp_path: Path
) -> None:
    with valkey_server() as valkey:
        async with platform(server, tmp_path, redis_url=SecretStr(valkey.url)) as one:
            composition = one.composition
            async with (
                compose(composition.settings, composition.keyring, one.clock) as other,
                httpx.AsyncClient(
                    transport=httpx.ASGITransport(build_app(other)), base_url="http://argus.test"
                ) as replica,
            ):
                owner = await one.owner()

                async def ask() -> list[tuple[int, str]]:
                    return [
                        (answer.status_code, answer.headers["RateLimit-Remaining"])
                        for client in (one.client, replica)
                        for answer in [await client.get(PATH, headers=owner.headers)]
                    ]

                assert await ask() == [(200, "59"), (200, "58")]
                assert await ask() == [(200, "57"), (200, "56")]
                valkey.kill()
                assert await ask() == [(200, "59"), (200, "59")]
                valkey.start()
                assert {status for status, _ in await ask()} == {200}
