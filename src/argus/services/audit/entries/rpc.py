"""The audit log for services."""

from argus.contracts.audit.rpc import VERIFY_CHAIN
from argus.contracts.audit.v1 import audit_pb2 as pb
from argus.contracts.permissions import Permission
from argus.kernel.authz import requires
from argus.kernel.module import Call
from argus.kernel.rpc.dispatch import rpc
from argus.services.audit.entries.service import AuditLog


@rpc(VERIFY_CHAIN, requires(Permission.AUDIT_READ))
async def verify_chain(_request: pb.VerifyChainRequest, call: Call) -> pb.VerifyChainResponse:
    """The chain of the caller's organization."""
    verdict = await AuditLog(call.uow).verify()
    return pb.VerifyChainResponse(
        valid=verdict.valid,
        entries=verdict.entries,
        head=verdict.head.hex(),
        problem=verdict.problem,
    )
