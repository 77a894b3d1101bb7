"""One exploration: from state to state, with what each press and each page has taught so far."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from playwright.async_api import Browser
from playwright.async_api import Error as PlaywrightError

from argus.services.qa.browser.errors import (
    ApplicationUnreachable,
    NavigationBlocked,
    PageFailed,
    PageUnresponsive,
)
from argus.services.qa.browser.fence import sent_in
from argus.services.qa.browser.overlay import uncover
from argus.services.qa.browser.session import NAVIGATION_TIMEOUT_S, Session, overdue
from argus.services.qa.browser.slowness import slowness
from argus.services.qa.browser.traffic import Mark, Window
from argus.services.qa.discovery.access import addresses, compare, sessions
from argus.services.qa.discovery.api import ApiCatalogue, find_description, named_by
from argus.services.qa.discovery.digest import PageDigest, read_digest
from argus.services.qa.discovery.entrances import pages_among
from argus.services.qa.discovery.errors import LoginFailed, LoginPageBroken, NoPageSeen
from argus.services.qa.discovery.findings import FindingLog
from argus.services.qa.discovery.frontier import Candidate, Frontier, Press, Visit
from argus.services.qa.discovery.login import sign_in
from argus.services.qa.discovery.matrix import suspicious
from argus.services.qa.discovery.memory import Notebook
from argus.services.qa.discovery.pressing import follow, press_harmlessly
from argus.services.qa.discovery.site import NOBODY, Access, DiscoveryRequest, Site, State
from argus.services.qa.discovery.state import StateIndex
from argus.services.qa.discovery.unroll import unroll
from argus.services.qa.ir import Action, Login, Step
from argus.services.qa.oracles.defect import Defect
from argus.services.qa.oracles.inspect import Inspector
from argus.services.qa.oracles.pictures import Pictures
from argus.services.qa.outcome import DiscoverySummary
from argus.services.qa.safety import may_click, may_follow
from argus.services.qa.urls import (
    absolute_url,
    is_excluded,
    path_template,
    relative_url,
    same_application,
    url_template,
)

_SHARE_OF_A_PAGE = 0.8
"""Part of a short time budget after which a page is said not to load; the rest is to say so."""
_LEAST_SHARE = 0.25
"""Part of the time budget that is left to explore after the entrance, however late it came."""
_START_REST_S = 1.0
_MAX_PRESSES_DEEP = 4
_MAX_SIGN_INS = 3
_APPLICATION_GONE_AFTER = 3
"""So many pages that cannot be reached, without one in between that can."""


class _Came(NamedTuple):
    """From which state, as it looked, by which press."""

    state: str
    digest: PageDigest
    by: Step


class Explorer:
    """Explores in a session of its own; `site` says what was found."""

    def __init__(
        self,
        browser: Browser,
        session: Session,
        request: DiscoveryRequest,
        budget_s: float,
        notebook: Notebook,
        login: Login | None,
        pictures: Path | None,
        inspector: Inspector,
    ) -> None:
        """It begins with the memory that the notebook has."""
        self._browser = browser
        self._session = session
        self._request, self._budget_s = request, budget_s
        self._notebook, self._memory = notebook, (memory := notebook.memory)
        self._login = login
        self._pictures = Pictures(pictures) if pictures else None
        self._loop = asyncio.get_running_loop()
        self._started = self._loop.time()
        self._deadline = self._started + budget_s
        busy_s = min(budget_s * slowness(), request.entrance_s)
        self._entrance_s = max(budget_s, busy_s)
        self._patience_s = min(NAVIGATION_TIMEOUT_S, _SHARE_OF_A_PAGE * budget_s)
        self._log = FindingLog(request.app_url, memory.found)
        self._inspector = inspector
        self._api = ApiCatalogue(request.app_url, memory.api)
        self._api.watch(session.context)
        self._index = StateIndex(memory.screens)
        self._frontier = Frontier(request.leads, memory.tried)
        self._atlas = memory.atlas
        self._access: tuple[Access, ...] = ()
        self._description = ""
        self._here: tuple[str, PageDigest] | None = None

    async def run(self, entrance: str) -> str:
        """Explore from the URL `entrance` on; the answer is `Site.stopped_by`."""
        beginning = self._session.mark()
        try:
            async with asyncio.timeout_at(self._started + self._entrance_s) as limit:
                await self._begin(entrance)
                least = self._loop.time() + _LEAST_SHARE * self._budget_s
                limit.reschedule(max(self._deadline, least))
                stopped_by = await self._explore()
                await self._conclude()
        except TimeoutError:
            stopped_by = "time_budget"
            window, budget_s = self._session.since(beginning), self._budget_s
            failure = overdue(entrance, window, budget_s)
            # One whose document came may only be slow to look at.
            if self._has_nothing_to_show() and not isinstance(failure, PageUnresponsive):
                await self._failed(entrance, failure, "")
        if self._has_nothing_to_show():
            if self._memory.sign_ins > 1:
                raise LoginFailed(
                    f"{entrance} asks for the password again in a new window: the application "
                    "keeps who is signed in neither in cookies nor in local storage"
                )
            raise NoPageSeen(f"{entrance} showed no page in {self._entrance_s:.2g} s")
        return stopped_by

    async def _begin(self, entrance: str) -> None:
        memory = self._memory
        if not memory.begun:
            await self._enter(entrance)
            await self._add_entrances()
            memory.begun = True
            memory.here = self._here[0] if self._here else ""

    async def _explore(self) -> str:
        memory = self._memory
        while not (stopped_by := self._limit_reached()):
            await self._notebook.pause()
            candidate = self._frontier.next(memory.here)
            if candidate is None:
                return "exhausted"
            self._frontier.learned(candidate, new=await self._try(candidate))
            memory.here = self._here[0] if self._here else ""
        return stopped_by

    async def _conclude(self) -> None:
        """What is asked for once, at the end, without opening it in the browser."""
        request, named = self._session.context.request, self._memory.descriptions
        if found := await find_description(request, self._request.app_url, named):
            self._description = found.address
            self._api.document(found.description)
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
        self._report_findings()

    def _has_nothing_to_show(self) -> bool:
        return not self._atlas.states and not any(found.serious for found in self._log.findings)

    def _limit_reached(self) -> str:
        if len(self._atlas.pages) >= self._request.max_pages:
            return "max_pages"
        return "max_actions" if self._memory.actions >= self._request.max_actions else ""

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
        mark = self._session.mark()
        await self._try(entrance)
        with suppress(PageFailed, PlaywrightError):  # what is wrong with it is known by now
            self._memory.descriptions = await named_by(self._session, self._session.since(mark))

    async def _add_entrances(self) -> None:
        """Queue the pages that the code names, as far as there are any at these addresses."""
        asked, app_url = self._session.context.request, self._request.app_url
        named = [absolute_url(each, app_url) for each in self._request.leads.entrances]
        for url in await pages_among(asked, app_url, [*filter(self._is_inside, named)]):
            self._frontier.add(Visit(url, url_template(url), path_template(url), 1, ""))

    def _raise_if_gone(self, error: PageFailed) -> None:
        """Raise `error` if there is no application, or none any more."""
        unreachable = isinstance(error, ApplicationUnreachable)
        self._memory.unreachable_pages += unreachable
        if self._memory.unreachable_pages >= _APPLICATION_GONE_AFTER or (
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
            description=self._description,
            access=self._access,
            findings=self._log.findings,
            summary=DiscoverySummary(
                pages=len(atlas.pages),
                states=len(atlas.states),
                actions=self._memory.actions,
                forms=len(atlas.forms),
                duration_s=round(self._notebook.spent_s(), 3),
            ),
            stopped_by=stopped_by,
        )

    async def _visit(self, visit: Visit) -> bool:
        self._memory.actions += 1
        mark = self._session.mark()
        self._inspector.links.opened(visit.url)
        try:
            await self._open(visit.url)
        finally:
            await self._judge(mark, visit.url, visit.source)
        self._memory.reads.update(sent_in(self._session.since(mark)))
        await uncover(self._session, self._memory.reads)
        at = self._session.url
        # What the application adds to its address may be of this time only.
        added = "#" not in visit.url and at.partition("#")[0] == visit.url
        return await self._arrive(mark, (self._goto(visit.url if added else at),))

    async def _open(self, url: str) -> None:
        await self._session.goto(url, timeout_s=self._patience_s)
        await unroll(self._session)

    async def _open_again(self, url: str) -> None:
        await self._open(url)
        await uncover(self._session, self._memory.reads)

    async def _press(self, press: Press) -> bool:
        """Press a control in its state; the state is opened first if it is not there."""
        if not await self._reach(press.state) or self._here is None:
            self._frontier.drop_state(press.state)
            return False
        key, digest = self._here
        action = next((a for a in digest.actions if a.fragment == press.fragment), None)
        if action is None:
            return False
        self._memory.actions += 1
        mark = self._session.mark()
        before = self._session.url
        self._here = None
        try:
            pressed = await press_harmlessly(self._session, action, self._memory.reads)
        finally:
            await self._judge(mark, before, "")
        if pressed is None:
            self._here = key, digest
            return False
        target, dead = pressed
        await self._add(dead)
        if self._session.since(mark).held_back:
            return False
        step = Step(id=f"press-{self._memory.actions}", action=Action.CLICK, target=target)
        moved = relative_url(self._session.url) != relative_url(before)
        path = (self._goto(self._session.url),) if moved else (*self._atlas.states[key].path, step)
        return await self._arrive(mark, path, _Came(key, digest, step))

    async def _reach(self, key: str) -> bool:
        """Open the state by its path, unless it is open, or what is open closes and leaves it."""
        if self._here is not None and self._here[0] == key:
            return True
        wanted = self._atlas.states[key]
        if self._here is not None and relative_url(self._here[1].url) == wanted.url:
            await self._session.page.keyboard.press("Escape")
            await self._session.settle()
            if await self._look_around() == key:
                return True
        self._here = None
        if not await follow(self._session, wanted.path, self._open_again, self._memory.reads):
            return False
        return await self._look_around() == key

    async def _look_around(self) -> str:
        """The key of the state that is open."""
        digest = await read_digest(self._session)
        key, _ = self._index.identify(digest, signed_in=self._is_signed_in(digest))
        self._here = (key, digest)
        return key

    async def _arrive(self, mark: Mark, path: tuple[Step, ...], came: _Came | None = None) -> bool:
        """Take in the page that is open since `mark`; True if it shows something new."""
        arrived = self._session.since(mark)
        status = arrived.documents[-1].status if arrived.documents else 0
        if not same_application(self._session.url, self._request.app_url):
            self._here = None
            return False
        await self._api.take_in()
        digest = await self._read()
        self._memory.unreachable_pages = 0
        if self._login and not self._is_signed_in(digest) and await self._sign_in_again():
            return False
        signed_in = self._is_signed_in(digest)
        key, new = self._index.identify(digest, signed_in=signed_in)
        self._here = (key, digest)
        if came is not None and came.state != key:
            self._atlas.add_way(came.state, key, came.by)
        self._atlas.add_page(digest, status)
        if new or self._atlas.shows_empty(digest):
            state = self._atlas.add_state(key, digest, path, signed_in=signed_in)
            await self._describe(digest, state)
        self._queue(digest, self._atlas.states[key], came)
        if new and status < 400:
            await self._examine(digest, arrived)
        return new and not (came and self._opened_before(digest, came))

    def _opened_before(self, digest: PageDigest, came: _Came) -> bool:
        """Whether a press opened what one has opened on another page: the menu of a header."""
        if digest.opened == came.digest.opened:
            return False
        known = digest.opened in self._memory.opened
        self._memory.opened.add(digest.opened)
        return known

    async def _read(self) -> PageDigest:
        """The page; one that shows nothing yet is given the time to start."""
        digest = await read_digest(self._session)
        if not digest.paths:
            busy = slowness()
            await self._session.settle(self._patience_s * busy, rest_s=_START_REST_S * busy)
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
        seen = {
            "url": state.url,
            "title": state.title,
            "states": len(atlas.states),
            "pages": len(atlas.pages),
            "forms": len(atlas.forms),
        }
        self._memory.untold.append(("discovery_state", seen))
        self._report_findings()

    def _queue(self, digest: PageDigest, state: State, came: _Came | None) -> None:
        """What to try from here; what a press in place left as it was, is tried from there."""
        for link in digest.links:
            inside = self._is_inside(link.url)
            if inside and may_follow(link.url, link.name, link.hint):
                depth = state.depth + 1
                self._inspector.links.add(link.url, digest.url)
                template, family = url_template(link.url), path_template(link.url)
                self._frontier.add(Visit(link.url, template, family, depth, digest.url))
                self._atlas.add_lead(state.key, link.url)
        if state.depth < _MAX_PRESSES_DEEP:
            stayed = came is not None and came.digest.url == digest.url
            known = {each.fragment for each in came.digest.actions} if came and stayed else ()
            for action in digest.actions:
                if action.fragment not in known and may_click(action.name, action.hint):
                    self._frontier.add(Press(state.key, action.fragment, state.depth + 1))

    def _is_inside(self, url: str) -> bool:
        """Whether it belongs to the application, and is not to be left alone."""
        exclude = self._request.exclude
        return same_application(url, self._request.app_url) and not is_excluded(url, exclude)

    async def _sign_in_again(self) -> bool:
        """The session has ended: sign in anew, a few times at most."""
        login = self._request.login
        if login is None or self._memory.sign_ins >= _MAX_SIGN_INS:
            return False
        self._memory.sign_ins += 1
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
        self._report_findings()

    async def _add(self, defects: Iterable[Defect]) -> None:
        for defect in defects:
            if self._pictures is None or self._log.knows(defect):
                self._log.add(defect)
            else:
                self._log.add(await self._pictures.add_to(defect, self._session))
        self._report_findings()

    async def _failed(self, url: str, error: PageFailed, source: str) -> None:
        self._log.page_failed(url, error, source)
        self._report_findings()

    def _report_findings(self) -> None:
        """Have those told that have not been told yet."""
        memory, found = self._memory, self._log.findings
        new = [("discovery_finding", each.model_dump(mode="json")) for each in found[memory.told :]]
        memory.untold += new
        memory.told = len(found)

    def _goto(self, url: str) -> Step:
        return Step(id=f"goto-{self._memory.actions}", action=Action.GOTO, value=relative_url(url))
