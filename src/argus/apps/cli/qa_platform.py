"""How `argus qa` reaches a platform, and what it shows meanwhile."""

import asyncio
import os
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from rich.text import Text

from argus.apps.cli.terminal import console, errors

if TYPE_CHECKING:
    from argus.apps.qa_run import Progress, RemoteRuns
    from argus.kernel.settings import KernelSettings

T = TypeVar("T")

SCOPES = (
    "test:read",
    "test:write",
    "test:delete",
    "test:execute",
    "results:read",
    "results:export",
)


@asynccontextmanager
async def remote_qa(settings: "KernelSettings", screen: "Screen") -> AsyncGenerator["RemoteRuns"]:
    """The QA of the platform that runs on this home; where none does, of one started for the block.

    Asks with the key in `ARGUS_API_KEY`, else with one of this home's command line.
    """
    import httpx

    from argus.apps.qa_run import RemoteRuns
    from argus.apps.up import platform, running_platform

    async with AsyncExitStack() as stack:
        running = running_platform(settings.home)
        stack.callback(screen.close)
        if running is None:
            screen.say("Starting a platform for this run")
            running = await stack.enter_async_context(platform(settings))
        key = os.environ.get("ARGUS_API_KEY") or await _local_key(settings, running.url)
        client = await stack.enter_async_context(
            httpx.AsyncClient(
                base_url=running.url,
                headers={"Authorization": f"ApiKey {key}"},
                timeout=httpx.Timeout(30, read=60),
                trust_env=False,
            )
        )
        yield RemoteRuns(client)


def asked(home: Path | None, question: "Callable[[RemoteRuns], Awaitable[T]]") -> T:
    """What the platform answers to one question."""
    from argus.apps.cli.installation import load_settings

    async def ask() -> T:
        async with remote_qa(load_settings(home=home), Screen(quiet=True)) as runs:
            return await question(runs)

    return asyncio.run(ask())


async def _local_key(settings: "KernelSettings", url: str) -> str:
    """The key of this home's command line; made anew where there is none that may do enough."""
    import httpx

    file = settings.home / "cli.key"
    if file.exists() and (secret := file.read_text()):
        async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=30) as client:
            answer = await client.get("/api/v1/auth/me", headers={"X-API-Key": secret})
        if answer.is_success and set(SCOPES) <= set(answer.json()["scopes"] or ()):
            return secret
    secret = await _new_key(settings)
    file.touch(mode=0o600)
    file.write_text(secret)
    return secret


async def _new_key(settings: "KernelSettings") -> str:
    from pydantic import SecretStr

    from argus.apps.cli.admin import OWNER
    from argus.apps.operator import operator
    from argus.kernel.postgres import EmbeddedPostgres

    if settings.database_url is None:
        dsn = EmbeddedPostgres(settings.home).dsn
        settings = settings.model_copy(update={"database_url": SecretStr(dsn)})
    async with operator(settings) as on_duty:
        tenant = await on_duty.organization_of(os.environ.get("ARGUS_OWNER", OWNER))
        _, secret = await on_duty.create_api_key(tenant, "command line", SCOPES)
    return secret


class Screen:
    """Tells a person how the run goes: a spinner on a terminal, lines elsewhere."""

    def __init__(self, *, quiet: bool) -> None:
        self._out = errors if quiet else console
        self._status = self._out.status("")
        self._states = self._total = self._done = 0

    def say(self, text: str) -> None:
        if self._out.is_terminal:
            self._status.update(text)
            self._status.start()
        else:
            self._out.print(text)

    def show(self, event: "Progress") -> None:
        data = event.data
        match event.type:
            case "phase_started" if data["phase"] == "discover":
                self.say("Discovering the application")
            case "discovery_state":
                self._states += 1
                if self._out.is_terminal:
                    self.say(f"Discovering the application: {self._states} states")
            case "run_waiting":
                self.say("Waiting for a worker")
            case "phase_ended" if data.get("unreached"):
                self._out.print(Text(f"Not reached: {', '.join(data['unreached'])}"))
            case "phase_started" if data["phase"] == "analyze_code":
                self.say("Reading what the code says")
            case "phase_started" if data["phase"] == "plan_tests":
                self.say("Learning how it is used, and planning tests")
            case "phase_started":
                self._total = data["tests"]
                self.say(f"Running {self._total} tests")
            case "test_judged":
                self._done += 1
                self._out.print(_line(data))
                if self._out.is_terminal:
                    self.say(f"Running tests: {self._done} of {self._total}")
            case _:
                pass

    def close(self) -> None:
        self._status.stop()


_MARKS = {
    "passed": ("✓", "green"),
    "passed_healed": ("✓", "cyan"),
    "failed": ("✗", "bold red"),
    "flaky": ("~", "yellow"),
    "skipped": ("-", "dim"),
}


def _line(test: dict[str, Any]) -> Text:
    mark, style = _MARKS[test["status"]]
    why = f"  {test['category']}" if test["category"] else ""
    return Text.assemble((f"{mark} ", style), test["name"], (why, "dim"))
