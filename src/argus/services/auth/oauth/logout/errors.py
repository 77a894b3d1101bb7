"""Errors of signing out at a client's request."""

from argus.kernel.errors import ArgusError


class LogoutRefused(ArgusError):
    """The application that sent you here to sign out asked for something that cannot be granted.

    Its `id_token_hint` was not issued here, is of another client, or the address it wants you to
    come back to is not registered among its `post_logout_redirect_uris`. Nothing was changed: you
    can sign out on your account's page.
    """

    code, status, title = "auth.logout.refused", 400, "Sign-out refused"
