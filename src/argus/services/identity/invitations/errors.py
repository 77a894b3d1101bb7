"""Errors about invitations."""

from argus.kernel.errors import ArgusError


class InvitationNotFound(ArgusError):
    """There is no open invitation with this id or token.

    Copy the token whole, as it stands in the mail; or ask for a new invitation.
    """

    code, status, title = "identity.invitation.not_found", 404, "Invitation not found"


class InvitationClosed(ArgusError):
    """The invitation was accepted, revoked or replaced, has expired, or its sender may no longer
    give its roles.

    Ask for a new invitation.
    """

    code, status, title = "identity.invitation.closed", 410, "Invitation no longer open"


class InvitationForAnotherAddress(ArgusError):
    """The invitation was sent to another address than the account's.

    Sign in, or sign up, with the address that the invitation was sent to.
    """

    code, status, title = "identity.invitation.other_address", 403, "Invitation for another address"
