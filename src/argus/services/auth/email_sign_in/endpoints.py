"""Signing in by a link or a code that is mailed."""

from fastapi import Response

from argus.kernel.authz import public
from argus.kernel.http.problems import problems
from argus.kernel.http.routing import CallDep, service_router
from argus.services.auth.attempts.errors import TooManyAttempts
from argus.services.auth.email_proofs.errors import EmailProofInvalid
from argus.services.auth.email_proofs.models import Purpose
from argus.services.auth.email_proofs.schemas import CodeSent, MailedCodeAnswer, TokenSent
from argus.services.auth.email_sign_in.schemas import SignInMail
from argus.services.auth.email_sign_in.service import EmailSignIn
from argus.services.auth.sign_in.endpoints import PENDING, UserAgent, outcome_answer
from argus.services.auth.sign_in.schemas import PendingAnswer
from argus.services.auth.sign_in_flows.errors import CredentialsInvalid
from argus.services.auth.sign_in_flows.service import Visitor
from argus.services.auth.tokens.schemas import TokenAnswer

router = service_router("auth", prefix="/api/v1/auth/sign-in", tags=["sessions"])


@router.post(
    "/mail",
    status_code=202,
    summary="Ask for a mail to sign in with",
    responses=problems(TooManyAttempts),
    dependencies=[public("who signs in has no credential yet")],
)
async def mail_sign_in(body: SignInMail, call: CallDep) -> MailedCodeAnswer:
    """A link or a code is mailed if the address has an account; the answer is the same if not."""
    purpose = Purpose.SIGN_IN_CODE if body.kind == "code" else Purpose.SIGN_IN_LINK
    mailed = await call.resources.get(EmailSignIn).mail(
        purpose, body.email, Visitor(call.principal, "")
    )
    return MailedCodeAnswer(
        handle=mailed.handle,
        expires_in=int((mailed.expires_at - call.clock.now()).total_seconds()),
    )


@router.post(
    "/mail/code",
    summary="Sign in by the mailed code",
    responses=PENDING | problems(EmailProofInvalid, CredentialsInvalid, TooManyAttempts),
    dependencies=[public("the mailed code is the credential")],
)
async def sign_in_by_code(
    body: CodeSent, call: CallDep, response: Response, user_agent: UserAgent = ""
) -> TokenAnswer | PendingAnswer:
    """Begin a session. A code is good once, with its handle, and takes five tries."""
    outcome = await call.resources.get(EmailSignIn).sign_in_by_code(
        body.handle, body.code, Visitor(call.principal, user_agent)
    )
    return outcome_answer(outcome, call.clock.now(), response)


@router.post(
    "/mail/link",
    summary="Sign in by the mailed link",
    responses=PENDING | problems(EmailProofInvalid, CredentialsInvalid, TooManyAttempts),
    dependencies=[public("the link's token is the credential")],
)
async def sign_in_by_link(
    body: TokenSent, call: CallDep, response: Response, user_agent: UserAgent = ""
) -> TokenAnswer | PendingAnswer:
    """Begin a session. A link is good once."""
    outcome = await call.resources.get(EmailSignIn).sign_in_by_link(
        body.token, Visitor(call.principal, user_agent)
    )
    return outcome_answer(outcome, call.clock.now(), response)
