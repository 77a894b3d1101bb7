"""Organizations: the caller's own ones, and the one that the token is for."""

from datetime import timedelta

from argus.contracts.permissions import Permission, Role
from argus.kernel.authz import authenticated, in_person, requires
from argus.kernel.errors import Forbidden, InvalidRequest, StepUpRequired, Unauthenticated
from argus.kernel.http.problems import problems
from argus.kernel.http.routing import CallDep, service_router
from argus.kernel.ids import PublicOrganizationId
from argus.services.identity.organizations.errors import (
    OrganizationNotFound,
    PersonalOrganization,
)
from argus.services.identity.organizations.models import Organization
from argus.services.identity.organizations.schemas import (
    NewOrganization,
    OrganizationChange,
    OrganizationView,
    OwnOrganizations,
    OwnOrganizationView,
)
from argus.services.identity.organizations.service import OrganizationService
from argus.services.identity.person import person

router = service_router("identity", prefix="/api/v1/organizations", tags=["organizations"])


@router.post(
    "",
    status_code=201,
    summary="Create an organization",
    responses=problems(Unauthenticated, Forbidden, InvalidRequest),
    dependencies=[in_person()],
)
async def create_organization(body: NewOrganization, call: CallDep) -> OrganizationView:
    """Create an organization and become its owner.

    The token stays in its organization: renew it with the new organization's id to work there.
    """
    organizations = OrganizationService(call.uow, call.clock)
    owner = person(call.principal)
    return _view(await organizations.create(body.name, owner, personal=False))


@router.get(
    "",
    summary="List my organizations",
    responses=problems(Unauthenticated, Forbidden),
    dependencies=[authenticated()],
)
async def list_my_organizations(call: CallDep) -> OwnOrganizations:
    """All organizations that I am in, and my roles there."""
    organizations = OrganizationService(call.uow, call.clock)
    return OwnOrganizations(
        items=[
            OwnOrganizationView(
                **_view(own.organization).model_dump(), roles=[Role(role) for role in own.roles]
            )
            for own in await organizations.list_of(person(call.principal))
        ]
    )


@router.get(
    "/{organization_id}",
    summary="Show the organization",
    responses=problems(Unauthenticated, Forbidden, OrganizationNotFound, InvalidRequest),
    dependencies=[requires(Permission.ORG_READ)],
)
async def get_organization(
    organization_id: PublicOrganizationId, call: CallDep
) -> OrganizationView:
    """The organization that the credential is for; any other is not found."""
    return _view(await OrganizationService(call.uow, call.clock).get(organization_id))


@router.patch(
    "/{organization_id}",
    summary="Rename the organization",
    responses=problems(Unauthenticated, Forbidden, OrganizationNotFound, InvalidRequest),
    dependencies=[requires(Permission.ORG_WRITE)],
)
async def rename_organization(
    organization_id: PublicOrganizationId, body: OrganizationChange, call: CallDep
) -> OrganizationView:
    """Give the organization another name."""
    organizations = OrganizationService(call.uow, call.clock)
    return _view(await organizations.rename(organization_id, body.name))


@router.delete(
    "/{organization_id}",
    status_code=204,
    summary="Delete the organization",
    responses=problems(
        Unauthenticated,
        StepUpRequired,
        Forbidden,
        OrganizationNotFound,
        PersonalOrganization,
        InvalidRequest,
    ),
    dependencies=[requires(Permission.ORG_DELETE, fresh=timedelta(minutes=5))],
)
async def delete_organization(organization_id: PublicOrganizationId, call: CallDep) -> None:
    """Delete the organization; needs a sign-in at most 5 minutes old (RFC 9470 step-up).

    Its tokens and API keys end at once.
    """
    await OrganizationService(call.uow, call.clock).delete(organization_id)


def _view(organization: Organization) -> OrganizationView:
    return OrganizationView(
        id=organization.organization_id,
        name=organization.name,
        personal=organization.personal,
        created_at=organization.created_at,
    )
