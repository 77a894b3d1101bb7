"""Forgotten and changed passwords."""

from argus.kernel.authz import in_person, public
from argus.kernel.errors import Forbidden, Unauthenticated
from argus.kernel.http.problems import problems
from argus.kernel.http.routing import CallDep, service_router
from argus.services.auth.attempts.errors import TooManyAttempts
from argus.services.auth.email_proofs.errors import EmailProofInvalid
from argus.services.auth.password_hasher import HashersBusy
from argus.services.auth.password_reset.schemas import (
    ForgottenPassword,
    PasswordByMail,
    PasswordChange,
)
from argus.services.auth.password_reset.service import PasswordReset
from argus.services.auth.passwords.errors import PasswordRefused
from argus.services.auth.person import person
from argus.services.auth.sign_in_flows.errors import CredentialsInvalid

router = service_router("auth", prefix="/api/v1/auth/password", tags=["passwords"])


@router.post(
    "/forgot",
    status_code=204,
    summary="Ask for a mail to set a new password with",
    responses=problems(TooManyAttempts),
    dependencies=[public("who forgot the password has no credential")],
)
async def forgot_password(body: ForgottenPassword, call: CallDep) -> None:
    """A link is mailed if the address has an account; the answer is the same if not."""
    await call.resources.get(PasswordReset).mail(body.email, call.principal)


@router.post(
    "/reset",
    status_code=204,
    summary="Set a new password by the mailed link",
    responses=problems(EmailProofInvalid, PasswordRefused, TooManyAttempts, HashersBusy),
    dependencies=[public("the link's token is the credential")],
)
async def reset_password(body: PasswordByMail, call: CallDep) -> None:
    """All sessions end with their tokens; personal access tokens stay until they are revoked. Sign
    in with the new password.
    """
    await call.resources.get(PasswordReset).reset(body.token, body.password, call.principal)


@router.post(
    "/change",
    status_code=204,
    summary="Change one's own password",
    responses=problems(
        Unauthenticated,
        Forbidden,
        CredentialsInvalid,
        PasswordRefused,
        TooManyAttempts,
        HashersBusy,
    ),
    dependencies=[in_person()],
)
async def change_password(body: PasswordChange, call: CallDep) -> None:
    """All other sessions end, those of clients too; the one that asks lives on."""
    user_id, session_id = person(call.principal)
    await call.resources.get(PasswordReset).change(
        user_id, session_id, body.current_password, body.password, call.principal
    )
