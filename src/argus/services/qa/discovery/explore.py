"""Exploring an application in the browser: what is there, and what is broken at first sight.

Discovery follows links and presses harmless controls; it never submits a form but to sign in.
"""

from pathlib import Path
from typing import ClassVar

from playwright.async_api import Browser, StorageState

from argus.services.qa.agent import Agent, Ledger
from argus.services.qa.browser.session import (
    NAVIGATION_TIMEOUT_S,
    new_session,
)
from argus.services.qa.discovery.errors import LoginPageBroken
from argus.services.qa.discovery.explorer import Explorer
from argus.services.qa.discovery.login import sign_in
from argus.services.qa.discovery.memory import Emit, Notebook
from argus.services.qa.discovery.site import DiscoveryRequest, Site
from argus.services.qa.ir import Login
from argus.services.qa.language_models.advisor import Advisor
from argus.services.qa.oracles.inspect import Inspector
from argus.services.qa.urls import (
    absolute_url,
)


class AutoDiscovery(Agent[DiscoveryRequest, Site]):
    """Explores until nothing new is left or a limit is reached, and describes what was found."""

    name: ClassVar[str] = "AutoDiscovery"

    def __init__(
        self,
        browser: Browser,
        emit: Emit,
        pictures: Path | None = None,
        advisor: Advisor | None = None,
        ledger: Ledger | None = None,
        memory: Path | None = None,
    ) -> None:
        """Pictures of findings go into the folder `pictures`; the advisor may say what of a layout
        looks intended. The agents that examine pages are charged to the ledger. What is known is
        kept in the file `memory`: another exploration goes on with it where this one was ended.
        """
        self._browser, self._emit, self._pictures = browser, emit, pictures
        self._advisor, self._ledger, self._memory = advisor, ledger, memory

    async def work(self, given: DiscoveryRequest, budget_s: float) -> Site:
        """What there is, found in the time at most, signing in not counted.

        An entrance that is not there by its end is a defect; another page that the end cut short is
        not judged. Where the page to sign in at is broken, that is all there is to find. With
        `read_only` no request but GET, HEAD and OPTIONS leaves the browser, except for signing in.
        What is excluded is neither opened nor asked for, except for signing in.

        Raises:
            ApplicationUnreachable: nothing answers at `app_url`, or nothing any more.
            NavigationBlocked: `app_url` redirects to another host.
            NoPageSeen: `app_url` shows no page, and no defect either.
            LoginFailed: the credentials do not work, there is no login form, or the application
                has forgotten who signed in when it is opened anew.
            BrowserCrashed: from `open_browser`, when the browser ends meanwhile.
        """
        browser, app_url = self._browser, given.app_url
        login: Login | None = None
        storage_state: StorageState | None = None
        entrance = app_url
        if given.login is not None:
            patience_s = min(NAVIGATION_TIMEOUT_S, budget_s)
            try:
                login, storage_state = await sign_in(browser, app_url, given.login, patience_s)
                await self._emit("discovery_login", {"username": given.login.username})
            except LoginPageBroken:
                entrance = absolute_url(given.login.login_url or entrance, entrance)
        async with new_session(
            browser,
            app_url,
            storage_state=storage_state,
            read_only=given.read_only,
            exclude=given.exclude,
        ) as session:
            notebook = Notebook(self._emit, self._memory)
            links = notebook.memory.links
            inspector = Inspector(app_url, given.vitals_budget, self._advisor, self._ledger, links)
            explorer = Explorer(
                browser, session, given, budget_s, notebook, login, self._pictures, inspector
            )
            stopped_by = await explorer.run(entrance)
            await notebook.tell()
            return explorer.site(stopped_by)
