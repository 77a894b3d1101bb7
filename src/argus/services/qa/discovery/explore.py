"""Exploring an application in the browser: what is there, and what is broken at first sight.

Discovery follows links and presses harmless controls; it never submits a form but to sign in.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import ClassVar

from playwright.async_api import Browser, StorageState
from playwright.async_api import Error as PlaywrightError

from argus.services.qa.agent import Agent, Ledger
from argus.services.qa.browser.elements import target_of
from argus.services.qa.browser.errors import (
    ApplicationUnreachable,
    NavigationBlocked,
    PageFailed,
    PageUnresponsive,
)
from argus.services.qa.browser.locate import resolve
from argus.services.qa.browser.session import (
    NAVIGATION_TIMEOUT_S,
    Session,
    new_session,
    overdue,
)
from argus.services.qa.browser.traffic import Mark, Window
from argus.services.qa.discovery.access import addresses, compare, sessions
from argus.services.qa.discovery.api import ApiCatalogue, find_description
from argus.services.qa.discovery.atlas import Atlas
from argus.services.qa.discovery.digest import ActionSeen, PageDigest, read_digest
from argus.services.qa.discovery.entrances import pages_among
from argus.services.qa.discovery.errors import LoginFailed, LoginPageBroken, NoPageSeen
from argus.services.qa.discovery.findings import FindingLog
from argus.services.qa.discovery.frontier import Candidate, Frontier, Press, Visit
from argus.services.qa.discovery.login import sign_in
from argus.services.qa.discovery.matrix import suspicious
from argus.services.qa.discovery.safety import may_click, may_follow
from argus.services.qa.discovery.site import NOBODY, Access, DiscoveryRequest, Site, State
from argus.services.qa.discovery.state import StateIndex
from argus.services.qa.discovery.unroll import unroll
from argus.services.qa.ir import Action, Login, Step
from argus.services.qa.language_models.advisor import Advisor
from argus.services.qa.oracles.defect import Defect
from argus.services.qa.oracles.inspect import Inspector
from argus.services.qa.oracles.pictures import Pictures
from argus.services.qa.oracles.press import Press as PressOracle
from argus.services.qa.outcome import DiscoverySummary
from argus.services.qa.urls import (
    absolute_url,
    path_template,
    relative_url,
    same_application,
    url_template,
)

Emit = Callable[[str, dict[str, object]], Awaitable[None]]
"""Receives progress: `discovery_login`, `discovery_state`, `discovery_finding`."""

_CLICK_TIMEOUT_MS = 2_000
_SHARE_OF_A_PAGE = 0.8
"""Part of a short time budget after which a page is said not to load; the rest is to say so."""
_START_REST_S = 1.0
_MAX_PRESSES_DEEP = 4
_MAX_SIGN_INS = 3
_APPLICATION_GONE_AFTER = 3
"""So many pages that cannot be reached, without one in between that can."""


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
    ) -> None:
        """Pictures of findings go into the folder `pictures`; the advisor may say what of a layout
        looks intended. The agents that examine pages are charged to the ledger.
        """
        self._browser, self._emit, self._pictures = browser, emit, pictures
        self._advisor, self._ledger = advisor, ledger

    async def work(self, given: DiscoveryRequest, budget_s: float) -> Site:
        """What there is, found in the time at most, signing in not counted.

        An entrance that is not there by its end is a defect; another page that the end cut short is
        not judged. Where the page to sign in at is broken, that is all there is to find. With
        `read_only` no request but GET, HEAD and OPTIONS leaves the browser, except for signing in.

        Raises:
            ApplicationUnreachable: nothing answers at `app_url`, or nothing any more.
            NavigationBlocked: `app_url` redirects to another host.
            NoPageSeen: `app_url` shows no page, and no defect either.
            LoginFailed: the credentials do not work, or there is no login form.
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
            browser, app_url, storage_state=storage_state, read_only=given.read_only
        ) as session:
            inspector = Inspector(app_url, given.vitals_budget, self._advisor, self._ledger)
            explorer = _Explorer(
                browser, session, given, budget_s, self._emit, login, self._pictures, inspector
            )
            stopped_by = await explorer.run(entrance)
            return explorer.site(stopped_by)


class _Explorer:
    def __init__(
        self,
        browser: Browser,
        session: Session,
        request: DiscoveryRequest,
        budget_s: float,
        emit: Emit,
        login: Login | None,
        pictures: Path | None,
        inspector: Inspector,
    ) -> None:
        self._browser = browser
        self._session = session
        self._request, self._budget_s = request, budget_s
        self._emit = emit
        self._login = login
        self._pictures = Pictures(pictures) if pictures else None
        self._sign_ins = 1
        self._loop = asyncio.get_running_loop()
        self._started = self._loop.time()
        self._deadline = self._started + budget_s
        self._patience_s = min(NAVIGATION_TIMEOUT_S, _SHARE_OF_A_PAGE * budget_s)
        self._log = FindingLog(request.app_url, read_only=request.read_only)
        self._inspector = inspector
        self._api = ApiCatalogue(request.app_url)
        self._api.watch(session.context)
        self._index = StateIndex()
        self._frontier = Frontier(request.leads)
        self._atlas = Atlas()
        self._access: tuple[Access, ...] = ()
        self._reported = 0
        self._actions = 0
        self._unreachable_pages = 0
        self._here: tuple[str, PageDigest] | None = None

    async def run(self, entrance: str) -> str:
        """Explore from the URL `entrance` on; the answer is `Site.stopped_by`."""
        beginning = self._session.mark()
        try:
            async with asyncio.timeout_at(self._deadline):
                stopped_by = await self._explore(entrance)
                await self._conclude()
        except TimeoutError:
            stopped_by = "time_budget"
            window, budget_s = self._session.since(beginning), self._budget_s
            failure = overdue(entrance, window, budget_s)
            # One whose document came may only be slow to look at.
            if self._has_nothing_to_show() and not isinstance(failure, PageUnresponsive):
                await self._failed(entrance, failure, "")
        if self._has_nothing_to_show():
            raise NoPageSeen(f"{entrance} showed no page in {self._budget_s:.2g} s")
        return stopped_by

    async def _explore(self, entrance: str) -> str:
        await self._enter(entrance)
        await self._add_entrances()
        while not (stopped_by := self._limit_reached()):
            candidate = self._frontier.next(self._here[0] if self._here else "")
            if candidate is None:
                return "exhausted"
            self._frontier.learned(candidate, new=await self._try(candidate))
        return stopped_by

    async def _conclude(self) -> None:
        """What is asked for once, at the end, without opening it in the browser."""
        request = self._session.context.request
        if description := await find_description(request, self._request.app_url):
            self._api.document(description)
        await self._add(await self._inspector.conclude(self._session))
        if self._login is not None:
            await self._compare_roles(self._login.username)

    async def _compare_roles(self, user: str) -> None:
        app_url = self._request.app_url
        roles = self._request.roles or (NOBODY,)
        others, refused = await sessions(self._browser, app_url, roles)
        states = {user: await self._session.storage_state(), **others}
        urls = addresses(self._atlas.pages.values(), self._api.operations)
        self._access = await compare(self._browser, app_url, urls, states)
        for defect in (*refused, *suspicious(self._access, user)):
            self._log.add(defect)
        await self._report_findings()

    def _has_nothing_to_show(self) -> bool:
        return not self._atlas.states and not any(found.serious for found in self._log.findings)

    def _limit_reached(self) -> str:
        if len(self._atlas.pages) >= self._request.max_pages:
            return "max_pages"
        return "max_actions" if self._actions >= self._request.max_actions else ""

    async def _try(self, candidate: Candidate) -> bool:
        """True if the candidate led to a new state; what goes wrong is the application's affair."""
        try:
            if isinstance(candidate, Visit):
                return await self._visit(candidate)
            return await self._press(candidate)
        except PageFailed as error:
            self._here = None
            self._raise_if_gone(error)
            if isinstance(candidate, Visit):
                await self._failed(candidate.url, error, candidate.source)
            else:
                await self._failed(
                    self._atlas.states[candidate.state].url, error, candidate.fragment
                )
        except PlaywrightError:
            if not self._browser.is_connected():
                raise
            self._here = None  # the page moved on by itself: nothing to learn
        return False

    async def _enter(self, url: str) -> None:
        entrance = Visit(url, url_template(url), path_template(url), 0, "")
        self._frontier.start_with(entrance)
        await self._try(entrance)

    async def _add_entrances(self) -> None:
        """Queue the pages that the code names, as far as there are any at these addresses."""
        asked, app_url = self._session.context.request, self._request.app_url
        for url in await pages_among(asked, app_url, self._request.leads.entrances):
            self._frontier.add(Visit(url, url_template(url), path_template(url), 1, ""))

    def _raise_if_gone(self, error: PageFailed) -> None:
        """Raise `error` if there is no application, or none any more."""
        unreachable = isinstance(error, ApplicationUnreachable)
        self._unreachable_pages += unreachable
        if self._unreachable_pages >= _APPLICATION_GONE_AFTER or (
            not self._atlas.states and (unreachable or isinstance(error, NavigationBlocked))
        ):
            raise error

    def site(self, stopped_by: str) -> Site:
        atlas = self._atlas
        return Site(
            app_url=self._request.app_url,
            login=self._login,
            pages=tuple(atlas.pages.values()),
            states=tuple(atlas.states.values()),
            transitions=tuple(atlas.transitions()),
            forms=tuple(atlas.forms.values()),
            collections=tuple(atlas.collections.values()),
            api=self._api.operations,
            access=self._access,
            findings=self._log.findings,
            summary=DiscoverySummary(
                pages=len(atlas.pages),
                states=len(atlas.states),
                actions=self._actions,
                forms=len(atlas.forms),
                duration_s=round(self._loop.time() - self._started, 3),
            ),
            stopped_by=stopped_by,
        )

    async def _visit(self, visit: Visit) -> bool:
        self._actions += 1
        mark = self._session.mark()
        self._inspector.links.opened(visit.url)
        try:
            await self._open(visit.url)
        finally:
            await self._judge(mark, visit.url, visit.source)
        return await self._arrive(mark, (self._goto(self._session.url),), None)

    async def _open(self, url: str) -> None:
        await self._session.goto(url, timeout_s=self._patience_s)
        await unroll(self._session)

    async def _press(self, press: Press) -> bool:
        """Press a control in its state; the state is opened first if it is not there."""
        if not await self._reach(press.state) or self._here is None:
            self._frontier.drop_state(press.state)
            return False
        key, digest = self._here
        action = next((a for a in digest.actions if a.fragment == press.fragment), None)
        if action is None:
            return False
        self._actions += 1
        mark = self._session.mark()
        before = self._session.url
        step = await self._pressing(action)
        self._here = None
        control = self._session.page.locator(action.path)
        oracle = PressOracle(self._session, control, action.path, action.name)
        await oracle.begin()
        try:
            await control.click(timeout=_CLICK_TIMEOUT_MS)
            await self._session.settle()
        finally:
            await self._judge(mark, before, "")
        if action.role == "button" and action.name and (defect := await oracle.defect()):
            await self._add([defect])
        moved = relative_url(self._session.url) != relative_url(before)
        path = (self._goto(self._session.url),) if moved else (*self._atlas.states[key].path, step)
        return await self._arrive(mark, path, (key, step))

    async def _pressing(self, action: ActionSeen) -> Step:
        page = self._session.page
        target = await target_of(page, page.locator(action.path))
        return Step(id=f"press-{self._actions}", action=Action.CLICK, target=target)

    async def _reach(self, key: str) -> bool:
        """Open the state by its path, unless it is open."""
        if self._here is not None and self._here[0] == key:
            return True
        self._here = None
        session = self._session
        for step in self._atlas.states[key].path:
            if step.target is None:
                await self._open(str(step.value))
            else:
                _, located = await resolve(session.page, step.target, {})
                if located is None:
                    return False
                await located.click(timeout=_CLICK_TIMEOUT_MS)
                await session.settle()
        digest = await read_digest(session)
        found, _ = self._index.identify(digest, signed_in=self._is_signed_in(digest))
        self._here = (found, digest)
        return found == key

    async def _arrive(
        self, mark: Mark, path: tuple[Step, ...], came_by: tuple[str, Step] | None
    ) -> bool:
        """Take in the page that is open since `mark`; True if its state is new."""
        arrived = self._session.since(mark)
        status = arrived.documents[-1].status if arrived.documents else 0
        if not same_application(self._session.url, self._request.app_url):
            self._here = None
            return False
        await self._api.take_in()
        digest = await self._read()
        self._unreachable_pages = 0
        if self._login and not self._is_signed_in(digest) and await self._sign_in_again():
            return False
        signed_in = self._is_signed_in(digest)
        key, new = self._index.identify(digest, signed_in=signed_in)
        self._here = (key, digest)
        if came_by is not None and came_by[0] != key:
            self._atlas.add_way(came_by[0], key, came_by[1])
        self._atlas.add_page(digest, status)
        if new:
            state = self._atlas.add_state(key, digest, path, signed_in=signed_in)
            await self._describe(digest, state)
        self._queue(digest, self._atlas.states[key])
        if new and status < 400:
            await self._examine(digest, arrived)
        return new

    async def _read(self) -> PageDigest:
        """The page; one that shows nothing yet is given the time to start."""
        digest = await read_digest(self._session)
        if not digest.paths:
            await self._session.settle(self._patience_s, rest_s=_START_REST_S)
            digest = await read_digest(self._session)
        return digest

    async def _examine(self, digest: PageDigest, arrived: Window) -> None:
        examination = await self._inspector.examine(self._session, arrived)
        if examination.vitals:
            self._atlas.add_vitals(digest, examination.vitals)
        await self._add(examination.defects)
        if self._session.url != digest.url:  # the page did not stand it
            self._here = None

    async def _describe(self, digest: PageDigest, state: State) -> None:
        self._log.look_at_page(digest)
        atlas = self._atlas
        await atlas.describe(self._session, digest, state)
        await self._emit(
            "discovery_state",
            {
                "url": state.url,
                "title": state.title,
                "states": len(atlas.states),
                "pages": len(atlas.pages),
                "forms": len(atlas.forms),
            },
        )
        await self._report_findings()

    def _queue(self, digest: PageDigest, state: State) -> None:
        for link in digest.links:
            inside = same_application(link.url, self._request.app_url)
            if inside and may_follow(link.url, link.name, link.hint):
                depth = state.depth + 1
                self._inspector.links.add(link.url, digest.url)
                template, family = url_template(link.url), path_template(link.url)
                self._frontier.add(Visit(link.url, template, family, depth, digest.url))
                self._atlas.add_lead(state.key, link.url)
        if state.depth < _MAX_PRESSES_DEEP:
            for action in digest.actions:
                if may_click(action.name, action.hint):
                    self._frontier.add(Press(state.key, action.fragment, state.depth + 1))

    async def _sign_in_again(self) -> bool:
        """The session has ended: sign in anew, a few times at most."""
        login = self._request.login
        if login is None or self._sign_ins >= _MAX_SIGN_INS:
            return False
        self._sign_ins += 1
        try:
            _, storage_state = await sign_in(self._browser, self._request.app_url, login)
        except (LoginFailed, LoginPageBroken):
            return False
        await self._session.context.set_storage_state(storage_state)
        self._here = None
        return True

    def _is_signed_in(self, digest: PageDigest) -> bool:
        return self._login is not None and digest.password_form is None

    async def _judge(self, mark: Mark, url: str, source: str) -> None:
        self._log.look_at(self._session.since(mark), url, source)
        await self._report_findings()

    async def _add(self, defects: Iterable[Defect]) -> None:
        for defect in defects:
            if self._pictures is None or self._log.knows(defect):
                self._log.add(defect)
            else:
                self._log.add(await self._pictures.add_to(defect, self._session))
        await self._report_findings()

    async def _failed(self, url: str, error: PageFailed, source: str) -> None:
        self._log.page_failed(url, error, source)
        await self._report_findings()

    async def _report_findings(self) -> None:
        """Tell those that have not been told yet."""
        new = self._log.findings[self._reported :]
        self._reported += len(new)
        for finding in new:
            await self._emit("discovery_finding", finding.model_dump(mode="json"))

    def _goto(self, url: str) -> Step:
        return Step(id=f"goto-{self._actions}", action=Action.GOTO, value=relative_url(url))
