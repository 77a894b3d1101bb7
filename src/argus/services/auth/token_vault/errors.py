"""Errors of the token vault."""

from argus.kernel.errors import ArgusError


class NothingToLend(ArgusError):
    """The person has no identity at this provider whose tokens are kept, or the provider takes them
    no longer, or does not lend to this service.

    Let the person link the provider, or sign in by it, once more. Whom a provider's tokens may be
    lent to is set by `lend_to` in `ARGUS_AUTH_PROVIDERS`.
    """

    code, status, title = "auth.upstream_token.not_lent", 404, "Nothing to lend"
