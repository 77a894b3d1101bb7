"""What was found out, as REST tells it."""

from argus.contracts.auth.reasons import InactiveReason
from argus.kernel.principal import Principal
from argus.services.auth.validation.schemas import PrincipalView, ValidationAnswer
from argus.services.auth.validation.service import Answer


def view_of(answer: Answer) -> ValidationAnswer:
    """What REST answers."""
    if isinstance(answer, InactiveReason):
        return ValidationAnswer(active=False, reason=answer, principal=None, expires_at=None)
    return ValidationAnswer(
        active=True,
        reason=None,
        principal=principal_view(answer.principal),
        expires_at=answer.expires_at,
    )


def principal_view(principal: Principal) -> PrincipalView:
    """The principal as REST tells of it."""
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
