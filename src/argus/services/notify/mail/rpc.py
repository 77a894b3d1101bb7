"""Mail for sibling services."""

from argus.contracts.notify.rpc import SEND_MAIL
from argus.contracts.notify.v1 import notify_pb2 as pb
from argus.kernel.authz import internal
from argus.kernel.module import Call
from argus.kernel.rpc.dispatch import rpc
from argus.services.notify.mail.service import MailService, PostOffice


@rpc(SEND_MAIL, internal())
async def send_mail(request: pb.SendMailRequest, call: Call) -> pb.SendMailResponse:
    """Send a mail by template, once per message id."""
    mails = MailService(call.uow, call.clock, call.resources.get(PostOffice))
    sent = await mails.send(
        request.message_id, request.to, request.template, dict(request.variables)
    )
    return pb.SendMailResponse(sent=sent)
