"""What tests of discovery ask for."""

from collections.abc import Awaitable, Callable

from pydantic import SecretStr

from argus.services.qa.browser.session import Session
from argus.services.qa.discovery.describe import describe_form
from argus.services.qa.discovery.digest import read_digest
from argus.services.qa.discovery.site import Credentials, Site
from argus.services.qa.outcome import DiscoverySummary

Explore = Callable[..., Awaitable[Site]]
"""Discovers a site; keywords are those of `DiscoveryRequest`, and `time_budget_s`."""


def credentials(password: str = "lovelace", login_url: str | None = None) -> Credentials:
    """The user `ada`, whose right password is `lovelace`."""
    return Credentials(username="ada", password=SecretStr(password), login_url=login_url)


async def site_of_form(session: Session, number: int, state: str) -> Site:
    """An application of which nothing is known but that form of the page that is open."""
    digest = await read_digest(session)
    return Site(
        app_url=session.app_url,
        login=None,
        pages=(),
        states=(),
        transitions=(),
        forms=(await describe_form(session, digest.forms[number], digest, state),),
        collections=(),
        findings=(),
        summary=DiscoverySummary(pages=1, states=1, actions=0, forms=1, duration_s=0),
        stopped_by="exhausted",
    )
