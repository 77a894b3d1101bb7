"""Security settings of the caller's organization."""

from datetime import timedelta

from argus.contracts.identity.rpc import GET_USER
from argus.contracts.identity.v1.identity_pb2 import GetUserRequest
from argus.contracts.permissions import Permission
from argus.kernel.authz import requires
from argus.kernel.errors import Forbidden, StepUpRequired, Unauthenticated
from argus.kernel.http.problems import problems
from argus.kernel.http.routing import CallDep, service_router
from argus.services.auth.organization_security.errors import LocksOut
from argus.services.auth.organization_security.schemas import SecurityChange, SecurityView
from argus.services.auth.organization_security.service import OrganizationSecurity

router = service_router(
    "auth", prefix="/api/v1/organization-security", tags=["organization security"]
)


@router.get(
    "",
    summary="Look at the security settings",
    responses=problems(Unauthenticated, Forbidden),
    dependencies=[requires(Permission.ORG_MANAGE_SECURITY)],
)
async def get_organization_security(call: CallDep) -> SecurityView:
    """What the organization demands of whoever acts in it."""
    security = call.resources.get(OrganizationSecurity)
    return SecurityView.of(await security.of(call.uow, call.uow.organization_id))


@router.put(
    "",
    summary="Change the security settings",
    responses=problems(Unauthenticated, Forbidden, StepUpRequired, LocksOut),
    dependencies=[requires(Permission.ORG_MANAGE_SECURITY, fresh=timedelta(minutes=15))],
)
async def change_organization_security(body: SecurityChange, call: CallDep) -> SecurityView:
    """Everybody's access tokens end; refreshing them, yours too, is measured by the new settings.

    Settings that would shut you out yourself are refused.
    """
    person = await call.rpc.call(GET_USER, GetUserRequest(user_id=call.principal.id))
    email = person.user.email if person.user.email_verified else ""
    security = call.resources.get(OrganizationSecurity)
    return SecurityView.of(await security.change(call.uow, body.demands, email))
