"""Becomes another program that ends with the process that started it; run as a script.

`python -IS launcher.py PARENT SIGNAL UID GID PROGRAM ARGUMENT...` drops to UID and GID (unless -1),
asks the kernel to send SIGNAL when the parent dies (prctl(2), PR_SET_PDEATHSIG), and executes
PROGRAM under the same process id. A script of its own, because code between fork and exec
(`preexec_fn`) is unsafe in a process with threads. `kernel.processes.tied` makes the command line.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def main(parent: str, signal: str, uid: str, gid: str, *command: str) -> None:
    """Become `command`; returns only if the parent is dead already."""
    if uid != "-1":
        os.setgroups([])
        os.setgid(int(gid))
        os.setuid(int(uid))
    # After setuid, which clears the setting.
    if ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal), 0, 0, 0) != 0:
        sys.exit("prctl(PR_SET_PDEATHSIG) failed")
    # A parent that died before prctl sends no signal any more.
    if os.getppid() == int(parent):
        os.execv(command[0], command)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main(*sys.argv[1:])
