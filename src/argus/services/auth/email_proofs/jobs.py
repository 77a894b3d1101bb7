"""The mail that carries a proof, after the proof has been committed."""

from uuid import UUID

from argus.contracts.notify.rpc import SEND_MAIL
from argus.contracts.notify.v1 import notify_pb2
from argus.kernel.module import JobCall, job
from argus.services.auth.email_proofs.service import SEND_MAIL_JOB, EmailProofs


@job(SEND_MAIL_JOB)
async def send_mail(call: JobCall, *, proof_id: str) -> None:
    """Mail the proof, once, unless it is nobody's or over."""
    mail = await call.resources.get(EmailProofs).mail_of(UUID(proof_id), call.principal)
    if mail is None:
        return
    await call.rpc.call(
        SEND_MAIL,
        notify_pb2.SendMailRequest(
            message_id=f"proof.{proof_id}",
            to=mail.to,
            template=mail.template,
            variables=mail.variables,
        ),
    )
