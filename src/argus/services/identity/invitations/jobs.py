"""The mail of an invitation, after the invitation has been committed."""

from argus.contracts.notify.rpc import SEND_MAIL
from argus.contracts.notify.v1 import notify_pb2
from argus.kernel.ids import parse_id
from argus.kernel.module import JobCall, job
from argus.kernel.settings import KernelSettings
from argus.services.identity.invitation_token import InvitationTokens
from argus.services.identity.invitations.service import InvitationService


@job("identity.invitations.send_mail")
async def send_mail(call: JobCall, *, invitation_id: str) -> None:
    """Send the invitation's token to its address, unless it was revoked meanwhile."""
    invitation = parse_id("inv", invitation_id)
    async with call.unit_of_work() as uow:
        mail = await InvitationService(uow, call.clock).mail_of(invitation)
    if mail is None:
        return
    await call.rpc.call(
        SEND_MAIL,
        notify_pb2.SendMailRequest(
            message_id=f"invitation.{invitation_id}",
            to=mail.to,
            template="invitation",
            variables={
                "organization": mail.organization,
                "invited_by": mail.invited_by,
                "roles": ", ".join(role.replace("_", " ") for role in mail.roles),
                "token": call.resources.get(InvitationTokens).issue(invitation),
                "expires": f"{mail.expires_at:%d %B %Y, %H:%M} UTC",
                "platform_url": call.resources.get(KernelSettings).base_url,
            },
        ),
    )
