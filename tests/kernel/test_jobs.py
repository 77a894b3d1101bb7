"""Jobs: enqueued with their transaction, run at least once, given back when a worker dies."""

import asyncio

import psycopg
import pytest
import sqlalchemy.exc
from sqlalchemy import text

from argus.kernel import jobs
from argus.kernel.ids import OrganizationId
from argus.kernel.module import Job, JobCall
from support.toy import Things, Toy, of, organization


async def enqueue(toy: Toy, name: str, *, lock: str | None = None) -> OrganizationId:
    tenant = organization()
    async with toy.database.unit_of_work(of(tenant)) as uow:
        await uow.enqueue("toy.make", lock=lock, name=name)
    return tenant


async def make(call: JobCall, *, name: str) -> None:
    async with call.unit_of_work() as uow:
        await Things(uow).make(name)


async def work_off(toy: Toy, job: Job) -> None:
    queue = toy.database.jobs
    assert queue is not None
    await queue.work_off(toy.with_(jobs=[job]), toy.rpc)


async def test_a_job_runs_for_the_organization_that_enqueued_it(toy: Toy) -> None:
    tenant = await enqueue(toy, "made")
    await work_off(toy, Job("toy.make", make))
    assert toy.query("select name, organization_id from toy.thing") == [("made", tenant)]


async def test_a_job_is_not_enqueued_when_its_unit_rolls_back(toy: Toy) -> None:
    async with toy.rolled_back() as uow:
        await uow.enqueue("toy.make", name="never")
    await work_off(toy, Job("toy.make", make))
    assert toy.names() == []


async def test_a_failing_job_is_repeated_later_and_counts_its_attempts(toy: Toy) -> None:
    attempts: list[int] = []

    async def fail_once(call: JobCall, *, name: str) -> None:
        attempts.append(call.attempt)
        if len(attempts) == 1:
            raise RuntimeError("not yet")
        await make(call, name=name)

    await enqueue(toy, "made")
    await work_off(toy, Job("toy.make", fail_once))
    assert toy.names() == []
    toy.execute("update toy.procrastinate_jobs set scheduled_at = null")
    await work_off(toy, Job("toy.make", fail_once))
    assert (toy.names(), attempts) == (["made"], [1, 2])


async def test_jobs_of_one_lock_do_not_run_side_by_side(toy: Toy) -> None:
    running: list[str] = []
    most = 0

    async def note(_call: JobCall, *, name: str) -> None:
        nonlocal most
        running.append(name)
        most = max(most, len(running))
        await asyncio.sleep(0)
        running.remove(name)

    for name in "abc":
        await enqueue(toy, name, lock="one at a time")
    await work_off(toy, Job("toy.make", note))
    assert most == 1


async def test_the_job_of_a_dead_worker_is_given_back(
    toy: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "HEARTBEAT_S", 0.1)
    monkeypatch.setattr(jobs, "STALLED_S", 0.5)
    await enqueue(toy, "made")
    toy.execute(
        "with dead as (insert into toy.procrastinate_workers (last_heartbeat)"
        " values (now() - interval '1 minute') returning id)"
        " update toy.procrastinate_jobs set status = 'doing', worker_id = dead.id from dead"
    )
    queue = toy.database.jobs
    assert queue is not None
    async with asyncio.TaskGroup() as group:
        module = toy.with_(jobs=[Job("toy.make", make)])
        task = group.create_task(queue.work(module, toy.rpc, concurrency=1))
        await toy.until("select name from toy.thing", "made")
        task.cancel()


async def test_a_job_that_loses_the_database_is_repeated_beyond_its_retries(toy: Toy) -> None:
    attempts: list[int] = []

    async def lose_it_once(call: JobCall, *, name: str) -> None:
        attempts.append(call.attempt)
        async with call.unit_of_work() as uow:
            if len(attempts) == 1:
                await uow.session.execute(text("select pg_terminate_backend(pg_backend_pid())"))
            await Things(uow).make(name)

    await enqueue(toy, "made")
    queue = toy.database.jobs
    assert queue is not None
    async with asyncio.TaskGroup() as group:
        module = toy.with_(jobs=[Job("toy.make", lose_it_once, retries=0)])
        task = group.create_task(queue.work(module, toy.rpc, concurrency=1))
        await toy.until("select name from toy.thing", "made")
        task.cancel()
    assert attempts == [1, 2]


@pytest.mark.parametrize(
    ("error", "lost"),
    [
        (psycopg.OperationalError(), True),
        (sqlalchemy.exc.OperationalError("select", {}, psycopg.OperationalError()), True),
        (sqlalchemy.exc.TimeoutError(), True),
        (
            ExceptionGroup("", [ValueError(), ExceptionGroup("", [psycopg.OperationalError()])]),
            True,
        ),
        (sqlalchemy.exc.IntegrityError("insert", {}, psycopg.IntegrityError()), False),
        (TimeoutError(), False),
        (ExceptionGroup("", [ValueError()]), False),
    ],
)
def test_a_lost_database_is_told_from_other_errors(error: Exception, *, lost: bool) -> None:
    assert jobs.lost_database(error) is lost


async def test_a_process_too_busy_for_its_heartbeat_keeps_its_own_jobs(
    toy: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "HEARTBEAT_S", 0.1)
    monkeypatch.setattr(jobs, "STALLED_S", -60)  # every heartbeat is too old
    kept: list[object] = []

    async def wait_for_the_orphan(call: JobCall, *, name: str) -> None:
        if name == "busy":
            await toy.until("select name from toy.thing", "orphan")
            mine = "select status, attempts from procrastinate_jobs where args ->> 'name' = 'busy'"
            kept.extend(toy.query(mine))
        await make(call, name=name)

    await enqueue(toy, "orphan")
    toy.execute("update toy.procrastinate_jobs set status = 'doing'")
    await enqueue(toy, "busy")
    queue = toy.database.jobs
    assert queue is not None
    async with asyncio.TaskGroup() as group:
        module = toy.with_(jobs=[Job("toy.make", wait_for_the_orphan)])
        task = group.create_task(queue.work(module, toy.rpc, concurrency=2))
        await toy.until("select count(*) from toy.thing", 2)
        task.cancel()
    assert kept == [("doing", 0)]
