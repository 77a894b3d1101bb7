"""The parts of a list that goes on on other pages, as the server sends them to the page's user."""

from importlib import resources

from argus.kernel.schema import Value
from argus.services.qa.browser.page_script import with_dom
from argus.services.qa.browser.session import Session

_SCRIPT = with_dom(resources.files("argus.services.qa.browser").joinpath("paging.js").read_text())
_MOST_PAGES = 10


class Row(Value):
    """An item of a list: its texts, and the paths that its links lead to."""

    cells: tuple[str, ...]
    leads: tuple[str, ...]


class Pages(Value):
    """The page's longest list, part by part, each of them asked for anew."""

    parts: tuple[tuple[Row, ...], ...]
    labels: tuple[str, ...]
    """Short texts with a number, outside of the rows of the first part."""
    broken: str
    """How a part was refused; empty if none was."""
    whole: bool
    """There are no further parts."""


async def read_pages(session: Session) -> Pages | None:
    """Those of the list of the session's page; None where it cannot be asked for.

    Raises:
        PageUnresponsive: the page does not answer.
        playwright.async_api.Error: the page navigated meanwhile.
    """
    found = await session.evaluate(_SCRIPT, _MOST_PAGES)
    return None if found is None else Pages.model_validate(found)
