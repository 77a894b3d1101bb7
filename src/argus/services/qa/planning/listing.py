"""Where a new record is listed, if not where lists were seen: an empty list looks like none."""

import html
from collections.abc import Iterable

from playwright.async_api import Error as PlaywrightError

from argus.services.qa.discovery.site import Page
from argus.services.qa.planning.recorder import Recorder
from argus.services.qa.safety import may_follow
from argus.services.qa.urls import absolute_url

_MOST_PAGES = 20
_TIMEOUT_MS = 3_000


async def pages_with(hand: Recorder, pages: Iterable[Page], text: str) -> list[str]:
    """The addresses of those whose document, asked for as the page's user, has the text in it.

    The shortest first; what does not answer in time has it not.

    Raises:
        BudgetSpent: the time is over.
    """
    session = hand.session
    urls = [each.url for each in pages if 0 < each.status < 400 and may_follow(each.url, "", "")]
    found: list[str] = []
    for url in sorted(urls, key=lambda url: (len(url), url))[:_MOST_PAGES]:
        hand.keep_time()
        try:
            answer = await session.context.request.get(
                absolute_url(url, session.app_url), max_redirects=0, timeout=_TIMEOUT_MS
            )
            content = await answer.text() if answer.ok else ""
            await answer.dispose()
        except (PlaywrightError, UnicodeDecodeError):
            continue
        if text in content or html.escape(text) in content:
            found.append(url)
    return found
