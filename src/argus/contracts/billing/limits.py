"""The rate limit of a caller's tier, for the edge."""

from argus.contracts.billing.rpc import GET_TIER
from argus.contracts.billing.v1 import billing_pb2 as pb
from argus.kernel import context
from argus.kernel.cache import Cache
from argus.kernel.errors import ArgusError
from argus.kernel.ids import OrganizationId
from argus.kernel.principal import Principal, system
from argus.kernel.rpc.client import Rpc

FRESH_S = 30.0
WITHOUT_ORGANIZATION = 60
"""Requests per minute of a caller that belongs to no organization."""
WHEN_UNKNOWN = 100
"""Requests per minute while billing does not answer and the tier was never learnt: the edge stays
open at a low limit, because a limit is no authorization."""


class TierLimits:
    """Requests per minute by organization. A change of the tier counts as soon as the process hears
    of it, and after 30 s at the latest; while billing is down the last known limit holds.
    """

    def __init__(self, rpc: Rpc, known: Cache[int]) -> None:
        self._rpc, self._known = rpc, known

    async def limit_of(self, principal: Principal) -> int:
        """The limit of the principal's organization."""
        organization_id = principal.organization_id
        if organization_id is None:
            return WITHOUT_ORGANIZATION

        async def find() -> int:
            return await self._find(organization_id)

        try:
            return await self._known.get(organization_id, "", find)
        except ArgusError:
            return WHEN_UNKNOWN

    async def _find(self, organization_id: OrganizationId) -> int:
        asking = context.principal.set(system("edge", organization_id))
        try:
            answer = await self._rpc.call(GET_TIER, pb.GetTierRequest())
        finally:
            context.principal.reset(asking)
        return answer.requests_per_minute
