"""A thousand stored runs: what the next one reads and writes does not grow with them."""

from collections.abc import Awaitable, Callable
from typing import LiteralString, cast
from uuid import UUID

import pytest
from sqlalchemy import text

from argus.kernel.db.unit_of_work import UnitOfWork
from argus.kernel.ids import OrganizationId, parse_id
from argus.kernel.principal import system
from argus.services.qa.patterns.service import HealingService
from argus.services.qa.runs.repository import (
    RunEventRepository,
    RunRepository,
    TestResultRepository,
)
from argus.services.qa.runs.schemas import Goal
from argus.services.qa.worker.execution import REMEMBERED_RUNS
from argus.services.qa.worker.repository import PassingTrailRepository
from support.platform import TestPlatform

RUNS, TESTS, EVENTS = 1_000, 3, 5
APP, OTHER = "http://127.0.0.1:8000/", "http://127.0.0.1:9000/"
OF_APP = 100
"""So many of the runs, the oldest, are of the first application."""

SEED = f"""
    insert into qa.run (id, organization_id, app_url, status, options, suite, seed, report,
                        last_event, created_by, created_at, ended_at, goal)
      select ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, %(organization)s,
             case when n <= {OF_APP} then '{APP}' else '{OTHER}' end, 'passed', '{{}}', '{{}}', 0,
             '{{}}', {EVENTS}, 'somebody', now(), now(), 'test'
        from generate_series(1, {RUNS}) n;
    insert into qa.run (id, organization_id, app_url, status, options, seed, created_by, created_at,
                        ended_at)
      select ('00000000-0000-7000-9000-' || lpad(to_hex(n), 12, '0'))::uuid, gen_random_uuid(),
             '{APP}', 'passed', '{{}}', 0, 'somebody else', now(), now()
        from generate_series(1, {RUNS}) n;
    insert into qa.test_result (run_id, organization_id, test_id, result)
      select id, organization_id, 'test-' || t, '{{"result": {{"status": "passed"}}}}'
        from qa.run, generate_series(1, {TESTS}) t where organization_id = %(organization)s;
    insert into qa.run_event (run_id, organization_id, seq, type, data, at)
      select id, organization_id, e, 'test_started', '{{}}', now()
        from qa.run, generate_series(1, {EVENTS}) e where organization_id = %(organization)s;
    insert into qa.passing_trail (organization_id, app, test_id, trail, run_id)
      select %(organization)s, '{APP}' || n, 'test-' || t, '[]', gen_random_uuid()
        from generate_series(1, {RUNS}) n, generate_series(1, {TESTS}) t;
    analyze qa.run, qa.test_result, qa.run_event, qa.passing_trail;
"""
TOUCHED = """
    select coalesce(sum(seq_tup_read + coalesce(idx_tup_fetch, 0)), 0)
      from pg_stat_xact_user_tables where schemaname = 'qa'
"""
"""Rows that this transaction has read so far, from tables and through indexes."""

Ask = Callable[[UnitOfWork, UUID], Awaitable[object]]

ASKED: dict[str, tuple[Ask, int]] = {  # a planner looks at some rows of its own
    "a page of the list": (
        lambda uow, _: RunRepository(uow).list_newest(None, 51, suite_id=None, goal=None),
        2 * 51,
    ),
    "a page of the sessions": (
        lambda uow, _: RunRepository(uow).list_newest(None, 51, suite_id=None, goal=Goal.TEST),
        2 * 51,
    ),
    "a run": (lambda uow, last: RunRepository(uow).get_for_update(last), 4),
    "its next event": (lambda uow, last: RunRepository(uow).next_event(last, 1.0), 4),
    "its events": (lambda uow, last: RunEventRepository(uow).after(last, 0, 200), 2 * EVENTS),
    "its results": (lambda uow, last: TestResultRepository(uow).of_run(last), 2 * TESTS),
    "how the tests came out before": (
        lambda uow, _: TestResultRepository(uow).history(APP, REMEMBERED_RUNS),
        2 * REMEMBERED_RUNS * (1 + TESTS),
    ),
    "what they did when they passed": (
        lambda uow, _: PassingTrailRepository(uow).of_tests(f"{APP}7", ["test-1", "test-2"]),
        2 * TESTS,
    ),
    "what was healed": (lambda uow, _: HealingService(uow, uow.database.clock).patterns_of(APP), 0),
}


@pytest.fixture
async def organization(platform: TestPlatform) -> OrganizationId:
    """One with a thousand runs of one application."""
    owner = await platform.owner()
    found = OrganizationId(parse_id("org", owner.organization_id))
    seed = SEED.replace("%(organization)s", f"'{found}'::uuid")
    platform.owner_connection.execute(cast("LiteralString", seed))
    return found


async def test_what_a_run_asks_for_touches_as_many_rows_among_a_thousand_runs_as_among_few(
    platform: TestPlatform, organization: OrganizationId
) -> None:
    newest = UUID(f"00000000-0000-7000-8000-{RUNS:012x}")
    touched: dict[str, int] = {}
    for what, (ask, _) in ASKED.items():
        async with platform.unit_of_work("qa", system("qa", organization)) as uow:
            before = await uow.session.scalar(text(TOUCHED))
            assert await ask(uow, newest) is not None
            touched[what] = int(await uow.session.scalar(text(TOUCHED)) - before)
    most = {what: limit for what, (_, limit) in ASKED.items()}
    assert {what: rows for what, rows in touched.items() if rows > most[what]} == {}
    assert touched["a page of the list"] >= 51, "the measure sees rows"


async def test_every_run_is_in_the_list_once_page_by_page(
    platform: TestPlatform, organization: OrganizationId
) -> None:
    found: list[UUID] = []
    async with platform.unit_of_work("qa", system("qa", organization)) as uow:
        runs = RunRepository(uow)
        while page := await runs.list_newest(
            found[-1] if found else None, 200, suite_id=None, goal=None
        ):
            found += [run.id for run in page]
    assert len(found) == len(set(found)) == RUNS
    assert found == sorted(found, reverse=True)
