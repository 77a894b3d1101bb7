"""Signing in and up by password."""

from typing import Annotated

from fastapi import Header

from argus.kernel.authz import public
from argus.kernel.http.problems import problems
from argus.kernel.http.routing import CallDep, service_router
from argus.services.auth.password_hasher import HashersBusy
from argus.services.auth.passwords.errors import PasswordRefused
from argus.services.auth.sign_in.errors import CredentialsInvalid, SignUpClosed, TooManyAttempts
from argus.services.auth.sign_in.schemas import SignIn, SignUp
from argus.services.auth.sign_in.service import SignInService, Visitor
from argus.services.auth.tokens.endpoints import answer
from argus.services.auth.tokens.errors import OrganizationNotFound
from argus.services.auth.tokens.schemas import TokenAnswer

UserAgent = Annotated[str, Header(include_in_schema=False)]

router = service_router("auth", prefix="/api/v1/auth", tags=["sessions"])


@router.post(
    "/sign-in",
    summary="Sign in by password",
    responses=problems(CredentialsInvalid, OrganizationNotFound, TooManyAttempts, HashersBusy),
    dependencies=[public("the password is the credential")],
)
async def sign_in(body: SignIn, call: CallDep, user_agent: UserAgent = "") -> TokenAnswer:
    """Begin a session. The tokens are for one organization; refresh to switch."""
    issued = await call.resources.get(SignInService).sign_in(
        body.email,
        body.password,
        body.organization_id,
        Visitor(call.principal, user_agent),
    )
    return answer(issued, call.clock.now())


@router.post(
    "/sign-up",
    status_code=201,
    summary="Make an account",
    responses=problems(SignUpClosed, PasswordRefused, TooManyAttempts, HashersBusy),
    dependencies=[public("there is no account yet")],
)
async def sign_up(body: SignUp, call: CallDep, user_agent: UserAgent = "") -> TokenAnswer:
    """Register and sign in. The installation decides whether everybody may, or only the invited."""
    issued = await call.resources.get(SignInService).sign_up(
        body.email,
        body.password,
        body.name,
        body.invitation_token,
        Visitor(call.principal, user_agent),
    )
    return answer(issued, call.clock.now())
