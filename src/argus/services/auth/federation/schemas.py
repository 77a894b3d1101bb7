"""Providers on the wire."""

from typing import Self

from argus.kernel.schema import Response
from argus.services.auth.federation.providers import Offer


class ProviderView(Response):
    """A system that people can sign in with."""

    name: str
    title: str
    takes_password: bool
    """Whether `POST /api/v1/auth/sign-in/directory` takes its user names and passwords. Otherwise a
    browser goes to `authorization_path`.
    """
    authorization_path: str | None

    @classmethod
    def of(cls, offer: Offer) -> Self:
        """The provider as it is shown."""
        path = None if offer.takes_password else f"/api/v1/oauth/{offer.name}/authorize"
        return cls(
            name=offer.name,
            title=offer.title,
            takes_password=offer.takes_password,
            authorization_path=path,
        )


class ProviderList(Response):
    """All of them: an installation has few."""

    items: list[ProviderView]
