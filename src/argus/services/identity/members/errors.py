"""Errors about members."""

from argus.kernel.errors import ArgusError


class MemberNotFound(ArgusError):
    """The organization has no such member."""

    code, status, title = "identity.member.not_found", 404, "Member not found"


class AlreadyMember(ArgusError):
    """The person is a member of the organization already.

    Change a member's roles with `PATCH /api/v1/members/{user_id}`.
    """

    code, status, title = "identity.member.already_member", 409, "Already a member"


class LastOwner(ArgusError):
    """The organization would be left without an owner who can sign in.

    Make another member an owner first, or delete the organization.
    """

    code, status, title = "identity.member.last_owner", 409, "Last owner"


class AuthorityExceeded(ArgusError):
    """The roles, given or taken away, hold a permission that the caller does not hold.

    Only an owner can make, change or remove owners, and give roles whose permissions come from
    scopes (`service_account`, `api_user`).
    """

    code, status, title = "identity.member.authority_exceeded", 403, "Authority exceeded"
