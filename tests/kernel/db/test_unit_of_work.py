"""One unit of work is one transaction of one tenant."""

import asyncio

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError

from support.toy import Things, Toy, of, organization


async def test_a_unit_begins_at_its_first_statement(toy: Toy) -> None:
    async with toy.database.unit_of_work(of(organization())) as uow:
        assert not uow.begun
        await uow.session.execute(text("select 1"))
        assert uow.begun


async def test_whoever_waits_for_the_event_loop_goes_before_each_statement(toy: Toy) -> None:
    loop, order = asyncio.get_running_loop(), list[str]()
    async with toy.database.unit_of_work(of(None)) as uow:
        for moment in ("do_orm_execute", "before_commit"):
            event.listen(
                uow.session.sync_session, moment, lambda *_, moment=moment: order.append(moment)
            )
        loop.call_soon(order.append, "waiting")
        await uow.session.execute(text("select 1"))
        loop.call_soon(order.append, "waiting")
        await uow.session.scalar(text("select 1"))
        loop.call_soon(order.append, "waiting")
        await uow.session.flush()
        order.append("flushed")
        loop.call_soon(order.append, "waiting")
    assert order == [
        *("waiting", "do_orm_execute"),
        *("waiting", "do_orm_execute"),
        *("waiting", "flushed"),
        *("waiting", "before_commit"),
    ]


async def test_what_raises_leaves_nothing(toy: Toy) -> None:
    async with toy.rolled_back() as uow:
        await Things(uow).make("undone")
    assert toy.names() == []


async def test_a_failing_commit_raises_and_leaves_nothing(toy: Toy) -> None:
    with pytest.raises(IntegrityError):
        async with toy.database.unit_of_work(of(organization())) as uow:
            await Things(uow).make("orphan", parent_id=organization())
    assert toy.names() == []


async def test_a_unit_sees_the_rows_of_its_organization_only(toy: Toy) -> None:
    ours, theirs = organization(), organization()
    for tenant, name in ((ours, "ours"), (theirs, "theirs")):
        async with toy.database.unit_of_work(of(tenant)) as uow:
            await Things(uow).make(name)
    async with toy.database.unit_of_work(of(ours)) as uow:
        assert await Things(uow).names() == ["ours"]


async def test_a_unit_without_organization_sees_no_row(toy: Toy) -> None:
    async with toy.database.unit_of_work(of(organization())) as uow:
        await Things(uow).make("somebody's")
    async with toy.database.unit_of_work(of(None)) as uow:
        assert await Things(uow).names() == []


async def test_a_connection_that_served_a_tenant_shows_nothing_to_the_next_caller(toy: Toy) -> None:
    async with toy.database.unit_of_work(of(organization())) as uow:
        await Things(uow).make("somebody's")
        served = await uow.session.scalar(text("select pg_backend_pid()"))
    async with toy.database.unit_of_work(of(None)) as uow:
        setting = text("select current_setting('argus.organization_id', true)")
        assert await uow.session.scalar(text("select pg_backend_pid()")) == served
        assert await uow.session.scalar(setting) == ""
        assert await Things(uow).names() == []


async def test_a_row_for_another_organization_cannot_be_written(toy: Toy) -> None:
    planting = text("insert into thing values (gen_random_uuid(), gen_random_uuid(), 'planted')")
    async with toy.rolled_back() as uow:
        with pytest.raises(ProgrammingError, match="row-level security"):
            await uow.session.execute(planting)


async def test_an_unscoped_unit_sees_all_rows_and_the_next_one_does_not(toy: Toy) -> None:
    for name in ("one", "two"):
        async with toy.database.unit_of_work(of(organization())) as uow:
            await Things(uow).make(name)
    async with toy.database.unit_of_work(of(None), unscoped="it counts all") as uow:
        assert await Things(uow).names() == ["one", "two"]
    async with toy.database.unit_of_work(of(None)) as uow:
        assert await Things(uow).names() == []


async def test_an_entered_tenant_lasts_through_savepoints_and_no_longer_than_the_unit(
    toy: Toy,
) -> None:
    tenant = organization()
    async with toy.database.unit_of_work(of(None)) as uow:
        await uow.session.execute(text("select 1"))
        await uow.enter_tenant(tenant)
        async with uow.session.begin_nested():
            await Things(uow).make("in a savepoint")
        assert await Things(uow).names() == ["in a savepoint"]
    async with toy.database.unit_of_work(of(None)) as uow:
        assert await Things(uow).names() == []


async def test_the_repository_filters_even_where_rls_would_not(toy: Toy) -> None:
    ours, theirs = organization(), organization()
    for tenant in (ours, theirs):
        async with toy.database.unit_of_work(of(tenant)) as uow:
            await Things(uow).make("a thing")
    async with toy.database.unit_of_work(of(ours), unscoped="RLS is off") as uow:
        things = Things(uow)
        assert [thing.organization_id for thing in await things.all(things.scoped())] == [ours]


async def test_asking_for_the_tenant_where_there_is_none_is_an_error(toy: Toy) -> None:
    async with toy.database.unit_of_work(of(None)) as uow:
        with pytest.raises(LookupError):
            Things(uow).scoped()


async def test_the_error_of_a_statement_does_not_tell_its_values(toy: Toy) -> None:
    async with toy.rolled_back() as uow:
        with pytest.raises(DBAPIError, match="division by zero") as caught:
            await uow.session.execute(
                text("select 1 / 0 where cast(:secret as text) is not null"), {"secret": "hunter2"}
            )
        assert "hunter2" not in str(caught.value)
