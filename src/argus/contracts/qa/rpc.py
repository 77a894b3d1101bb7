"""The methods of the QA service."""

from argus.contracts.qa.v1 import qa_pb2 as pb
from argus.kernel.rpc.method import method

_SERVICE = pb.DESCRIPTOR.services_by_name["QaService"]

START_RUN = method(_SERVICE, "StartRun", pb.StartRunRequest, pb.StartRunResponse)
GET_RUN = method(_SERVICE, "GetRun", pb.GetRunRequest, pb.GetRunResponse)
