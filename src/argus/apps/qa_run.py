"""One run of autonomous QA from the command line, over the platform's API."""

import asyncio
import io
import json
import zipfile
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from argus.kernel.errors import ArgusError

RECONNECTS = 60
NO_WORKER_S = 60.0
_PAUSE_S = 1.0


class RunRefused(ArgusError):
    """The platform did not take the request; the message is its own."""

    code, status, title = "qa.run.refused", 422, "Run refused"


class PlatformUnreachable(ArgusError):
    """The platform does not answer.

    Look at its logs under `ARGUS_HOME`, or start it with `argus up`.
    """

    code, status, title = "kernel.platform.unreachable", 503, "Platform unreachable"


class NoWorker(ArgusError):
    """The platform answers, but nothing executes runs: no worker has been there for a minute.

    Look at the end of `logs/worker.log` under `ARGUS_HOME`, or start one with `argus worker`; then
    run the command again. The run that waited was cancelled.
    """

    code, status, title = "qa.worker.missing", 503, "No worker"


@dataclass(frozen=True)
class Progress:
    """An event of the run; `number` counts from 1."""

    number: int
    type: str
    data: dict[str, Any]


class RemoteRuns:
    """The runs of a platform, as the holder of an API key sees them.

    Every method raises RunRefused with the platform's reason, and PlatformUnreachable.
    """

    def __init__(self, client: httpx.AsyncClient, no_worker_s: float = NO_WORKER_S) -> None:
        self._client, self._no_worker_s = client, no_worker_s

    async def start(self, wanted: dict[str, Any]) -> str:
        """The identifier of the new run."""
        return (await self.call("POST", "/runs", json=wanted))["id"]

    async def call(self, method: str, path: str, **content: Any) -> Any:
        """The JSON that a route below `/api/v1/qa` answers; None where it answers nothing."""
        answer = await self._request(method, path, **content)
        return json.loads(answer) if answer else None

    async def follow(self, run_id: str) -> AsyncGenerator[Progress]:
        """All events of the run, to its end; a broken stream is resumed where it broke.

        Whoever is cancelled meanwhile, as by Ctrl-C, cancels the run: it would go on, unseen.

        Raises:
            NoWorker: for a minute there was none; the run is cancelled.
        """
        try:
            async with aclosing(self._followed(run_id)) as events:
                async for event in events:
                    yield event
        except asyncio.CancelledError:
            with suppress(ArgusError):
                await self._cancel(run_id)
            raise

    async def _followed(self, run_id: str) -> AsyncGenerator[Progress]:
        last = failures = 0
        reason, now = "", asyncio.get_running_loop().time
        alone_since: float | None = None
        while failures <= RECONNECTS:
            try:
                async for event in self._stream(run_id, last):
                    last, failures = event.number, 0
                    alone_since = (alone_since or now()) if event.type == "run_waiting" else None
                    if alone_since is not None and now() - alone_since >= self._no_worker_s:
                        await self._cancel(run_id)
                        raise NoWorker(f"the run waited {self._no_worker_s:.0f} s for a worker")
                    yield event
                    if event.type == "run_ended":
                        return
            except httpx.TransportError as error:
                reason = str(error)
            failures += 1
            await asyncio.sleep(_PAUSE_S)
        raise PlatformUnreachable(reason or "the platform does not let the run be followed")

    async def _cancel(self, run_id: str) -> None:
        await self.call("POST", f"/runs/{run_id}/cancel")

    async def text(self, path: str) -> str:
        """What a route below `/api/v1/qa` answers, as text."""
        return (await self._request("GET", path)).decode()

    async def report(self, run_id: str) -> dict[str, Any]:
        """The contract of OUT.json."""
        return await self.call("GET", f"/runs/{run_id}/report")

    async def suite(self, run_id: str) -> bytes:
        """The planned or replayed suite with all proven heals in it, as JSON."""
        return await self._request("GET", f"/runs/{run_id}/suite")

    async def artifact(self, run_id: str, name: str) -> bytes:
        """A file that the run made."""
        return await self._request("GET", f"/runs/{run_id}/artifacts/{name}")

    async def unpack(self, run_id: str, folder: Path) -> None:
        """Write everything that the run made into `folder`."""
        archive = await self._request("GET", f"/runs/{run_id}/archive")
        folder.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(io.BytesIO(archive)) as packed:
            packed.extractall(folder)

    async def _request(self, method: str, path: str, **content: Any) -> bytes:
        try:
            answer = await self._client.request(method, f"/api/v1/qa{path}", **content)
        except httpx.TransportError as error:
            raise PlatformUnreachable(str(error)) from error
        _check(answer)
        return answer.content

    async def _stream(self, run_id: str, last: int) -> AsyncGenerator[Progress]:
        async with self._client.stream(
            "GET", f"/api/v1/stream/test/{run_id}", headers={"Last-Event-ID": str(last)}
        ) as answer:
            if answer.status_code in (
                429,
                503,
            ):  # a platform that is restarting, or asked too often
                return
            if answer.is_error:
                await answer.aread()
            _check(answer)
            fields: dict[str, str] = {}
            async for line in answer.aiter_lines():
                name, _, value = line.partition(":")
                if name:
                    fields[name] = value.removeprefix(" ")
                elif not line and "data" in fields:
                    yield Progress(int(fields["id"]), fields["event"], json.loads(fields["data"]))
                    fields = {}


def _check(answer: httpx.Response) -> None:
    if answer.is_success:
        return
    problem: dict[str, Any] = {}
    with suppress(ValueError):
        problem = answer.json()
    reason = problem.get("detail") or f"the platform answered {answer.status_code}"
    if fields := problem.get("errors"):
        reason += ": " + "; ".join(f"{field['at']}: {field['why']}" for field in fields)
    raise RunRefused(reason)
