"""Providers on the wire."""

from argus.kernel.schema import Response


class ProviderView(Response):
    """A system that people can sign in with."""

    name: str
    title: str
    takes_password: bool
    """Whether `POST /api/v1/auth/sign-in/directory` takes its user names and passwords. Otherwise a
    browser goes to `authorization_path`.
    """
    authorization_path: str | None


class ProviderList(Response):
    """All of them: an installation has few."""

    items: list[ProviderView]
