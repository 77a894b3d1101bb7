import asyncio
import os
import select
import signal
import subprocess
import sys
from pathlib import Path

from argus.kernel.processes import KeptRunning, end, find, start_time, tied

SLEEPER = [sys.executable, "-c", "import signal; signal.pause()"]


def wait_until_dead(pid: int) -> bool:
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([descriptor], [], [], 30)[0])
    finally:
        os.close(descriptor)


def test_a_tied_process_is_signalled_when_its_parent_is_killed() -> None:
    script = f"""
import subprocess, signal
from argus.kernel.processes import tied
child = subprocess.Popen(tied({SLEEPER!r}, on_parent_death=signal.SIGTERM))
print(child.pid, flush=True)
child.wait()
"""
    environment = os.environ | {"PYTHONPATH": "src"}
    parent = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, env=environment
    )
    assert parent.stdout is not None
    with parent.stdout:
        child = int(parent.stdout.readline())
    assert start_time(child) is not None
    parent.kill()
    parent.wait()
    assert wait_until_dead(child)


def test_a_tied_process_is_not_started_for_a_parent_that_is_gone() -> None:
    marker = "import sys; sys.exit(7)"
    command = tied([sys.executable, "-c", marker], on_parent_death=signal.SIGTERM)
    started_by_the_parent = subprocess.run(command, check=False)
    command[3] = "1"  # the parent's id: as if another process had taken the child over
    started_by_another = subprocess.run(command, check=False)
    assert (started_by_the_parent.returncode, started_by_another.returncode) == (7, 0)


def test_a_tied_process_keeps_the_id_it_was_started_with() -> None:
    script = "import os; print(os.getpid())"
    process = subprocess.Popen(
        tied([sys.executable, "-c", script], on_parent_death=signal.SIGTERM),
        stdout=subprocess.PIPE,
        text=True,
    )
    output, _ = process.communicate()
    assert int(output) == process.pid


def test_a_zombie_has_no_start_time() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    assert wait_until_dead(process.pid)
    assert Path(f"/proc/{process.pid}").exists()
    assert start_time(process.pid) is None
    process.wait()


def test_the_start_time_stays_the_same_and_is_unknown_for_a_dead_process() -> None:
    assert start_time(os.getpid()) == start_time(os.getpid())
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    assert start_time(process.pid) is None


def test_a_process_is_found_by_program_and_mark(tmp_path: Path) -> None:
    mark = str(tmp_path)
    script = "import signal; print(); signal.pause()"
    process = subprocess.Popen([sys.executable, "-uc", script, mark], stdout=subprocess.PIPE)
    assert process.stdout is not None
    with process.stdout:
        process.stdout.readline()  # a program that has just replaced another shows no arguments
    program = Path(f"/proc/{process.pid}/comm").read_text().strip()
    assert find(program, mark) == [process.pid]
    assert find("another", mark) == []
    end([process.pid], signal.SIGKILL, within_s=30)
    process.wait()


def test_ending_tells_which_processes_withstood_the_signal() -> None:
    script = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(); signal.pause()"
    process = subprocess.Popen([sys.executable, "-uc", script], stdout=subprocess.PIPE)
    assert process.stdout is not None
    with process.stdout:
        process.stdout.readline()
    assert end([process.pid], signal.SIGTERM, within_s=0.05) == [process.pid]
    assert end([process.pid], signal.SIGKILL, within_s=30) == []
    process.wait()


async def started(tasks: asyncio.TaskGroup, kept: KeptRunning, text: str) -> asyncio.Task[None]:
    """Start it and wait until its log contains `text`."""
    task = tasks.create_task(kept.run())
    async with asyncio.timeout(30):
        while not kept.log.exists() or text not in kept.log.read_text():  # noqa: ASYNC110 - a file
            await asyncio.sleep(0.01)
    return task


def keep(script: str, log: Path, ends: asyncio.Queue[tuple[int, float]]) -> KeptRunning:
    return KeptRunning(
        [sys.executable, "-uc", script],
        environment=dict(os.environ),
        log=log,
        on_end=lambda code, pause_s: ends.put_nowait((code, pause_s)),
    )


def test_a_process_that_was_told_to_stop_ends_though_its_loop_turns_no_more() -> None:
    script = """
import asyncio, signal
from argus.kernel import processes

async def hang():
    processes.on_stop(list)
    print("begun", flush=True)
    while True:
        signal.pause()

processes._STOP_TIMEOUT_S = 1
asyncio.run(hang())
"""
    environment = os.environ | {"PYTHONPATH": "src"}
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        process.terminate()
        try:
            assert process.wait(30) == -signal.SIGALRM
        finally:
            process.kill()


async def test_a_command_that_ends_is_started_again_after_growing_pauses(tmp_path: Path) -> None:
    ends: asyncio.Queue[tuple[int, float]] = asyncio.Queue()
    kept = keep("print('begun'); raise SystemExit(3)", tmp_path / "log", ends)
    async with asyncio.TaskGroup() as tasks, asyncio.timeout(30):
        task = await started(tasks, kept, "begun")
        assert [await ends.get(), await ends.get()] == [(3, 0.5), (3, 1.0)]
        task.cancel()
    assert kept.log.read_text() == "begun\nbegun\n"


async def test_cancelling_ends_the_command_in_good_order(tmp_path: Path) -> None:
    script = """
import signal, sys
def leave(*_):
    print("tidied up")
    sys.exit()
signal.signal(signal.SIGTERM, leave)
print("begun")
signal.pause()
"""
    ends: asyncio.Queue[tuple[int, float]] = asyncio.Queue()
    kept = keep(script, tmp_path / "log", ends)
    async with asyncio.TaskGroup() as tasks:
        (await started(tasks, kept, "begun")).cancel()
    assert kept.log.read_text() == "begun\ntidied up\n"
    assert ends.empty()


async def test_what_a_command_started_does_not_outlive_it(tmp_path: Path) -> None:
    script = f"""
import subprocess, sys, signal
print(subprocess.Popen({SLEEPER!r}).pid)
signal.pause()
"""
    kept = keep(script, tmp_path / "log", asyncio.Queue())
    async with asyncio.TaskGroup() as tasks:
        (await started(tasks, kept, "\n")).cancel()
    assert wait_until_dead(int(kept.log.read_text()))


async def test_killing_ends_a_command_that_withstands_the_signal(tmp_path: Path) -> None:
    script = """
import signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("begun")
while True:
    signal.pause()
"""
    kept = keep(script, tmp_path / "log", asyncio.Queue())
    async with asyncio.TaskGroup() as tasks, asyncio.timeout(30):
        (await started(tasks, kept, "begun")).cancel()
        await asyncio.sleep(0)  # let it send the signal that is ignored
        kept.kill()
