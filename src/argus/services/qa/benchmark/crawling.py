"""B7 and B8: whether discovery finds an application's screens, and tells them apart.

B7 tests each seeded application for the first time and compares the states with its labels; how
many lines of its server that ran is set against a breadth-first crawler of links, which is signed
in as well. B8 looks at labelled addresses, some of them after a click, and asks of each two whether
they are one screen.
"""

import inspect
import re
import sys
from collections import deque
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from itertools import combinations
from types import CodeType, FrameType
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

from argus.services.qa.benchmark.applications.web import (
    Application,
    Request,
    Response,
    Screen,
    serving,
)
from argus.services.qa.benchmark.figures import Figure, Measures, Target, f1
from argus.services.qa.benchmark.replay import Machine, users_of
from argus.services.qa.browser.session import new_session
from argus.services.qa.discovery.digest import read_digest
from argus.services.qa.discovery.login import sign_in
from argus.services.qa.discovery.site import Site
from argus.services.qa.discovery.state import StateIndex
from argus.services.qa.ir import Suite

_LINK = re.compile(r'<a\b[^>]*\bhref="([^"#]*)')
_MOST_PAGES = 200

Case = tuple[bool, bool]
"""What is true, and what was said."""


@dataclass(frozen=True)
class Exploration:
    """What the first run on one application came to."""

    suite: Suite

    screens: tuple[Case, ...]
    """Of each label and each superfluous state: whether it is a screen, and was found."""
    found: int
    duration_s: float
    discovery_lines: frozenset[int]
    lines: frozenset[int]
    link_lines: frozenset[int]
    all_lines: frozenset[int]


class _Traced:
    """A clean build that remembers which lines of its methods ran while it answered."""

    def __init__(self, application: type[Application]) -> None:
        self.application = application()
        self.application.disturb = self._watch
        self.executable = executable_lines(application)
        self._file = inspect.getfile(application)
        self._seen: set[int] = set()

    def lines(self) -> frozenset[int]:
        """Those that ran so far."""
        return self.executable & self._seen

    def _watch(self, _: Request) -> Response | None:
        sys.settrace(self._trace)
        return None

    def _trace(self, frame: FrameType, event: str, _: object) -> Any:
        if frame.f_code.co_filename != self._file:
            return None
        if event == "line":
            self._seen.add(frame.f_lineno)
        return self._trace


async def explore(running: Machine, application: type[Application]) -> Exploration:
    """Test the application for the first time; then follow its links on another server."""
    traced, by_links = _Traced(application), _Traced(application)
    after_phases: list[frozenset[int]] = []

    def note(event: str) -> None:
        if event == "phase_ended":
            after_phases.append(traced.lines())

    with serving(traced.application) as served:
        run = await running.run(served.url, application, on_event=note)
    assert run.site is not None
    assert run.suite is not None
    before = sys.gettrace()
    try:
        _follow_links(by_links.application)
    finally:
        sys.settrace(before)
    cases = tuple(_screens(run.site, application.screens))
    return Exploration(
        suite=run.suite,
        screens=cases,
        found=cases.count((True, True)),
        duration_s=run.site.summary.duration_s,
        discovery_lines=after_phases[0],
        lines=traced.lines(),
        link_lines=by_links.lines(),
        all_lines=traced.executable,
    )


async def compare_pages(running: Machine, application: type[Application]) -> list[Case]:
    """Of each two labelled addresses: whether they are one screen, and are taken for one."""
    index = StateIndex()
    seen: list[tuple[str, str]] = []
    with serving(application()) as served:
        browser = await running.browsers.get()
        users, storage_state = users_of(application, served.url), None
        if users:
            _, storage_state = await sign_in(browser, served.url, users[0])
        async with new_session(browser, served.url, storage_state=storage_state) as session:
            for screen in application.screens:
                for address in screen.samples:
                    await session.goto(address)
                    if screen.press:
                        await session.page.click(screen.press)
                        await session.settle()
                    digest = await read_digest(session)
                    key, _ = index.identify(digest, signed_in=bool(users))
                    seen.append((screen.name, key))
    return [(one[0] == other[0], one[1] == other[1]) for one, other in combinations(seen, 2)]


def exploration_figures(found: Sequence[Exploration], seed: int) -> list[Figure]:
    """The rows of B7."""
    measures = Measures("B7", seed)
    return [
        measures.estimate(
            "F1 of the model against labels",
            [case for each in found for case in each.screens],
            agreement,
            "screens and superfluous states",
            unit="score",
            target=Target(at_least=0.9),
        ),
        measures.estimate(
            "server lines of a first run, over a crawler of links",
            found,
            lambda drawn: (
                sum(len(each.lines) for each in drawn) / sum(len(each.link_lines) for each in drawn)
            ),
            "applications",
            unit="ratio",
            target=Target(at_least=1.5),
        ),
        measures.estimate(
            "the same of discovery alone, which sends nothing",
            found,
            lambda drawn: (
                sum(len(each.discovery_lines) for each in drawn)
                / sum(len(each.link_lines) for each in drawn)
            ),
            "applications",
            unit="ratio",
        ),
        measures.share(
            "server lines of a first run",
            sum(len(each.lines) for each in found),
            sum(len(each.all_lines) for each in found),
            "lines",
        ),
        measures.estimate(
            "screens found",
            found,
            lambda drawn: (
                60 * sum(each.found for each in drawn) / sum(each.duration_s for each in drawn)
            ),
            "applications",
            unit="per minute",
        ),
    ]


def duplicate_figures(found: Sequence[Case], seed: int) -> list[Figure]:
    """The rows of B8."""
    return [
        Measures("B8", seed).estimate(
            "F1 of pairs taken for one screen",
            found,
            agreement,
            "pairs of pages",
            unit="score",
            target=Target(at_least=0.95),
        )
    ]


def agreement(cases: Sequence[Case]) -> float:
    """F1 of what was said to be so."""
    return f1(
        sum(true and said for true, said in cases),
        sum(said and not true for true, said in cases),
        sum(true and not said for true, said in cases),
    )


def executable_lines(application: type[Application]) -> frozenset[int]:
    """The lines of the application's methods that answer requests."""
    codes = [
        member.__code__
        for name, member in vars(application).items()
        if name != "__init__" and isinstance(getattr(member, "__code__", None), CodeType)
    ]
    return frozenset(
        line
        for code in codes
        for _, _, line in code.co_lines()
        if line is not None and line != code.co_firstlineno
    )


def _screens(site: Site, labels: Sequence[Screen]) -> Generator[Case]:
    """Screens that only a submission shows are no labels here: discovery submits nothing."""
    reachable = {screen.name for screen in labels if not screen.invalid}
    given = [
        next(
            (
                screen.name
                for screen in labels
                if re.fullmatch(screen.addresses, state.url)
                and screen.dialog == state.dialog_open
                and screen.invalid == state.validation_error
            ),
            "",
        )
        for state in site.states
    ]
    yield from ((True, name in given) for name in sorted(reachable))
    superfluous = len(given) - len(reachable & {*given})
    yield from [(False, True)] * superfluous


def _follow_links(application: Application) -> None:
    """Breadth first from the entrance, without a browser."""
    cookies: dict[str, str] = {}
    for name, password in [*application.users.items()][:1]:
        form = {"username": name, "password": password}
        answer = application.handle(Request("POST", "/login", form=form))
        key, _, rest = answer.headers["Set-Cookie"].partition("=")
        cookies[key] = rest.partition(";")[0]
    queue, known = deque(["/"]), {"/", "/logout"}
    while queue and len(known) < _MOST_PAGES:
        address = queue.popleft()
        parts = urlsplit(address)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        answer = application.handle(Request("GET", parts.path, query, cookies=cookies))
        for link in [answer.headers.get("Location", ""), *_LINK.findall(str(answer.body))]:
            if link and (to := urljoin(address, link)) not in known:
                known.add(to)
                queue.append(to)
