"""Which addresses that the code names are pages: a guess that is wrong is no broken link."""

import asyncio
from collections.abc import Sequence

from playwright.async_api import APIRequestContext
from playwright.async_api import Error as PlaywrightError

from argus.services.qa.urls import absolute_url

MOST_ENTRANCES = 100
_AT_ONCE = 4
_TIMEOUT_MS = 3_000


async def pages_among(
    request: APIRequestContext, app_url: str, paths: Sequence[str]
) -> tuple[str, ...]:
    """The absolute URLs of those of the first `MOST_ENTRANCES` paths that are worth opening.

    That is what answers with HTML, redirects, or fails with 5xx; in the order of `paths`.
    """
    slots = asyncio.Semaphore(_AT_ONCE)

    async def is_page(url: str) -> bool:
        async with slots:
            try:
                answer = await request.get(url, max_redirects=0, timeout=_TIMEOUT_MS)
            except PlaywrightError:
                return False
            status, kind = answer.status, answer.headers.get("content-type", "")
            await answer.dispose()
        return status >= 500 or 300 <= status < 400 or (status == 200 and "html" in kind.lower())

    urls = [absolute_url(path, app_url) for path in paths[:MOST_ENTRANCES]]
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(is_page(url)) for url in urls]
    return tuple(url for url, task in zip(urls, tasks, strict=True) if task.result())
