"""The log by itself: the installation's own chain, and appends that meet each other."""

import asyncio

from argus.apps.operator import Operator
from argus.kernel.ids import OrganizationId, new_id
from argus.kernel.principal import system
from argus.services.audit.entries.service import INSTALLATION, AuditLog, list_chains
from support.audit import Log
from support.platform import TestPlatform


async def test_what_belongs_to_no_organization_stands_in_the_installations_chain(
    platform: TestPlatform, log: Log
) -> None:
    async with platform.unit_of_work("audit", system("audit", INSTALLATION)) as uow:
        own = [link.body async for link in AuditLog(uow).links()]
        assert (await AuditLog(uow).verify()).valid
    assert any('"SigningKeyRotated"' in body for body in own)
    assert not any(log.owner.organization_id in body for body in own)


async def test_the_operator_verifies_every_chain_also_one_that_is_no_longer_noted(
    platform: TestPlatform, log: Log
) -> None:
    operator, tenant = Operator(platform.composition), log.owner.organization_id

    async def broken() -> dict[str, bool]:
        return {one.chain: not one.verdict.valid for one in await operator.verify_audit()}

    assert await broken() == {"installation": False, tenant: False}
    with log.tampered("delete from audit.chain where organization_id = %(organization)s"):
        assert await broken() == {"installation": False, tenant: True}


async def test_racing_units_of_work_append_one_after_the_other(platform: TestPlatform) -> None:
    tenant = system("audit", OrganizationId(new_id()))

    async def append(number: int) -> None:
        async with platform.unit_of_work("audit", tenant) as uow:
            await AuditLog(uow).append(str(new_id()), {"type": "Test", "n": number})

    async with asyncio.TaskGroup() as tasks:
        for number in range(16):
            tasks.create_task(append(number))
    async with platform.unit_of_work("audit", tenant) as uow:
        verdict = await AuditLog(uow).verify()
        assert (verdict.valid, verdict.entries) == (True, 16)
        assert await list_chains(uow) == [tenant.organization_id]
