"""Errors about organizations."""

from argus.kernel.errors import ArgusError


class OrganizationNotFound(ArgusError):
    """There is no such organization for this caller.

    A token is for one organization. Renew it with the organization's id to work in another.
    """

    code, status, title = "identity.organization.not_found", 404, "Organization not found"


class PersonalOrganization(ArgusError):
    """A personal organization belongs to one person: nobody joins it, and it is not deleted.

    Create an organization with `POST /api/v1/organizations` to work with others.
    """

    code, status, title = "identity.organization.personal", 409, "Personal organization"
