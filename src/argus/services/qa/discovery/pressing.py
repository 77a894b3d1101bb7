"""Pressing a control to see what it shows, not to have it do something."""

from collections.abc import Awaitable, Callable, Container, Sequence

from argus.services.qa.browser.click import click
from argus.services.qa.browser.elements import receives_events, take, target_of
from argus.services.qa.browser.locate import resolve
from argus.services.qa.browser.session import Session
from argus.services.qa.discovery.digest import ActionSeen
from argus.services.qa.ir import Step
from argus.services.qa.oracles.defect import Defect
from argus.services.qa.oracles.press import Press
from argus.services.qa.safety import may_make
from argus.services.qa.target import Target

_CLICK_TIMEOUT_MS = 2_000


async def press_harmlessly(
    session: Session, action: ActionSeen, reads: Container[str]
) -> tuple[Target, tuple[Defect, ...]] | None:
    """Press the control while nothing that may change something leaves the page.

    Requests whose signature is among `reads` pass. The answer is what was pressed, and whether it
    is dead; None if something else lies over it, so that nothing was pressed.

    Raises:
        PageFailed, playwright.async_api.Error: the page does not stand it.
    """
    control = session.page.locator(action.path)
    element = await take(control)
    if not await receives_events(session, element):
        return None
    target = await target_of(session.page, element)
    oracle = Press(session, control, action.path, action.name)
    await oracle.begin()
    async with session.nothing_changes(reads, sockets=may_make(action.name, action.hint)):
        await click(control, _CLICK_TIMEOUT_MS)
        await session.settle()
        dead = await oracle.defect() if action.role == "button" and action.name else None
    return target, (dead,) if dead else ()


async def follow(
    session: Session,
    path: Sequence[Step],
    visit: Callable[[str], Awaitable[None]],
    reads: Container[str],
) -> bool:
    """Take the way to a state again; False where a control of it is not there any more.

    Raises:
        PageFailed, playwright.async_api.Error: the page does not stand it.
    """
    for step in path:
        if step.target is None:
            await visit(str(step.value))
        else:
            _, located = await resolve(session, step.target, {})
            if located is None:
                return False
            async with session.nothing_changes(reads):
                await click(located, _CLICK_TIMEOUT_MS)
                await session.settle()
    return True
