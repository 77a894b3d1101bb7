"""The methods of the billing service."""

from argus.contracts.billing.v1 import billing_pb2 as pb
from argus.kernel.rpc.method import method

_SERVICE = pb.DESCRIPTOR.services_by_name["BillingService"]

CHECK_ENTITLEMENT = method(
    _SERVICE, "CheckEntitlement", pb.CheckEntitlementRequest, pb.CheckEntitlementResponse
)
RECORD_USAGE = method(_SERVICE, "RecordUsage", pb.RecordUsageRequest, pb.RecordUsageResponse)
GET_TIER = method(_SERVICE, "GetTier", pb.GetTierRequest, pb.GetTierResponse, deadline_s=1)
SET_TIER = method(_SERVICE, "SetTier", pb.SetTierRequest, pb.SetTierResponse)
