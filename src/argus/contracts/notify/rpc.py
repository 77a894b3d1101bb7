"""The methods of the notify service."""

from argus.contracts.notify.v1 import notify_pb2 as pb
from argus.kernel.rpc.method import method

_SERVICE = pb.DESCRIPTOR.services_by_name["NotifyService"]

SEND_MAIL = method(_SERVICE, "SendMail", pb.SendMailRequest, pb.SendMailResponse, deadline_s=20)
