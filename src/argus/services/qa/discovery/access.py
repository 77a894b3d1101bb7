"""Who gets what: the same addresses asked for as each role, side by side."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence

from playwright.async_api import APIRequestContext, Browser, StorageState
from playwright.async_api import Error as PlaywrightError

from argus.services.qa.browser.errors import ApplicationUnreachable
from argus.services.qa.discovery.errors import LoginFailed, LoginPageBroken
from argus.services.qa.discovery.login import sign_in
from argus.services.qa.discovery.operation import Operation
from argus.services.qa.discovery.site import Access, Page, Role
from argus.services.qa.oracles.defect import Defect
from argus.services.qa.outcome import Severity
from argus.services.qa.safety import may_follow
from argus.services.qa.urls import absolute_url

MOST_ADDRESSES = 100
_AT_ONCE = 4
_TIMEOUT_MS = 3_000


def addresses(pages: Iterable[Page], api: Iterable[Operation]) -> list[str]:
    """What there is to ask for: pages that opened, and operations that read."""
    opened = [page.url for page in pages if page.status == 200]
    read = [each.example for each in api if each.method == "GET" and 200 in each.statuses]
    harmless = (url for url in (*opened, *read) if may_follow(url, "", ""))
    return list(dict.fromkeys(harmless))[:MOST_ADDRESSES]


async def sessions(
    browser: Browser, app_url: str, roles: Iterable[Role]
) -> tuple[dict[str, StorageState | None], tuple[Defect, ...]]:
    """The session of each role that could sign in, and a finding for each that could not."""
    states: dict[str, StorageState | None] = {}
    refused: list[Defect] = []
    for role in roles:
        try:
            states[role.name] = (
                (await sign_in(browser, app_url, role.login))[1] if role.login else None
            )
        except (LoginFailed, ApplicationUnreachable) as error:
            refused.append(_not_signed_in(role, error.detail, app_url))
        except LoginPageBroken:
            refused.append(_not_signed_in(role, "the page to sign in at is broken", app_url))
    return states, tuple(refused)


async def compare(
    browser: Browser, app_url: str, urls: Sequence[str], states: Mapping[str, StorageState | None]
) -> tuple[Access, ...]:
    """How each of `urls` answers a GET of each role, by its session, redirects not followed.

    An address that does not answer in time has no answer.
    """
    answers: dict[str, dict[str, int]] = {url: {} for url in urls}
    for name, state in states.items():
        context = await browser.new_context(storage_state=state)
        try:
            for url, status in zip(urls, await _ask(context.request, app_url, urls), strict=True):
                if status:
                    answers[url][name] = status
        finally:
            await context.close()
    return tuple(Access(url=url, answers=answers[url]) for url in urls)


def _not_signed_in(role: Role, why: str, app_url: str) -> Defect:
    return Defect(
        kind="role_not_signed_in",
        severity=Severity.LOW,
        url=app_url,
        message=f"{role.name} could not sign in, so that what they get is not known: {why}",
        signature=role.name,
    )


async def _ask(request: APIRequestContext, app_url: str, urls: Sequence[str]) -> list[int]:
    slots = asyncio.Semaphore(_AT_ONCE)

    async def ask(url: str) -> int:
        async with slots:
            try:
                answer = await request.get(
                    absolute_url(url, app_url), max_redirects=0, timeout=_TIMEOUT_MS
                )
                await answer.dispose()
            except PlaywrightError:
                return 0
            return answer.status

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(ask(url)) for url in urls]
    return [task.result() for task in tasks]
