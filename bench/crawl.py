"""What exploring costs as the application grows: time for a state, and memory in all."""

import asyncio
import time
from collections.abc import Mapping
from itertools import pairwise
from statistics import fmean
from string import ascii_lowercase

import psutil

from argus.services.qa.benchmark.applications.web import Application, Request, Response, serving
from argus.services.qa.browser.launch import open_browser
from argus.services.qa.discovery.explore import AutoDiscovery
from argus.services.qa.discovery.site import DiscoveryRequest, Site
from bench.figures import Figure

_STATES = 200
_SOME = 20
_BUDGET_S = 1800.0
_MIB = 1024**2

_PAGE = """<title>{name}</title><main><h1>{name}</h1><p>About {name}. <button>More</button></p>
<table>{rows}</table>
<form method=post><label>Remark <input name=remark></label><button>Send</button></form>
<ul>{links}</ul></main>"""


class Catalogue(Application):
    """Pages of one build, each with an address of its own, which lead on to two others."""

    name = "catalogue"
    bugs = screens = ()

    def handle(self, request: Request) -> Response:
        name = request.path.rpartition("/")[2] or "a"
        number = 0
        for letter in name:
            number = 26 * number + ascii_lowercase.find(letter) + 1
        children = [_name(2 * number), _name(2 * number + 1)]
        links = "".join(f"<li><a href=/topic/{each}>Topic {each}</a></li>" for each in children)
        rows = "".join(f"<tr><td>{name} {row}<td>{row * number}</tr>" for row in range(10))
        return Response(_PAGE.format(name=f"Topic {name}", rows=rows, links=links))


class _Watched:
    """What the discovery was seen to cost when it told of a state."""

    def __init__(self) -> None:
        self._process = psutil.Process()
        self.states: list[tuple[float, float]] = []
        """Seconds of CPU of this process, and of the clock, when each was told."""
        self.memory = 0

    async def told(self, kind: str, _data: Mapping[str, object]) -> None:
        """An event of discovery."""
        if kind != "discovery_state":
            return
        self.states.append((time.process_time(), time.perf_counter()))
        if len(self.states) % 10 == 0:
            self.memory = max(self.memory, self._memory())
        if len(self.states) % 50 == 0:
            print(f"  {len(self.states)} states", flush=True)

    def each(self, which: slice, what: int) -> float:
        """Milliseconds of a state, of the CPU (0) or the clock (1)."""
        at = [seen[what] for seen in self.states[which]]
        return fmean(later - earlier for earlier, later in pairwise(at)) * 1000

    def _memory(self) -> int:
        total = 0
        for process in [self._process, *self._process.children(recursive=True)]:
            try:
                total += process.memory_full_info().pss
            except psutil.NoSuchProcess:
                continue
        return total


def run() -> list[Figure]:
    """Explore 200 states; the first few, in which much is done once, are left out."""
    watched = _Watched()
    site = asyncio.run(_explore(watched))
    first, last = slice(_SOME, 2 * _SOME), slice(-_SOME, None)
    cpu = [watched.each(which, 0) for which in (first, last)]
    clock = [watched.each(which, 1) for which in (first, last)]
    return [
        Figure("states explored", len(site.states), "", at_least=_STATES),
        Figure(
            "worker's CPU for each of the last 20, beside the first",
            cpu[1] / cpu[0],
            "times",
            at_most=1.2,
        ),
        Figure("  of the first", cpu[0], "ms"),
        Figure("  of the last", cpu[1], "ms"),
        Figure("time of each of the last 20, beside the first", clock[1] / clock[0], "times"),
        Figure("memory of worker, browser and driver", watched.memory / _MIB, "MiB", at_most=1024),
    ]


async def _explore(watched: _Watched) -> Site:
    with serving(Catalogue()) as served:
        async with open_browser() as browser:
            request = DiscoveryRequest(app_url=served.url, max_pages=_STATES)
            return await AutoDiscovery(browser, watched.told).work(request, _BUDGET_S)


def _name(number: int) -> str:
    """`a`, `b`, ... `z`, `aa`, ...: words without digits, which no template folds."""
    name = ""
    while number:
        number, letter = divmod(number - 1, 26)
        name = ascii_lowercase[letter] + name
    return name
