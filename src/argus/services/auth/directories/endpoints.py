"""Signing in by a directory, and linking one, for programs."""

from fastapi import Response

from argus.kernel.authz import in_person, public
from argus.kernel.errors import Forbidden, StepUpRequired, Unauthenticated
from argus.kernel.http.problems import problems
from argus.kernel.http.routing import CallDep, service_router
from argus.services.auth.account_linking.errors import IdentityTaken, LinkNeeded
from argus.services.auth.attempts.errors import TooManyAttempts
from argus.services.auth.directories.schemas import DirectoryIdentity, DirectorySignInRequest
from argus.services.auth.directories.service import DirectorySignIn
from argus.services.auth.external_identities.endpoints import FRESH
from argus.services.auth.external_identities.schemas import IdentityView
from argus.services.auth.person import person
from argus.services.auth.providers.errors import ProviderFailed, ProviderNotFound
from argus.services.auth.sign_in.endpoints import PENDING, UserAgent, outcome_answer
from argus.services.auth.sign_in.schemas import PendingAnswer
from argus.services.auth.sign_in_flows.errors import CredentialsInvalid
from argus.services.auth.sign_in_flows.service import Visitor
from argus.services.auth.sign_up.errors import SignUpClosed
from argus.services.auth.tokens.errors import OrganizationNotFound
from argus.services.auth.tokens.schemas import TokenAnswer

router = service_router("auth", prefix="/api/v1/auth", tags=["federation"])


@router.post(
    "/sign-in/directory",
    summary="Sign in by a directory",
    responses=PENDING
    | problems(
        CredentialsInvalid,
        LinkNeeded,
        SignUpClosed,
        ProviderNotFound,
        OrganizationNotFound,
        TooManyAttempts,
        ProviderFailed,
    ),
    dependencies=[public("the directory's password is the credential")],
)
async def sign_in_by_directory(
    body: DirectorySignInRequest, call: CallDep, response: Response, user_agent: UserAgent = ""
) -> TokenAnswer | PendingAnswer:
    """Begin a session with the user name and password that an LDAP directory knows.

    202 says that a second factor is asked: `POST /api/v1/auth/sign-in/continue`.
    """
    outcome = await call.resources.get(DirectorySignIn).sign_in(
        body.directory,
        body.username,
        body.password,
        body.organization_id,
        Visitor(call.principal, user_agent),
    )
    return outcome_answer(outcome, call.clock.now(), response)


@router.post(
    "/identities/directory",
    status_code=201,
    summary="Link an identity of a directory",
    responses=problems(
        Unauthenticated,
        Forbidden,
        StepUpRequired,
        CredentialsInvalid,
        IdentityTaken,
        ProviderNotFound,
        TooManyAttempts,
        ProviderFailed,
    ),
    dependencies=[in_person(fresh=FRESH)],
)
async def link_directory_identity(body: DirectoryIdentity, call: CallDep) -> IdentityView:
    """Sign in by the user name and password of an LDAP directory as well, from now on."""
    user_id, _ = person(call.principal)
    linked = await call.resources.get(DirectorySignIn).link(
        body.directory, body.username, body.password, user_id, call.principal
    )
    return IdentityView.model_validate(linked)
