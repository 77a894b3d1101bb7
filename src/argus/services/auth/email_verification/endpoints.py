"""Confirming the address of one's own account."""

from argus.kernel.authz import in_person
from argus.kernel.errors import Forbidden, Unauthenticated
from argus.kernel.http.problems import problems
from argus.kernel.http.routing import CallDep, service_router
from argus.services.auth.attempts.errors import TooManyAttempts
from argus.services.auth.email_proofs.errors import EmailProofInvalid
from argus.services.auth.email_proofs.schemas import TokenSent
from argus.services.auth.email_verification.service import EmailVerification
from argus.services.auth.person import person

router = service_router("auth", prefix="/api/v1/auth/email", tags=["sessions"])


@router.post(
    "/verification",
    status_code=204,
    summary="Ask for a mail to confirm one's address with",
    responses=problems(Unauthenticated, Forbidden, TooManyAttempts),
    dependencies=[in_person()],
)
async def mail_email_verification(call: CallDep) -> None:
    """A link is mailed to the account's address."""
    user_id, _ = person(call.principal)
    await call.resources.get(EmailVerification).mail(user_id, call.principal)


@router.post(
    "/verify",
    status_code=204,
    summary="Confirm one's address by the mailed link",
    responses=problems(Unauthenticated, Forbidden, EmailProofInvalid, TooManyAttempts),
    dependencies=[in_person()],
)
async def verify_email(body: TokenSent, call: CallDep) -> None:
    """The link is good for the signed-in person alone."""
    user_id, _ = person(call.principal)
    await call.resources.get(EmailVerification).verify(user_id, body.token, call.principal)
