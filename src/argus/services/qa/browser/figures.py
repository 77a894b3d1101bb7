"""The numbers of a page as they stand, in lists and beside them, and where its links lead."""

from importlib import resources

from argus.kernel.schema import Value
from argus.services.qa.browser.page_script import with_dom
from argus.services.qa.browser.session import Session

_SCRIPT = with_dom(resources.files("argus.services.qa.browser").joinpath("figures.js").read_text())


class List(Value):
    """A table, list or set of cards, row by row; `heads` are those of a table's columns."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Figures(Value):
    """What a page says in numbers. Messages, navigation and hidden elements do not count."""

    lists: tuple[List, ...]
    labels: tuple[str, ...]
    """Short texts with a number, outside of rows: `Total: 17.50 EUR`."""
    links: tuple[str, ...]
    """Absolute addresses of visible links, outside of rows as well: what stands in rows is data."""
    row_links: tuple[str, ...] = ()
    """Those inside of rows."""
    partial: bool
    """A link leads to the next part of a list: what is shown need not be all."""


async def read_figures(session: Session) -> Figures:
    """Those of the session's page now.

    Raises:
        PageUnresponsive: the page does not answer.
        playwright.async_api.Error: the page navigated meanwhile.
    """
    return Figures.model_validate(await session.evaluate(_SCRIPT))
