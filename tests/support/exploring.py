"""What tests of discovery ask for."""

from collections.abc import Awaitable, Callable

from pydantic import SecretStr

from argus.services.qa.discovery.site import Credentials, Site

Explore = Callable[..., Awaitable[Site]]
"""Discovers a site; keywords are those of `DiscoveryRequest`, and `time_budget_s`."""


def credentials(password: str = "lovelace", login_url: str | None = None) -> Credentials:
    """The user `ada`, whose right password is `lovelace`."""
    return Credentials(username="ada", password=SecretStr(password), login_url=login_url)
