"""Errors of clients that register themselves; the last part of a code is RFC 7591's word for it."""

from argus.kernel.errors import ArgusError


class RegistrationClosed(ArgusError):
    """Clients do not register themselves at this installation.

    Use a client id metadata document, or have an organization register the client. Whoever operates
    the installation can open registration with `ARGUS_AUTH_DYNAMIC_REGISTRATION`.
    """

    code, status, title = "auth.client_registration.closed", 403, "Registration closed"


class InvalidClientMetadata(ArgusError):
    """The registration is not one of a client; `error_description` names the member and why."""

    code, status, title = (
        "auth.client_registration.invalid_client_metadata",
        400,
        "Client metadata not valid",
    )


class InvalidRedirectUri(ArgusError):
    """A redirect URI is missing, or cannot be one: use `https`, `http` on loopback addresses, or a
    scheme of your own that has a dot in it.
    """

    code, status, title = (
        "auth.client_registration.invalid_redirect_uri",
        400,
        "Redirect URI not valid",
    )
