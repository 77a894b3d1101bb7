"""The rate limit of a caller's tier, for the edge."""

import time
from collections import OrderedDict
from collections.abc import Callable

from argus.contracts.billing.rpc import GET_TIER
from argus.contracts.billing.v1 import billing_pb2 as pb
from argus.kernel import context
from argus.kernel.errors import ArgusError
from argus.kernel.ids import OrganizationId
from argus.kernel.principal import Principal, system
from argus.kernel.rpc.client import Rpc

_FRESH_S = 30.0
_MAX_ORGANIZATIONS = 10_000
WITHOUT_ORGANIZATION = 60
"""Requests per minute of a caller that belongs to no organization."""
WHEN_UNKNOWN = 100
"""Requests per minute while billing does not answer and the tier was never learnt: the edge stays
open at a low limit, because a limit is no authorization."""


class TierLimits:
    """Requests per minute by organization; at most 30 s old, older only while billing is down."""

    def __init__(self, rpc: Rpc, elapsed_s: Callable[[], float] = time.monotonic) -> None:
        self._rpc, self._elapsed_s = rpc, elapsed_s
        self._known: OrderedDict[OrganizationId, tuple[float, int]] = OrderedDict()

    async def limit_of(self, principal: Principal) -> int:
        organization_id = principal.organization_id
        if organization_id is None:
            return WITHOUT_ORGANIZATION
        known = self._known.get(organization_id)
        now_s = self._elapsed_s()
        if known is not None and now_s - known[0] < _FRESH_S:
            return known[1]
        asking = context.principal.set(system("edge", organization_id))
        try:
            answer = await self._rpc.call(GET_TIER, pb.GetTierRequest())
        except ArgusError:
            return known[1] if known else WHEN_UNKNOWN
        finally:
            context.principal.reset(asking)
        self._known[organization_id] = (now_s, answer.requests_per_minute)
        self._known.move_to_end(organization_id)
        if len(self._known) > _MAX_ORGANIZATIONS:
            self._known.popitem(last=False)
        return answer.requests_per_minute
