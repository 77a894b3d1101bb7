"""Links that discovery did not follow, asked for without opening them in the browser."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from playwright.async_api import APIRequestContext
from playwright.async_api import Error as PlaywrightError

from argus.services.qa.oracles.defect import Defect
from argus.services.qa.outcome import Evidence, Severity
from argus.services.qa.urls import relative_url, url_template

MOST_LINKS = 100
_PER_TEMPLATE = 3
_TIMEOUT_MS = 3_000
_NOT_FOR_HEAD = frozenset({405, 501})
_GONE = frozenset({404, 410})


@dataclass
class Links:
    """Addresses within the application that pages link to, each with the page that does."""

    sources: dict[str, str] = field(default_factory=dict[str, str])
    visited: set[str] = field(default_factory=set[str])
    per_template: Counter[str] = field(default_factory=Counter[str])

    def add(self, url: str, source: str) -> None:
        """`source` links to `url`; of one template the first few are remembered."""
        document, template = url.partition("#")[0], url_template(url)
        if document in self.sources or len(self.sources) >= MOST_LINKS:
            return
        if self.per_template[template] < _PER_TEMPLATE:
            self.per_template[template] += 1
            self.sources[document] = source

    def opened(self, url: str) -> None:
        """The address was opened in the browser: how it answers is known."""
        self.visited.add(url.partition("#")[0])

    def unopened(self) -> Iterator[tuple[str, str]]:
        """Addresses to ask for, each with the page that links to it."""
        return (each for each in self.sources.items() if each[0] not in self.visited)


async def ask(request: APIRequestContext, url: str, source: str) -> Defect | None:
    """A defect if there is no such page: by HEAD, confirmed by GET; redirects are not followed."""
    try:
        status = await _status(request, "HEAD", url)
        if status in _GONE or status >= 500 or status in _NOT_FOR_HEAD:
            status = await _status(request, "GET", url)
    except PlaywrightError:  # no answer in time: opening the page would say more
        return None
    if status not in _GONE and status < 500:
        return None
    return Defect(
        kind="broken_link" if status in _GONE else "server_error",
        severity=Severity.MEDIUM if status in _GONE else Severity.CRITICAL,
        url=url,
        message=f"GET {relative_url(url)} answers {status}",
        signature=f"GET {url_template(url)} {status}",
        evidence=(Evidence(kind="link", message="linked from here", url=source),),
    )


async def _status(request: APIRequestContext, method: str, url: str) -> int:
    answer = await request.fetch(url, method=method, max_redirects=0, timeout=_TIMEOUT_MS)
    try:
        return answer.status
    finally:
        await answer.dispose()
