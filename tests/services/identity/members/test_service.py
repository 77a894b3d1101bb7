import asyncio
from collections.abc import Coroutine

from argus.contracts.permissions import Role
from argus.kernel.errors import ArgusError
from argus.kernel.ids import OrganizationId, UserId, parse_id
from argus.kernel.principal import Principal, PrincipalKind
from argus.services.identity.authority import permissions_of
from argus.services.identity.members.errors import LastOwner
from argus.services.identity.members.service import MemberService
from support.organizations import Tenant
from support.platform import TestPlatform


async def until_someone_waits_for_a_lock(platform: TestPlatform) -> None:
    """Return when a transaction of the database waits for another one."""
    async with asyncio.timeout(30):
        while not platform.query(  # noqa: ASYNC110 - PostgreSQL tells of no lock wait
            "select from pg_stat_activity"
            " where datname = current_database() and wait_event_type = 'Lock'"
        ):
            await asyncio.sleep(0.01)


async def refused(call: Coroutine[None, None, None]) -> ArgusError | None:
    try:
        await call
    except ArgusError as error:
        return error
    return None


async def test_of_two_owners_who_demote_each_other_one_stays(
    platform: TestPlatform, acme: Tenant
) -> None:
    bob = UserId(parse_id("usr", (await acme.member("bob@example.com", "owner")).user_id))
    ada = UserId(parse_id("usr", acme.owner.user_id))
    owner = Principal(
        PrincipalKind.USER,
        acme.owner.user_id,
        OrganizationId(parse_id("org", acme.id)),
        permissions=permissions_of(["owner"]),
    )

    async def demote_ada() -> None:
        async with platform.unit_of_work("identity", owner) as uow:
            await MemberService(uow, platform.clock).change_roles(ada, [Role.VIEWER])

    async with asyncio.TaskGroup() as tasks, platform.unit_of_work("identity", owner) as uow:
        await MemberService(uow, platform.clock).change_roles(bob, [Role.VIEWER])
        demotion = tasks.create_task(refused(demote_ada()))
        await until_someone_waits_for_a_lock(platform)
    assert isinstance(demotion.result(), LastOwner)
