"""Interleaved rounds of load on pinned processes, and what a request costs there.

The figure to compare is the server's CPU time per request, and its inverse, requests per second of
a full core: it hardly depends on the generator or on what else the machine does. Subjects take
turns, so that a noisy minute falls on all of them.
"""

import json
import math
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from bench.load import Load, Order

flames: ContextVar[Path | None] = ContextVar("argus_bench_flames", default=None)
"""The folder for flame graphs, if any are asked for."""
_CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE = _CORES[0]


def make_room() -> None:
    """Leave a core to the measured process: this one, and what it starts, use the others."""
    os.sched_setaffinity(0, _CORES[1:] or _CORES)


@contextmanager
def on_every_core() -> Generator[None]:
    """Within the block what is started may use the measured process's core too."""
    room = os.sched_getaffinity(0)
    os.sched_setaffinity(0, _CORES)
    try:
        yield
    finally:
        os.sched_setaffinity(0, room)


@dataclass(frozen=True)
class Server:
    """A process under load: who works, and who works for it."""

    pid: int
    port: int
    database_pids: Callable[[], list[int]] = list
    """PostgreSQL's processes of this moment."""

    def pin(self) -> "Server":
        """Give the process a core for itself; returns it."""
        for thread in psutil.Process(self.pid).threads():
            os.sched_setaffinity(thread.id, {SERVER_CORE})
        return self


@dataclass(frozen=True)
class Subject:
    """One row of the table: a server, and what it is asked in each round."""

    name: str
    server: Server
    requests: Callable[[int], list[bytes]]
    """By round; what cannot be asked twice differs from round to round."""
    connections: int = 64
    per_request: int = 1
    """How many things one request asks for (a batch)."""
    once: bool = False
    target: float | None = None
    """Per second and core, from DESIGN section 13."""
    rpc: str = ""
    """The path of a method that is called over gRPC; its requests are messages."""
    authorization: str = ""
    """Of calls."""


@dataclass(frozen=True)
class Row:
    """Medians over the rounds."""

    name: str
    per_second: float
    """As seen by the generator, which may be the limit."""
    per_core: float
    """1 / CPU time of the server per request."""
    cpu_us: float
    database_us: float
    p50_ms: float
    p99_ms: float
    refused: int
    of_floor: float
    """`per_core` relative to the first subject of the same rounds."""
    target: float | None


def measure(subjects: Sequence[Subject], *, rounds: int, seconds: float) -> list[Row]:
    """The rows; the first subject is the floor of the others."""
    seen: dict[str, list[tuple[Load, float, float]]] = {subject.name: [] for subject in subjects}
    for number in range(rounds + 1):
        for subject in subjects:
            subject.server.pin()
            measured = _round(subject, number, seconds if number else min(seconds, 1.0))
            if number:  # the first round warms up
                seen[subject.name].append(measured)
            print(".", end="", flush=True, file=sys.stderr)
    print(file=sys.stderr)
    folder = flames.get()
    if folder is not None:
        for number, subject in enumerate(subjects[1:]):
            name = subject.name.replace("/", " ")
            _record(subject, rounds, seconds, folder / f"{number:02} {name}.svg")
    rows: list[Row] = []
    for subject in subjects:
        cpu_us = statistics.median(cpu for _, cpu, _ in seen[subject.name]) / subject.per_request
        loads = [load for load, _, _ in seen[subject.name]]
        per_core = 1e6 / cpu_us if cpu_us else 0.0
        rows.append(
            Row(
                name=subject.name,
                per_second=statistics.median(
                    load.answers / load.seconds * subject.per_request for load in loads
                ),
                per_core=per_core,
                cpu_us=cpu_us,
                database_us=statistics.median(db for _, _, db in seen[subject.name])
                / subject.per_request,
                p50_ms=statistics.median(load.p50_ms for load in loads),
                p99_ms=statistics.median(load.p99_ms for load in loads),
                refused=sum(load.refused for load in loads),
                of_floor=per_core / rows[0].per_core if rows and rows[0].per_core else 1.0,
                target=subject.target,
            )
        )
    return rows


def _record(subject: Subject, number: int, seconds: float, file: Path) -> None:
    """A flame graph of one more round, whose figures do not count."""
    command = [
        str(Path(sys.executable).with_name("py-spy")),
        "record",
        "--nonblocking",
        "--rate",
        "500",
        "--output",
        str(file),
    ]
    command += ["--pid", str(subject.server.pid), "--duration", str(math.ceil(seconds))]
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as recording:
        _round(subject, number, seconds)
        _, said = recording.communicate()
    if recording.returncode:
        print(f"no flame graph of {subject.name}: {said}", file=sys.stderr)


def _round(subject: Subject, number: int, seconds: float) -> tuple[Load, float, float]:
    """The load, and the CPU time per answer of server and database in microseconds."""
    server = subject.server
    order = Order(
        server.port,
        subject.requests(number),
        subject.connections,
        seconds,
        subject.once,
        rpc=subject.rpc,
        authorization=subject.authorization,
    )
    before, database_before = cpu_s([server.pid]), cpu_s(server.database_pids())
    load = generate(order)
    cpu = cpu_s([server.pid]) - before
    database = max(0.0, cpu_s(server.database_pids()) - database_before)
    return load, cpu / load.answers * 1e6, database / load.answers * 1e6


def generate(order: Order) -> Load:
    """Let the generator's process work."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.rpc_load" if order.rpc else "bench.load"],
        input=order.dump(),
        capture_output=True,
        text=True,
        check=True,
    )
    return Load(**json.loads(done.stdout))


def cpu_s(pids: Sequence[int]) -> float:
    """CPU time of these processes, in user and system mode, without their children."""
    total = 0.0
    for pid in pids:
        try:
            times = psutil.Process(pid).cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
    return total


def table(rows: Sequence[Row]) -> str:
    """For people."""
    lines = [
        (
            f"{'':34} {'per core/s':>11} {'target':>9} {'of floor':>9} {'CPU us':>8} {'DB us':>7}"
            f" {'p50 ms':>7} {'p99 ms':>7} {'seen/s':>9} {'refused':>8}"
        )
    ]
    for row in rows:
        target = f"{row.target:,.0f}" if row.target else ""
        verdict = "" if row.target is None else (" ok" if row.per_core >= row.target else " MISSED")
        lines.append(
            f"{row.name:34} {row.per_core:11,.0f} {target:>9} {row.of_floor:9.1%} {row.cpu_us:8.1f}"
            f" {row.database_us:7.1f} {row.p50_ms:7.2f} {row.p99_ms:7.2f} {row.per_second:9,.0f}"
            f" {row.refused:8}{verdict}"
        )
    return "\n".join(lines)


def as_json(rows: Sequence[Row]) -> list[dict[str, object]]:
    """For programs."""
    return [asdict(row) for row in rows]
