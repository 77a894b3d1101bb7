"""Errors of signing in by another system."""

from argus.kernel.errors import ArgusError


class ProviderNotFound(ArgusError):
    """This installation has no provider of that name; `GET /api/v1/auth/providers` lists them."""

    code, status, title = "auth.provider.not_found", 404, "Provider not found"


class ProviderFailed(ArgusError):
    """The provider does not answer, or not as its protocol says, so nobody was signed in.

    Try again; if it fails again, sign in another way and tell who operates the installation: its
    log says what the provider answered.
    """

    code, status, title = "auth.provider.failed", 503, "Provider failed"


class ProviderRefused(ArgusError):
    """The provider did not sign the person in: they declined, or it does not let them.

    Try again, or sign in another way.
    """

    code, status, title = "auth.provider.refused", 403, "Provider refused"
