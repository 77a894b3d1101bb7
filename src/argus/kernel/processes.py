"""Processes of Linux: start one that ends with its parent, recognise one, end one."""

import os
import pwd
import select
import signal
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from argus.kernel import launcher


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
