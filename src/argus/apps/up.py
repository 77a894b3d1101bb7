"""`argus up`: PostgreSQL, server and worker under one supervisor, on one machine.

The supervisor starts them in this order, restarts what ends, and stops them in reverse. Each ends
with the supervisor, also when that is killed: the kernel tells them (`kernel.processes.tied`), so
no process is left behind, and the next `argus up` finds the home folder free.
"""

import asyncio
import fcntl
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncGenerator, Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import httpx
from pydantic import SecretStr, ValidationError

from argus.kernel.errors import ArgusError
from argus.kernel.postgres import EmbeddedPostgres, server_version
from argus.kernel.postgres_installation import PostgresCannotStart
from argus.kernel.processes import KeptRunning, send, start_time, tied
from argus.kernel.schema import Value
from argus.kernel.settings import KernelSettings

if TYPE_CHECKING:
    from argus.apps.owner import Owner

_READY_TIMEOUT_S = 240.0
_POLL_S = 0.05
_DATABASE_PAUSE_S = 1.0


class PlatformRunning(ArgusError):
    """Another `argus up` runs on this `ARGUS_HOME`.

    Use that one, stop it, or give this one a home folder of its own with `--home`.
    """

    code, status, title = "kernel.platform.running", 409, "Platform already running"


class PortTaken(ArgusError):
    """Another program listens on a port that the platform needs.

    End that program, or choose other ports; `argus up --port 0` takes free ones.
    """

    code, status, title = "kernel.platform.port_taken", 409, "Port taken"


class PlatformCannotStart(ArgusError):
    """The server or the worker ended, or did not get ready, while the platform was starting.

    The message shows the end of its log, which lies in `logs` under `ARGUS_HOME`.
    """

    code, status, title = "kernel.platform.cannot_start", 503, "Platform does not start"


class Platform(Value):
    """A running platform, as `run/platform.json` under its home describes it."""

    pid: int
    """Of the supervisor."""
    started: int
    """Its start time (`kernel.processes.start_time`), because process ids are used again."""
    url: str
    grpc: str
    """Host and port."""
    home: Path


class Reporter(Protocol):
    """Shows a person or a program what the supervisor does."""

    def step(self, text: str) -> None:
        """The start has come to this step."""
        ...

    def incident(self, text: str) -> None:
        """Something ended and is started again."""
        ...

    def ready(self, platform: Platform, owner: "Owner | None") -> None:
        """The platform answers. `owner` only if it was created just now."""
        ...


def running_platform(home: Path) -> Platform | None:
    """The platform that runs on this home folder and is ready, if any."""
    try:
        platform = Platform.model_validate_json((home / "run" / "platform.json").read_bytes())
    except (FileNotFoundError, ValidationError):
        return None
    return platform if start_time(platform.pid) == platform.started else None


async def up(settings: KernelSettings, owner_email: str, reporter: Reporter) -> None:
    """Run the platform until SIGINT or SIGTERM; a second one kills what has not ended yet.

    Registers `owner_email` with a generated password if nobody has that address.

    Raises:
        PlatformRunning: there is one on this home folder.
        PortTaken: for the HTTP or the gRPC port.
        PlatformCannotStart, PostgresCannotStart, PostgresVersionMismatch, PostgresUnreachable: with
            the reason.
    """
    settings = settings.model_copy(update={"home": settings.home.absolute()})
    with only_platform(settings.home), held_ports(settings) as (http_port, grpc_port):
        settings = settings.model_copy(update={"http_port": http_port, "grpc_port": grpc_port})
        try:
            async with asyncio.TaskGroup() as tasks:
                supervisor = _Supervisor(settings, owner_email, reporter, tasks)
                running = tasks.create_task(supervisor.run())

                def stop() -> None:
                    if running.cancelling():
                        supervisor.hurry()
                    else:
                        running.cancel()

                for number in (signal.SIGINT, signal.SIGTERM):
                    asyncio.get_running_loop().add_signal_handler(number, stop)
        except* ArgusError as failures:
            raise failures.exceptions[0] from None


@asynccontextmanager
async def platform(settings: KernelSettings) -> AsyncGenerator[Platform]:
    """A platform on `settings.home`, on free ports, for as long as the block runs.

    It is an `argus up` of its own, and ends with this process if that is killed.

    Raises:
        PlatformCannotStart: with the reason that `argus up` gave.
    """
    command = [sys.executable, "-m", "argus", "up", "--json", "--port", "0", "--grpc-port", "0"]
    process = await asyncio.create_subprocess_exec(
        *tied(command, on_parent_death=signal.SIGTERM),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        env=_environment(settings),
        start_new_session=True,
    )
    try:
        output = b"" if process.stdout is None else await process.stdout.readline()
        answer = json.loads(output or b'{"error": "argus up ended without an answer", "try": ""}')
        if "error" in answer:
            raise PlatformCannotStart(answer["error"], remedy=answer["try"])
        yield Platform.model_validate(answer["platform"])
    finally:
        send(process.pid, signal.SIGTERM)
        await process.wait()


class _Supervisor:
    def __init__(
        self,
        settings: KernelSettings,
        owner_email: str,
        reporter: Reporter,
        tasks: asyncio.TaskGroup,
    ) -> None:
        self._settings = settings
        self._owner_email = owner_email
        self._reporter = reporter
        self._tasks = tasks
        self._children: dict[str, KeptRunning] = {}
        self._failed: str | None = None
        """Name of a child that ended before the platform was ready."""
        self._ready = False
        self._postgres: EmbeddedPostgres | None = None

    async def run(self) -> None:
        """Bring everything up, and when cancelled, down again."""
        async with AsyncExitStack() as stack:
            settings = self._settings.model_copy(
                update={"database_url": await stack.enter_async_context(self._database())}
            )
            environment = _environment(settings)
            self._reporter.step("Starting the server and the worker")
            for name in ("worker", "serve"):  # so the server stops first
                await stack.enter_async_context(self._child(name, environment))
            # It loads gRPC: now, while the server starts.
            from argus.apps.owner import create_owner  # noqa: PLC0415

            await self._until_healthy(settings)
            self._ready = True
            platform = Platform(
                pid=os.getpid(),
                started=start_time(os.getpid()) or 0,
                url=settings.base_url,
                grpc=f"{_host(settings)}:{settings.grpc_port}",
                home=settings.home,
            )
            owner = await create_owner(settings, platform.grpc, self._owner_email)
            file = settings.home / "run" / "platform.json"
            file.write_text(platform.model_dump_json())
            stack.callback(file.unlink, missing_ok=True)
            self._reporter.ready(platform, owner)
            await asyncio.Event().wait()

    @asynccontextmanager
    async def _database(self) -> AsyncGenerator[SecretStr]:
        """Address of the database; the embedded one runs, and is kept running, in the block."""
        if self._settings.database_url is not None:
            await asyncio.to_thread(server_version, self._settings.database_url.get_secret_value())
            yield self._settings.database_url
            return
        self._reporter.step("Starting PostgreSQL")
        self._postgres = postgres = EmbeddedPostgres(self._settings.home)
        loop = asyncio.get_running_loop()
        # PostgreSQL ends with the thread that started it: this one lives as long as it shall.
        with ThreadPoolExecutor(1, "postgres") as thread:
            try:
                dsn = await loop.run_in_executor(thread, postgres.start)
                keeper = self._tasks.create_task(self._keep_database(postgres, thread))
                try:
                    yield SecretStr(dsn)
                finally:
                    keeper.cancel()
                    await asyncio.wait([keeper])
            finally:
                self._reporter.step("Stopping PostgreSQL")
                await loop.run_in_executor(thread, postgres.stop)

    async def _keep_database(self, postgres: EmbeddedPostgres, thread: ThreadPoolExecutor) -> None:
        while True:
            if postgres.is_owner:
                await asyncio.to_thread(postgres.wait)
                self._reporter.incident("PostgreSQL ended; starting it again")
            else:  # another process's server, until that process stops it
                await asyncio.sleep(_DATABASE_PAUSE_S)
            try:
                await asyncio.get_running_loop().run_in_executor(thread, postgres.start)
            except PostgresCannotStart as error:
                self._reporter.incident(f"{error.detail}; trying again")
                await asyncio.sleep(_DATABASE_PAUSE_S)

    @asynccontextmanager
    async def _child(self, name: str, environment: Mapping[str, str]) -> AsyncGenerator[None]:
        logs = self._settings.home / "logs"
        logs.mkdir(mode=0o700, exist_ok=True)

        def on_end(code: int, pause_s: float) -> None:
            if not self._ready:
                self._failed = name
                return
            self._reporter.incident(
                f"argus {name} ended with exit code {code}; starting it again in {pause_s:g} s"
            )

        child = KeptRunning(
            [sys.executable, "-m", "argus", name, "--migrate"],
            environment=environment,
            log=logs / f"{name}.log",
            on_end=on_end,
        )
        self._children[name] = child
        task = self._tasks.create_task(child.run())
        try:
            yield
        finally:
            self._reporter.step(f"Stopping argus {name}")
            task.cancel()
            await asyncio.wait([task])

    async def _until_healthy(self, settings: KernelSettings) -> None:
        try:
            async with (
                asyncio.timeout(_READY_TIMEOUT_S),
                httpx.AsyncClient(trust_env=False, timeout=5) as client,
            ):
                # The server is another process, and sets no event of ours.
                while self._failed is None and not await _is_healthy(client, settings):  # noqa: ASYNC110
                    await asyncio.sleep(_POLL_S)
        except TimeoutError:
            self._failed = "serve"
        if self._failed is not None:
            log = self._children[self._failed].log
            end = "\n".join(log.read_text(errors="replace").splitlines()[-10:])
            raise PlatformCannotStart(
                f"argus {self._failed} does not start; {log} ends with:\n{end}",
                remedy="argus doctor",
            )

    def hurry(self) -> None:
        """Kill what has not ended yet."""
        for child in self._children.values():
            child.kill()
        if self._postgres is not None:
            self._postgres.hurry()


@contextmanager
def only_platform(home: Path) -> Generator[None]:
    """No `argus up` runs, or starts, on this home within the block.

    Raises:
        PlatformRunning
    """
    folder = home / "run"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            other = running_platform(home)
            raise PlatformRunning(
                f"The platform of {home} runs already"
                + (f" at {other.url} (process {other.pid})" if other else ", and is starting"),
                remedy=f"kill {other.pid}" if other else "argus up --home ANOTHER_FOLDER --port 0",
            ) from None
        yield


@contextmanager
def held_ports(settings: KernelSettings) -> Generator[tuple[int, int]]:
    """The HTTP and the gRPC port to use; 0 in the settings takes any.

    Within the block Linux gives them to nobody who asks for any port. A server can listen there,
    because servers bind with SO_REUSEADDR and nobody listens here.

    Raises:
        PortTaken
    """
    with ExitStack() as held:
        ports: list[int] = []
        for wanted in (settings.http_port, settings.grpc_port):
            family = socket.AF_INET6 if ":" in settings.http_host else socket.AF_INET
            holder = held.enter_context(socket.socket(family))
            holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                holder.bind((settings.http_host, wanted))
            except OSError as error:
                raise PortTaken(
                    f"Cannot listen on {settings.http_host}:{wanted}: {error.strerror}",
                    remedy="argus up --port 0",
                ) from error
            ports.append(holder.getsockname()[1])
        yield ports[0], ports[1]


async def _is_healthy(client: httpx.AsyncClient, settings: KernelSettings) -> bool:
    try:
        answer = await client.get(f"http://{_host(settings)}:{settings.http_port}/health")
    except httpx.TransportError:
        return False
    return answer.is_success


def _host(settings: KernelSettings) -> str:
    """The server's host as this machine reaches it."""
    return {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.http_host, settings.http_host)  # noqa: S104


def _environment(settings: KernelSettings) -> dict[str, str]:
    """The caller's environment with these settings in it, for a process of the platform."""
    wanted = {
        "ARGUS_HOME": str(settings.home.absolute()),
        "ARGUS_HTTP_HOST": settings.http_host,
        "ARGUS_HTTP_PORT": str(settings.http_port),
        "ARGUS_GRPC_PORT": str(settings.grpc_port),
    }
    if settings.database_url is not None:
        wanted["ARGUS_DATABASE_URL"] = settings.database_url.get_secret_value()
    return os.environ | wanted
