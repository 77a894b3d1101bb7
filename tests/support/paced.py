"""An application whose pages come when a test lets them, and the suite that visits each once."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from argus.services.qa.expectation import TextPresent
from argus.services.qa.ir import Action, Flow, Step, Suite, Test
from support.website import Answer, Asked, WebSite, serve

PATIENCE_S = 10
"""Less than a page may take to load."""


class PacedPages:
    """Pages `/1` to `/count`; `/` is always there, the others once they are let go."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.site = WebSite({"/": "<h1>Pages</h1>", "/*": self._answer})
        self._go = {number: threading.Event() for number in range(1, count + 1)}

    def _answer(self, asked: Asked) -> str | Answer:
        number = int(asked.path[1:]) if asked.path[1:].isdigit() else 0
        if number not in self._go:
            return Answer(status=404)
        self._go[number].wait(PATIENCE_S)
        return f"<title>{number}</title><h1>Page {number}</h1>"

    def let_go(self, *numbers: int) -> None:
        """From now on these pages come; without numbers, all do."""
        for number in numbers or self._go:
            self._go[number].set()

    def asked_for(self, number: int) -> int:
        """How often the page was asked for."""
        return sum(asked.path == f"/{number}" for asked in self.site.asked)

    @property
    def suite(self) -> Suite:
        """One test per page: it is opened and shows its heading."""
        return Suite(app_url=self.site.url, seed=1, tests=tuple(map(_test, self._go)))


def _test(number: int) -> Test:
    shown = TextPresent(text=f"Page {number}", oracle="a page shows its heading")
    url = f"/{number}"
    return Test(
        id=f"page-{number}",
        name=f"Page {number}",
        flow=Flow.NAVIGATE,
        steps=(Step(id="s1", action=Action.GOTO, value=url, expect=(shown,), post_url=url),),
    )


@contextmanager
def paced(count: int) -> Iterator[PacedPages]:
    """`count` pages, served until the block ends."""
    pages = PacedPages(count)
    with serve(pages.site):
        try:
            yield pages
        finally:
            pages.let_go()
