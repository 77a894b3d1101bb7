"""The methods of the audit service."""

from argus.contracts.audit.v1 import audit_pb2 as pb
from argus.kernel.rpc.method import method

_SERVICE = pb.DESCRIPTOR.services_by_name["AuditService"]

VERIFY_CHAIN = method(
    _SERVICE, "VerifyChain", pb.VerifyChainRequest, pb.VerifyChainResponse, deadline_s=60
)
