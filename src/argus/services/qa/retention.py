"""How long runs are kept: by the organization's tier, else by the installation's settings."""

import asyncio
from datetime import timedelta

from sqlalchemy import text

from argus.contracts.billing.rpc import CHECK_ENTITLEMENT
from argus.contracts.billing.v1 import billing_pb2
from argus.kernel import context
from argus.kernel.db.unit_of_work import Database
from argus.kernel.ids import OrganizationId
from argus.kernel.objects import FolderObjects
from argus.kernel.principal import system
from argus.kernel.rpc.client import Rpc
from argus.services.qa.runs.service import artifacts_of
from argus.services.qa.settings import QaSettings

FEATURE = "qa_kept_days"
BATCH = 100
"""So many runs are deleted in one transaction."""

_KEEPING = text(
    "select organization_id from qa.run where ended_at is not null"
    " union select organization_id from qa.suite_version"
)
_TAKE_RUNS = text("""
    delete from qa.run where id in (
      select id from qa.run where organization_id = :organization and ended_at < :before
      order by ended_at limit :batch for update skip locked
    ) returning id
""")
_DROP_VERSIONS = text("""
    delete from qa.suite_version v using qa.suite s
    where s.id = v.suite_id and v.organization_id = :organization and v.created_at < :before
      and v.number < s.latest
""")


class Retention:
    """Deletes what is past its retention: ended runs with their events, results and artifacts, and
    versions of suites but the latest.
    """

    def __init__(self, database: Database, objects: FolderObjects, settings: QaSettings) -> None:
        self._database, self._objects, self._settings = database, objects, settings

    async def tidy(self, rpc: Rpc) -> None:
        """Do it for all organizations. A run's artifacts go after its rows are gone for good."""
        reason = "each organization has something to forget"
        async with self._database.unit_of_work(system("qa"), unscoped=reason) as uow:
            keeping = list((await uow.session.execute(_KEEPING)).scalars())
        for organization_id in map(OrganizationId, keeping):
            await self._forget(organization_id, await self._kept(rpc, organization_id))

    async def _kept(self, rpc: Rpc, organization_id: OrganizationId) -> timedelta:
        context.principal.set(system("qa", organization_id))
        answer = await rpc.call(
            CHECK_ENTITLEMENT, billing_pb2.CheckEntitlementRequest(feature=FEATURE, quantity=0)
        )
        days = answer.limit if answer.allowed and answer.limit > 0 else self._settings.kept_days
        return timedelta(days=days)

    async def _forget(self, organization_id: OrganizationId, kept: timedelta) -> None:
        of = {"organization": organization_id, "before": self._database.clock.now() - kept}
        principal = system("qa", organization_id)
        async with self._database.unit_of_work(principal) as uow:
            await uow.session.execute(_DROP_VERSIONS, of)
        gone = [None] * BATCH
        while len(gone) == BATCH:
            async with self._database.unit_of_work(principal) as uow:
                gone = list(
                    (await uow.session.execute(_TAKE_RUNS, {**of, "batch": BATCH})).scalars()
                )
            for run_id in gone:
                await asyncio.to_thread(self._objects.delete, artifacts_of(run_id))
