"""Errors of linking identities to accounts."""

from argus.kernel.errors import ArgusError


class LinkNeeded(ArgusError):
    """No account is linked to this identity, and what the provider says of its e-mail address is
    not enough to enter one or to make one.

    Sign in to your account another way, or make one, and link the provider to it in its settings.
    """

    code, status, title = "auth.identity.link_needed", 403, "Account must be linked"


class IdentityTaken(ArgusError):
    """This account of the provider is linked to another account here.

    Sign in with it and unlink it there first.
    """

    code, status, title = "auth.identity.taken", 409, "Already linked elsewhere"
