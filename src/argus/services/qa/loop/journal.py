"""Where a run's progress is written down, as the graph sees it."""

from collections.abc import Mapping
from typing import Protocol

from argus.services.qa.discovery.site import Site
from argus.services.qa.ir import Suite
from argus.services.qa.judging import Judged
from argus.services.qa.leads import NO_LEADS, Leads


class Journal(Protocol):
    """Where a run's progress is written down; every call is durable when it returns."""

    async def event(self, type_: str, data: Mapping[str, object]) -> None:
        """Something to show to whoever watches."""
        ...

    async def judged(self, judged: Judged) -> None:
        """A test has its result. Written once per test, however often it is told."""
        ...

    async def finished_tests(self) -> set[str]:
        """Tests that have a result already."""
        ...

    async def report(self, suite: Suite, site: Site | None, leads: Leads = NO_LEADS) -> None:
        """The run has ended: make its reports and close it. Written once."""
        ...

    def nonce(self) -> str:
        """A text that no other execution has."""
        ...
