"""Life of organizations."""

from argus.contracts.identity.events import (
    OrganizationCreated,
    OrganizationDeleted,
    OrganizationRenamed,
)
from argus.contracts.permissions import Role
from argus.kernel.clock import Clock
from argus.kernel.db.unit_of_work import UnitOfWork
from argus.kernel.ids import OrganizationId, UserId, format_id, new_id
from argus.services.identity.members.service import MemberService
from argus.services.identity.organizations.errors import (
    OrganizationNotFound,
    PersonalOrganization,
)
from argus.services.identity.organizations.models import Organization
from argus.services.identity.organizations.repository import (
    OrganizationRepository,
    OwnOrganization,
)
from argus.services.identity.scope import as_user, enter_organization


class OrganizationService:
    """Creating, finding, naming and deleting organizations."""

    def __init__(self, uow: UnitOfWork, clock: Clock) -> None:
        self._uow, self._clock = uow, clock
        self._organizations = OrganizationRepository(uow)

    async def create(self, name: str, owner: UserId, *, personal: bool) -> Organization:
        """A new organization with its owner; from here on it is the transaction's tenant."""
        organization = Organization(
            organization_id=OrganizationId(new_id()),
            name=name,
            personal=personal,
            created_at=self._clock.now(),
        )
        organization_id = organization.organization_id
        await enter_organization(self._uow, organization_id)
        await self._organizations.add(organization)
        created = OrganizationCreated(
            organization_id=format_id("org", organization_id), name=name, personal=personal
        )
        await self._uow.emit(created, organization_id)
        await MemberService(self._uow, self._clock).join(organization_id, owner, [Role.OWNER])
        return organization

    async def list_of(self, user_id: UserId) -> list[OwnOrganization]:
        """The organizations a user is in, the personal one first, then by name."""
        await as_user(self._uow, user_id)
        return await self._organizations.list_of(user_id)

    async def get(self, organization_id: OrganizationId) -> Organization:
        """The caller's organization.

        Raises:
            OrganizationNotFound: deleted, unknown or another one.
        """
        organization = await self._organizations.get(organization_id)
        if organization is None:
            raise OrganizationNotFound
        return organization

    async def rename(self, organization_id: OrganizationId, name: str) -> Organization:
        """Raises OrganizationNotFound. The same name again emits nothing."""
        organization = await self._get_for_change(organization_id)
        if organization.name != name:
            organization.name = name
            await self._uow.emit(
                OrganizationRenamed(organization_id=format_id("org", organization_id), name=name)
            )
        return organization

    async def delete(self, organization_id: OrganizationId) -> None:
        """Take the organization out of use; its rows stay until retention removes them.

        Raises:
            OrganizationNotFound, PersonalOrganization
        """
        organization = await self._get_for_change(organization_id)
        if organization.personal:
            raise PersonalOrganization
        organization.deleted_at = self._clock.now()
        await self._uow.emit(OrganizationDeleted(organization_id=format_id("org", organization_id)))

    async def _get_for_change(self, organization_id: OrganizationId) -> Organization:
        organization = await self._organizations.get_for_update(organization_id)
        if organization is None:
            raise OrganizationNotFound
        return organization
