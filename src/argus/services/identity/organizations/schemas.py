"""Organizations over REST."""

from datetime import datetime

from argus.contracts.permissions import Role
from argus.kernel.ids import PublicOrganizationId
from argus.kernel.schema import Request, Response
from argus.services.identity.users.schemas import Name


class NewOrganization(Request):
    """An organization to create."""

    name: Name


class OrganizationChange(Request):
    """What may be changed of an organization."""

    name: Name


class OrganizationView(Response):
    """An organization; `personal` ones have exactly one member."""

    id: PublicOrganizationId
    name: str
    personal: bool
    created_at: datetime


class OwnOrganizationView(OrganizationView):
    """An organization that the caller is in, and as what."""

    roles: list[Role]


class OwnOrganizations(Response):
    """All organizations of the caller, the personal one first."""

    items: list[OwnOrganizationView]
