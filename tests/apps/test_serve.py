"""The server process, alone, on a database of its own."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from argus.apps.owner import create_owner
from argus.apps.up import held_ports
from argus.kernel.postgres import EmbeddedPostgres
from argus.kernel.settings import KernelSettings
from support.processes import PATIENCE_S, environment_of, eventually, stop


@contextmanager
def serving(home: Path, database: str) -> Iterator[tuple["subprocess.Popen[str]", int, int]]:
    """`argus serve`, once it is healthy, and its ports for HTTP and gRPC."""
    with held_ports(KernelSettings(home=home, http_port=0, grpc_port=0)) as (http, grpc):
        ports = {"ARGUS_HTTP_PORT": str(http), "ARGUS_GRPC_PORT": str(grpc)}
        with subprocess.Popen(
            [sys.executable, "-m", "argus", "serve", "--migrate"],
            env=environment_of(home, ARGUS_DATABASE_URL=database, **ports),
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        ) as server:
            try:
                health = f"http://127.0.0.1:{http}/health"
                eventually(lambda: httpx.get(health, trust_env=False).is_success)
                yield server, http, grpc
            finally:
                stop(server, PATIENCE_S)


async def use_a_key(home: Path, http: int, grpc: int) -> None:
    """That it was used is written later."""
    owner = await create_owner(KernelSettings(home=home), f"127.0.0.1:{grpc}", "ada@example.com")
    assert owner is not None
    credentials = {"email": owner.email, "password": owner.password.get_secret_value()}
    async with httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{http}/api/v1", trust_env=False, timeout=60
    ) as client:
        session = (await client.post("/auth/sign-in", json=credentials)).json()
        key = await client.post(
            "/api-keys",
            json={"name": "ci", "scopes": ["org:read"]},
            headers={"Authorization": f"Bearer {session['access_token']}"},
        )
        used = await client.get("/auth/me", headers={"X-API-Key": key.json()["secret"]})
        assert used.status_code == 200


async def test_a_server_whose_database_has_died_stops_and_tells_what_it_could_not_write(
    tmp_path: Path,
) -> None:
    postgres = EmbeddedPostgres(tmp_path)
    database = postgres.start()
    try:
        with serving(tmp_path, database) as (server, http, grpc):
            await use_a_key(tmp_path, http, grpc)
            killed = postgres.status().pid
            assert killed is not None
            os.kill(killed, signal.SIGKILL)
            server.send_signal(signal.SIGTERM)
            _, log = server.communicate(timeout=PATIENCE_S)
    finally:
        postgres.stop()
    assert server.returncode == 0, log
    assert '"event": "auth.maintenance.lost", "level": "warning"' in log
    assert all(line.startswith("{") for line in log.splitlines()), log
