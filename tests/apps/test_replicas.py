"""Replicas that share Valkey, and lose it."""

from pathlib import Path

import httpx
from pydantic import SecretStr

from argus.apps.compose import compose
from argus.apps.serve import build_app
from support.database import Server
from support.platform import platform
from support.valkey import valkey_server

PATH = "/api/v1/stream/test/run_00000000000000000000000001"
"""Of no run: 404 says that the caller was let in. It may be asked for five times a minute, so that
no token comes back while this goes on.
"""
PATIENT = "timeout=30&socket_timeout=30&socket_connect_timeout=30"
"""A busy machine's Valkey takes longer than the tenth of a second that it is given."""


async def test_replicas_count_a_caller_together_and_answer_alone_without_valkey(
    server: Server, tmp_path: Path
) -> None:
    with valkey_server() as valkey:
        async with platform(
            server, tmp_path, redis_url=SecretStr(f"{valkey.url}?{PATIENT}")
        ) as one:
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

                assert await ask() == [(404, "4"), (404, "3")]
                assert await ask() == [(404, "2"), (404, "1")]
                valkey.kill()
                assert await ask() == [(404, "4"), (404, "4")]
                valkey.start()
                assert {status for status, _ in await ask()} == {404}
