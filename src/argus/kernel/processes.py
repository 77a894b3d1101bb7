"""Processes of Linux: end with the parent, be recognised, be ended, be kept running."""

import asyncio
import os
import pwd
import select
import signal
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType

from argus.kernel import launcher

_SHORTEST_PAUSE_S, _LONGEST_PAUSE_S = 0.5, 30.0
_STABLE_AFTER_S = 60.0
_STOP_TIMEOUT_S = 20
_LOG_LIMIT_BYTES = 20 * 2**20


def tied(
    command: Sequence[str],
    *,
    on_parent_death: signal.Signals,
    account: pwd.struct_passwd | None = None,
) -> list[str]:
    """The command line that runs `command` and signals it when the thread that started it ends.

    The signal comes from the kernel, so also after `kill -9` of the parent. `command[0]` is an
    absolute path. `account` is the unprivileged user to run as; only root can name one. The
    process keeps the id that starting the returned command gives.
    """
    uid, gid = (account.pw_uid, account.pw_gid) if account else (-1, -1)
    arguments = [os.getpid(), on_parent_death.value, uid, gid]
    return [sys.executable, "-IS", launcher.__file__, *map(str, arguments), *command]


def start_time(pid: int) -> int | None:
    """When the process started, in clock ticks since boot; None if it is dead or a zombie.

    A process id together with this names one process for good: ids are used again.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # proc(5): the second field is the name in parentheses, and may contain both.
    state, *fields = stat.rpartition(")")[2].split()
    return None if state in "ZX" else int(fields[18])


def find(program: str, mark: str) -> list[int]:
    """Living processes of `program` (a file name) with `mark` in their command line or title."""
    found: list[int] = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):  # it ended meanwhile, or is hidden from this user
                name = (entry / "comm").read_text().strip()
                if name == program and mark.encode() in (entry / "cmdline").read_bytes():
                    found.append(int(entry.name))
    return found


def on_stop(stop: Callable[[], object]) -> None:
    """Let the running loop call `stop` on SIGINT and SIGTERM; the process ends 20 s later at most.

    The limit is alarm(2): it holds though the supervisor was killed and the loop turns no more.
    For the main thread.
    """
    loop = asyncio.get_running_loop()

    def told(_number: int, _frame: FrameType | None) -> None:
        signal.alarm(_STOP_TIMEOUT_S)
        loop.call_soon_threadsafe(stop)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, told)


def send(pid: int, with_signal: signal.Signals) -> None:
    """Signal the process if it still exists.

    For asyncio's processes, whose own `terminate` takes the exit code away from who waits for it
    when the process has just ended (Python 3.11).
    """
    with suppress(ProcessLookupError):
        os.kill(pid, with_signal)


def end(pids: Iterable[int], with_signal: signal.Signals, *, within_s: float) -> list[int]:
    """Signal the processes and wait until they are dead; returns those that still live."""
    alive: list[int] = []
    for pid in pids:
        with suppress(ProcessLookupError):
            # A pidfd names this process even if its id is used again while we wait.
            descriptor = os.pidfd_open(pid)
            try:
                signal.pidfd_send_signal(descriptor, with_signal)
                if not select.select([descriptor], [], [], within_s)[0]:
                    alive.append(pid)
            finally:
                os.close(descriptor)
    return alive


class KeptRunning:
    """Runs a command, again and again when it ends, each time in a session of its own.

    The pause before a restart doubles from 0.5 s to 30 s, and is short again after a minute of
    running. What the command leaves in its session is killed before it is started again.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        log: Path,
        on_end: Callable[[int, float], None],
    ) -> None:
        """`on_end` is told the exit code and the seconds until the restart."""
        self.log = log
        self._command = command
        self._environment = environment
        self._on_end = on_end
        self._process: asyncio.subprocess.Process | None = None

    async def run(self) -> None:
        """Keep the command running until cancelled; then end it, by force after 20 s."""
        clock = asyncio.get_running_loop().time
        pause_s = _SHORTEST_PAUSE_S
        while True:
            begun = clock()
            code = await self._run_once()
            if clock() - begun > _STABLE_AFTER_S:
                pause_s = _SHORTEST_PAUSE_S
            self._on_end(code, pause_s)
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    def kill(self) -> None:
        """End the command and what it started, at once."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    async def _run_once(self) -> int:
        if self.log.exists() and self.log.stat().st_size > _LOG_LIMIT_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as output:
            self._process = process = await asyncio.create_subprocess_exec(
                *tied(self._command, on_parent_death=signal.SIGTERM),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=self._environment,
                start_new_session=True,
            )
        try:
            return await process.wait()
        finally:
            if process.returncode is None:
                send(process.pid, signal.SIGTERM)
                with suppress(TimeoutError):
                    await asyncio.wait_for(process.wait(), _STOP_TIMEOUT_S)
            self.kill()
            await process.wait()
