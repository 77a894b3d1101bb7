"""The testing loop inside this process: what a run does, without a platform around it."""

from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.memory import InMemorySaver
from pydantic import SecretStr

from argus.services.qa.benchmark.applications.web import Application
from argus.services.qa.discovery.site import Credentials, Role, Site
from argus.services.qa.execution.browsers import Browsers
from argus.services.qa.execution.execute import Bench
from argus.services.qa.ir import Suite, Test
from argus.services.qa.judging import Judged
from argus.services.qa.leads import NO_LEADS, Leads
from argus.services.qa.loop.graph import Options, Workbench, build_graph

PARALLEL_TESTS = 2
_MAX_PAGES = 40
_BUDGET_S = 240.0
_nonces = count()


@dataclass
class Run:
    """What a run came to; a journal that is kept in memory."""

    results: dict[str, Judged] = field(default_factory=dict[str, Judged])
    suite: Suite | None = None
    site: Site | None = None
    on_event: Callable[[str], None] = lambda _: None
    """Told the type of each event."""

    async def event(self, type_: str, data: Mapping[str, object]) -> None:  # noqa: ARG002 - a Journal
        self.on_event(type_)

    async def judged(self, judged: Judged) -> None:
        self.results[judged.result.id] = judged

    async def finished_tests(self) -> set[str]:
        return set(self.results)

    async def report(self, suite: Suite, site: Site | None, leads: Leads = NO_LEADS) -> None:  # noqa: ARG002
        self.suite, self.site = suite, site

    def nonce(self) -> str:
        return f"benchmark-{next(_nonces)}"


@dataclass
class Machine:
    """Where the benchmarks run: one browser, and the seed of everything."""

    browsers: Browsers
    seed: int
    folder: Path
    """For screenshots, which nobody looks at."""

    def bench(self, url: str, application: type[Application]) -> Bench:
        """What tests of the application at `url` run on, as its first user, beside its others."""
        others = users_of(application, url)[1:]
        return Bench(
            browsers=self.browsers,
            app_url=url,
            seed=self.seed,
            evidence=self.folder,
            secrets={"login.password": next(iter(application.users.values()), "")},
            roles=tuple(Role(name=each.username, login=each) for each in others),
        )

    async def run(
        self,
        url: str,
        application: type[Application],
        suite: Suite | None = None,
        *,
        only: Iterable[Test] | None = None,
        on_event: Callable[[str], None] = lambda _: None,
    ) -> Run:
        """Test the application at `url`: replay `suite` or `only` some of it, else learn one.

        Raises:
            ArgusError: the run ended without saying anything.
        """
        options = Options(
            app_url=url,
            seed=self.seed,
            max_pages=_MAX_PAGES,
            time_budget_s=_BUDGET_S,
            read_only=False,
            parallel_tests=PARALLEL_TESTS,
        )
        run = Run(on_event=on_event)
        work = Workbench(
            options,
            self.bench(url, application),
            next(iter(users_of(application, url)), None),
            run,
        )
        beginning: dict[str, Any] = {}
        if suite is not None:
            tests = suite.tests if only is None else tuple(only)
            asked = suite.model_copy(update={"tests": tests, "app_url": url})
            beginning = {"suite": asked.model_dump(mode="json")}
        config = RunnableConfig(
            configurable={"thread_id": run.nonce()}, recursion_limit=50, max_concurrency=64
        )
        graph: Any = build_graph(work, InMemorySaver())
        await graph.ainvoke(beginning, config)
        return run


def users_of(application: type[Application], url: str) -> list[Credentials]:
    """Those that it has, the one whom tests are first; none where nobody signs in."""
    return [
        Credentials(username=username, password=SecretStr(password), login_url=url + "login")
        for username, password in application.users.items()
    ]


@asynccontextmanager
async def machine(seed: int, browser: Path | None = None) -> AsyncGenerator[Machine]:
    """A machine with a browser of its own, which ends with the block."""
    with TemporaryDirectory(prefix="argus-bench-") as folder:
        async with Browsers(browser) as browsers:
            yield Machine(browsers, seed, Path(folder))
