import asyncio
import os
import select
import signal
import sys
from collections.abc import AsyncGenerator
from pathlib import Path

import psutil
import pytest
from argon2 import PasswordHasher as Argon2

from argus.services.auth.hashing_process import NICENESS
from argus.services.auth.password_hasher import HashedPassword, HashersBusy, PasswordHasher

OLD, NEW = {"old": b"o" * 32}, {"new": b"n" * 32}
PASSWORD = "correct horse battery staple"


@pytest.fixture
async def hasher() -> AsyncGenerator[PasswordHasher]:
    made = PasswordHasher(NEW | OLD, processes=1, waiting=2)
    yield made
    await made.close()


def hashing_processes(parent: int | None = None) -> list[int]:
    """Living hashing processes of this process, or of another one."""
    children = psutil.Process(parent).children()
    return [child.pid for child in children if "hashing_process.py" in "".join(child.cmdline())]


async def test_a_password_is_verified_and_no_other_is(hasher: PasswordHasher) -> None:
    stored = await hasher.hash(PASSWORD)
    assert stored.hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await hasher.verify(PASSWORD, stored)
    assert not await hasher.verify(PASSWORD + " ", stored)
    assert not await hasher.verify(PASSWORD, None)


async def test_a_password_is_the_same_however_its_characters_are_composed(
    hasher: PasswordHasher,
) -> None:
    stored = await hasher.hash("e\u0301te\u0301 au lait, please")
    assert await hasher.verify("\u00e9t\u00e9 au lait, please", stored)


async def test_the_password_alone_does_not_open_the_stored_hash(hasher: PasswordHasher) -> None:
    """Who steals the database and lacks the pepper cannot even start to guess."""
    stored = await hasher.hash(PASSWORD)
    assert not await hasher.verify(PASSWORD, HashedPassword(stored.hash, "old"))
    assert not await hasher.verify(PASSWORD, HashedPassword(stored.hash, "of another house"))


async def test_a_hash_of_an_earlier_pepper_or_cost_still_opens_and_is_outdated(
    hasher: PasswordHasher,
) -> None:
    earlier = PasswordHasher(OLD, processes=1, waiting=1)
    stored = await earlier.hash(PASSWORD)
    await earlier.close()
    assert await hasher.verify(PASSWORD, stored)
    assert hasher.is_outdated(stored)
    cheap = HashedPassword(Argon2(time_cost=1, memory_cost=64).hash("x"), "new")
    assert hasher.is_outdated(cheap)
    assert not hasher.is_outdated(await hasher.hash(PASSWORD))


@pytest.mark.requirement("attacks:people:enumeration-by-time")
async def test_a_user_without_a_password_costs_the_same_work(hasher: PasswordHasher) -> None:
    stored = await hasher.hash(PASSWORD)
    [pid] = hashing_processes()

    async def cpu_ticks(against: HashedPassword | None) -> int:
        before = cpu(pid)
        for _ in range(2):
            assert not await hasher.verify("wrong", against)
        return cpu(pid) - before

    somebody = nobody = 0
    for _ in range(4):  # by turns: what else the machine does slows both down
        somebody += await cpu_ticks(stored)
        nobody += await cpu_ticks(None)
    assert 0.6 < nobody / somebody < 1.7


def cpu(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


async def test_hashing_runs_below_the_servers_priority(hasher: PasswordHasher) -> None:
    await hasher.hash(PASSWORD)
    [pid] = hashing_processes()
    own = os.getpriority(os.PRIO_PROCESS, 0)
    assert os.getpriority(os.PRIO_PROCESS, pid) == min(own + NICENESS, 19)


async def test_a_hasher_is_in_the_servers_session_and_out_of_reach_of_its_terminal(
    hasher: PasswordHasher,
) -> None:
    """Between sessions Linux does not compare niceness; Ctrl-C goes to the group of processes."""
    await hasher.hash(PASSWORD)
    [pid] = hashing_processes()
    assert os.getsid(pid) == os.getsid(0)
    assert os.getpgid(pid) == pid


async def test_a_killed_process_is_replaced_and_nobody_notices(hasher: PasswordHasher) -> None:
    stored = await hasher.hash(PASSWORD)
    [pid] = hashing_processes()
    os.kill(pid, signal.SIGKILL)
    assert await hasher.verify(PASSWORD, stored)
    [replacement] = hashing_processes()
    assert replacement != pid


async def test_beyond_the_queue_requests_are_refused_at_once(hasher: PasswordHasher) -> None:
    """One works, two wait, the others are told when to come again."""
    answers = await asyncio.gather(
        *(hasher.hash(PASSWORD) for _ in range(5)), return_exceptions=True
    )
    refused = [answer for answer in answers if isinstance(answer, HashersBusy)]
    assert [type(answer) for answer in answers if answer not in refused] == [HashedPassword] * 3
    assert [answer.headers for answer in refused] == [{"Retry-After": "2"}] * 2


async def test_an_abandoned_question_is_not_answered_to_the_next(hasher: PasswordHasher) -> None:
    stored = await hasher.hash(PASSWORD)
    async with asyncio.TaskGroup() as group:
        asking = group.create_task(hasher.verify(PASSWORD, stored))
        await asyncio.sleep(0)
        asking.cancel()
    assert not await hasher.verify("another question", stored)


async def test_processes_end_when_the_server_is_killed() -> None:
    script = """
import asyncio
from argus.services.auth.password_hasher import PasswordHasher
async def main():
    await PasswordHasher({"a": b"a" * 32}, processes=1, waiting=1).hash("x")
    print("ready", flush=True)
    await asyncio.Event().wait()
asyncio.run(main())
"""
    source = str(Path(__file__).parents[3] / "src")
    server = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        script,
        env={**os.environ, "PYTHONPATH": source},
        stdout=asyncio.subprocess.PIPE,
    )
    assert server.stdout is not None
    async with asyncio.timeout(30):
        assert await server.stdout.readline() == b"ready\n"
    [child] = hashing_processes(server.pid)
    descriptor = os.pidfd_open(child)
    try:
        os.kill(server.pid, signal.SIGKILL)
        await server.wait()
        assert select.select([descriptor], [], [], 30)[0], "the hashing process lives on"
    finally:
        os.close(descriptor)
