"""What a platform costs that nobody uses."""

import time
from collections import defaultdict

import psutil

from bench import stage
from bench.figures import Figure
from bench.rounds import cpu_s

_SETTLING_S = 30


def run(*, seconds: float) -> list[Figure]:
    """CPU of all its processes, PostgreSQL's among them; the floor is a bare server's."""
    with stage.floor() as floor, stage.platform() as platform:
        time.sleep(_SETTLING_S)  # noqa: TID251 - start-up's work is to be over
        parts = defaultdict[str, list[int]](list)
        for process in [platform.supervisor, *platform.supervisor.children(recursive=True)]:
            parts[_part(process)].append(process.pid)
        before = {name: cpu_s(pids) for name, pids in parts.items()}
        floor_before = cpu_s([floor.pid])
        time.sleep(seconds)  # noqa: TID251 - idling is what is measured
        shares = {
            name: (cpu_s(pids) - before[name]) / seconds * 100 for name, pids in parts.items()
        }
        bare = (cpu_s([floor.pid]) - floor_before) / seconds * 100
    return [
        Figure("CPU while idle", sum(shares.values()), "% of a core", at_most=1, floor=bare),
        *(Figure(f"  {name}", share, "% of a core") for name, share in sorted(shares.items())),
    ]


def _part(process: psutil.Process) -> str:
    if process.name().startswith("postgres"):
        return "PostgreSQL"
    known = ("serve", "worker")
    return next((name for name in known if name in process.cmdline()), "supervisor")
