"""Validation over REST."""

from argus.contracts.auth.reasons import InactiveReason
from argus.contracts.permissions import Permission
from argus.kernel.authentication import PossessionProof
from argus.kernel.authz import authenticated, requires
from argus.kernel.errors import Forbidden, Unauthenticated
from argus.kernel.http.problems import problems
from argus.kernel.http.routing import CallDep, service_router
from argus.kernel.principal import Principal
from argus.services.auth.validation.schemas import PrincipalView, Validation, ValidationAnswer
from argus.services.auth.validation.service import Question, Validator

router = service_router("auth", prefix="/api/v1/auth", tags=["tokens"])


@router.post(
    "/validate",
    summary="Validate a credential",
    responses=problems(Unauthenticated, Forbidden),
    dependencies=[requires(Permission.TOKEN_VALIDATE)],
)
async def validate_token(body: Validation, call: CallDep) -> ValidationAnswer:
    """Who presents this token or API key? One of another organization is not active (RFC 7662)."""
    sent = body.proof
    proof = PossessionProof(sent.jwt, sent.method, sent.url) if sent else None
    question = Question(body.token, body.audience, proof)
    (answer,) = await call.resources.get(Validator).validate(call.uow, [question])
    if isinstance(answer, InactiveReason):
        return ValidationAnswer(active=False, reason=answer, principal=None, expires_at=None)
    return ValidationAnswer(
        active=True,
        reason=None,
        principal=_view(answer.principal),
        expires_at=answer.expires_at,
    )


@router.get(
    "/me",
    summary="Who am I",
    responses=problems(Unauthenticated),
    dependencies=[authenticated()],
)
async def who_am_i(call: CallDep) -> PrincipalView:
    """The principal that this request's credential stands for."""
    return _view(call.principal)


def _view(principal: Principal) -> PrincipalView:
    return PrincipalView(
        kind=principal.kind,
        id=principal.id,
        organization_id=principal.organization_id,
        project_id=principal.project_id,
        roles=sorted(principal.roles),
        scopes=None if principal.scopes is None else sorted(principal.scopes),
        permissions=sorted(principal.permissions),
        method=principal.method,
        session_id=principal.session_id,
        authenticated_at=principal.authenticated_at,
        strength=[*principal.strength],
        actors=[*principal.actors],
        client_id=principal.client_id,
        credential=principal.credential,
    )
