"""Leads: what an application's source says of its addresses, where a repository is given."""

import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from urllib.parse import urlsplit

from pydantic import Field

from argus.kernel.schema import Value

COMPUTED = re.compile(r"[:*(\[]")
"""In a segment of a route's path: it stands for many."""


class Lead(Value):
    """One path of the application, parameters as `:name`, and how much there is to lose at it.

    `priority` is that of `planning.priority.weight`, `churn` the share of the latest commits that
    changed its code, of those that changed the most changed code.
    """

    path: str
    priority: float
    churn: float
    page: bool
    """The code says that it can be opened, and nothing that opening it changes anything."""
    handlers: dict[str, str] = Field(default_factory=dict[str, str])
    """By method, empty where the code does not say: `views.py:12 add_book`."""


class Leads(Value):
    """The leads of a repository, the most important first; none where no repository is known."""

    leads: tuple[Lead, ...] = ()

    @property
    def entrances(self) -> tuple[str, ...]:
        """Paths to look at, also where no page links to them."""
        return tuple(each.path for each in self.leads if each.page)

    def priority(self, *urls: str) -> float:
        """Of the most important lead behind any of these URLs or URL templates; 0 without one."""
        return max((lead.priority for lead in self._behind(urls)), default=0.0)

    def churn(self, *urls: str) -> float:
        """Of the most changed lead behind any of these URLs or URL templates; 0 without one."""
        return max((lead.churn for lead in self._behind(urls)), default=0.0)

    def handler(self, method: str, url: str) -> str:
        """Where the code that answers such a request stands; empty if that is not known."""
        for lead in self._behind([url]):
            return lead.handlers.get(method) or lead.handlers.get("", "")
        return ""

    def unreached(self, urls: Iterable[str]) -> tuple[str, ...]:
        """Paths of pages that none of these URLs opened."""
        reached = {lead.path for lead in self._behind(urls)}
        return tuple(each.path for each in self.leads if each.page and each.path not in reached)

    def _behind(self, urls: Iterable[str]) -> list[Lead]:
        """For each URL the lead that names most of it: `/books/new` rather than `/books/:id`."""
        found: list[Lead] = []
        for url in urls:
            asked = _segments(url)
            fitting = [
                (literal, lead)
                for segments, lead in self._by_length.get(len(asked), ())
                if (literal := _fit(segments, asked)) is not None
            ]
            if fitting:
                found.append(max(fitting, key=lambda each: each[0])[1])
        return found

    @cached_property
    def _by_length(self) -> dict[int, list[tuple[Sequence[str], Lead]]]:
        by_length: dict[int, list[tuple[Sequence[str], Lead]]] = {}
        for lead in self.leads:
            segments = _segments(lead.path)
            by_length.setdefault(len(segments), []).append((segments, lead))
        return by_length


NO_LEADS = Leads()


def _segments(url: str) -> tuple[str, ...]:
    """Of a URL's path, or of its hash route."""
    parts = urlsplit(url)
    route = parts.fragment if parts.fragment.startswith(("/", "!/")) else parts.path
    return tuple(part for part in route.lstrip("!").partition("?")[0].split("/") if part)


def _fit(route: Sequence[str], asked: Sequence[str]) -> int | None:
    """How many segments of a URL a route names literally; None if it is not its route."""
    literal = 0
    for named, given in zip(route, asked, strict=True):
        if named == given:
            literal += 1
        elif not COMPUTED.search(named):
            return None
    return literal
