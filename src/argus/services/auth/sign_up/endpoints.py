"""Making accounts."""

from datetime import datetime
from typing import Any

from fastapi import Response

from argus.kernel.authz import public
from argus.kernel.http.problems import problems
from argus.kernel.http.routing import CallDep, service_router
from argus.services.auth.attempts.errors import TooManyAttempts
from argus.services.auth.email_proofs.errors import EmailProofInvalid
from argus.services.auth.email_proofs.schemas import CodeSent, MailedCodeAnswer
from argus.services.auth.email_proofs.service import MailedCode
from argus.services.auth.password_hasher import HashersBusy
from argus.services.auth.passwords.errors import PasswordRefused
from argus.services.auth.sign_in.endpoints import UserAgent, outcome_answer
from argus.services.auth.sign_in.schemas import PendingAnswer
from argus.services.auth.sign_in_flows.service import Visitor
from argus.services.auth.sign_up.errors import SignUpClosed
from argus.services.auth.sign_up.schemas import SignUp
from argus.services.auth.sign_up.service import SignUpService
from argus.services.auth.tokens.schemas import TokenAnswer

MAILED: dict[int | str, dict[str, Any]] = {
    202: {"model": MailedCodeAnswer, "description": "A code was mailed"}
}

router = service_router("auth", prefix="/api/v1/auth", tags=["sessions"])


@router.post(
    "/sign-up",
    status_code=201,
    summary="Make an account",
    responses=MAILED | problems(SignUpClosed, PasswordRefused, TooManyAttempts, HashersBusy),
    dependencies=[public("there is no account yet")],
)
async def sign_up(
    body: SignUp, call: CallDep, response: Response, user_agent: UserAgent = ""
) -> TokenAnswer | PendingAnswer | MailedCodeAnswer:
    """Register. The installation decides whether everybody may, or only the invited.

    With an invitation the account is there at once, and signed in. Without one, 202 says that a
    code was mailed: `POST /api/v1/auth/sign-up/confirm`.
    """
    outcome = await call.resources.get(SignUpService).sign_up(
        body.email,
        body.password,
        body.name,
        body.invitation_token,
        Visitor(call.principal, user_agent),
    )
    if isinstance(outcome, MailedCode):
        return mailed_answer(outcome, call.clock.now(), response)
    return outcome_answer(outcome, call.clock.now(), response)


@router.post(
    "/sign-up/confirm",
    status_code=201,
    summary="Make the account with the mailed code",
    responses=problems(EmailProofInvalid, TooManyAttempts),
    dependencies=[public("the mailed code is the credential")],
)
async def confirm_sign_up(
    body: CodeSent, call: CallDep, response: Response, user_agent: UserAgent = ""
) -> TokenAnswer | PendingAnswer:
    """The account is made, its address verified, and the person signed in."""
    outcome = await call.resources.get(SignUpService).confirm(
        body.handle, body.code, Visitor(call.principal, user_agent)
    )
    return outcome_answer(outcome, call.clock.now(), response)


def mailed_answer(mailed: MailedCode, now: datetime, response: Response) -> MailedCodeAnswer:
    """With 202: what the code has to come back with."""
    response.status_code = 202
    return MailedCodeAnswer(
        handle=mailed.handle, expires_in=int((mailed.expires_at - now).total_seconds())
    )
