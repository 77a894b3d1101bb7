"""Perform one step and say what happened."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Locator as PageLocator
from playwright.async_api import TimeoutError as PlaywrightTimeout

from argus.services.qa.browser.click import click
from argus.services.qa.browser.elements import OBSERVE, Observation, take
from argus.services.qa.browser.errors import ApplicationUnreachable, PageFailed
from argus.services.qa.browser.locate import (
    Resolution,
    SureLocator,
    found_at_once,
    resolve,
    sure_locator,
)
from argus.services.qa.browser.overlay import open_uncovered
from argus.services.qa.browser.session import Session
from argus.services.qa.browser.traffic import Window
from argus.services.qa.discovery.digest import read_digest
from argus.services.qa.discovery.state import digest_key, exact_part
from argus.services.qa.execution.database import Database, DatabaseSilent, QueryRefused
from argus.services.qa.execution.expectations import Beside, questions, unmet
from argus.services.qa.execution.files import made_file
from argus.services.qa.execution.impersonation import acting_as
from argus.services.qa.execution.patience import Patience
from argus.services.qa.execution.record import Failure, FailureKind, Request, StepOutcome
from argus.services.qa.execution.requests import Answer, RoleMissing, judge, send
from argus.services.qa.ir import Action, Secret, Step
from argus.services.qa.target import Fingerprint, Target
from argus.services.qa.templates import fill_in
from argus.services.qa.urls import url_template

_QUIET_ACTIONS = {Action.FILL, Action.HOVER}
"""What follows these waits for its own element; a page need not be quiet in between."""

_LOADS = {Action.GOTO, Action.RELOAD, Action.REQUEST}
"""These come back when the page is quiet, or leave it alone."""

_REPEATABLE = {Action.FILL, Action.SELECT, Action.CHECK, Action.UNCHECK}
"""Done twice, these leave what they leave when done once."""

_ENTERED = {Action.FILL, Action.SELECT}
"""Done without Playwright's own way of doing them, but where a trace is to show them."""

_AT_ONCE_S = 0.3
"""How long an element that should be there already is waited for, before others are tried."""

_LIFT_LIMITS = "() => { for (const form of document.forms) form.noValidate = true; }"
_CALLS = {"fetch", "xhr"}
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._-]")
_LONGEST_NAME = 200


@dataclass(frozen=True)
class Shots:
    """Where screenshots go: `<folder>/<name>-<step>.jpg`. A failing step always leaves one."""

    folder: Path
    name: str
    every_step: bool = False

    def file(self, step: str) -> Path:
        """Of the step with that id. Ids come with suites, from anybody: they lead to no folder."""
        name = _NOT_IN_NAMES.sub("_", f"{self.name}-{step}")[-_LONGEST_NAME:]
        return self.folder / f"{name}.jpg"


async def perform(  # noqa: PLR0913 - most have a default
    session: Session,
    step: Step,
    values: Mapping[str, str],
    secrets: Mapping[str, str],
    *,
    timeout_s: float = 5.0,
    visited: Mapping[str, str] | None = None,
    shots: Shots | None = None,
    with_state: bool = False,
    database: Database | None = None,
) -> StepOutcome:
    """Do the step's action, let the page settle, and check each of the step's expectations.

    `timeout_s` bounds the wait for the element, for its actionability and for the expectations,
    each (see `Patience`). `visited` maps earlier steps to the URLs they led to (for `Gone`). The
    state key is taken of a failing step, and of any `with_state`. `database` is the application's
    own. Nothing is raised for what the application, its database or the browser does wrong: it
    stands in `failures`.
    """
    clock = asyncio.get_running_loop()
    started, mark = clock.time(), session.mark()
    resolution: Resolution | None = None
    located: PageLocator | None = None
    failures: list[Failure] = []
    answer: Answer | None = None
    kept: dict[str, str] = {}
    told: tuple[Any] | None = None
    try:
        async with acting_as(session, "" if step.request else step.as_role):
            if step.request is not None:
                answer = await send(session, step.request, step.as_role, values, secrets)
                kept, failures = judge(step, answer)
            elif step.target is None:
                await _act_on_page(session, step, values)
            else:
                resolution, told = await _act_at_once(session, step, step.target, values, secrets)
                if resolution is None:
                    resolution, located = await _wait_for(session, step.target, values, timeout_s)
                    if located is None:
                        message = f"{fill_in(step.target.description, values)}: {resolution.reason}"
                        failures.append(Failure(kind=FailureKind.UNRESOLVED, message=message))
                    else:
                        await _act_on(located, step, values, secrets, timeout_s)
            if not failures:
                seen: Observation | None = None
                if step.action not in _LOADS and (step.expect or step.action not in _QUIET_ACTIONS):
                    asked = questions(step.expect, values)
                    if told is None:
                        told = (await session.settle_and_look(timeout_s, OBSERVE, asked),)
                    seen = None if told[0] is None else Observation.model_validate(told[0])
                failures += _server_errors(session.since(mark))
                patience_s = 0 if failures else timeout_s
                failures += await unmet(
                    session,
                    step.expect,
                    {**values, **kept},
                    mark,
                    visited or {},
                    patience_s,
                    seen,
                    Beside(answer, database),
                )
                if step.keep and located is not None:
                    kept[step.keep] = (await take(located)).value
    except (PlaywrightError, PageFailed, DatabaseSilent, QueryRefused, RoleMissing) as error:
        failures.append(_failure(session, step, error))
    window = session.since(mark)
    return StepOutcome(
        step=step.id,
        phase=step.phase,
        failures=tuple(failures),
        resolution=resolution,
        requests=(*((answer.request,) if answer else ()), *_noteworthy(window)),
        script_errors=tuple(error.message[:500] for error in window.errors),
        dialogs=tuple(f"{dialog.kind}: {dialog.message[:200]}" for dialog in window.dialogs),
        kept=kept,
        url=session.url,
        url_template=url_template(session.url),
        state=await _state(session) if failures or with_state else "",
        box=resolution.fingerprint.box if resolution and resolution.fingerprint else None,
        duration_ms=round((clock.time() - started) * 1000),
        screenshot=await _shoot(session, step, shots, failing=bool(failures)),
    )


async def _act_at_once(
    session: Session,
    step: Step,
    target: Target,
    values: Mapping[str, str],
    secrets: Mapping[str, str],
) -> tuple[Resolution | None, tuple[Any] | None]:
    """Act on the element while it is being looked at; None if that is not to be, or did not work.

    Beside it comes what the page then answers to the step's `questions`, where it is at rest.
    Playwright itself refuses to act where the locator matches more than one.
    """
    sure = sure_locator(session.page, target, values)
    if sure is None or step.action not in _REPEATABLE:
        return None, None
    if step.action in _ENTERED and not session.traced:
        return await _enter(session, step, sure, values, secrets)
    now, failure = await asyncio.gather(
        sure.read(session),
        _act_on(sure.located, step, values, secrets, _AT_ONCE_S),
        return_exceptions=True,
    )
    for error in (now, failure):
        if isinstance(error, BaseException) and not isinstance(error, PlaywrightError):
            raise error
    if not isinstance(now, Fingerprint) or failure is not None:
        return None, None
    return found_at_once(now), None


async def _enter(
    session: Session,
    step: Step,
    sure: SureLocator,
    values: Mapping[str, str],
    secrets: Mapping[str, str],
) -> tuple[Resolution | None, tuple[Any] | None]:
    text = _text(step, values, secrets)
    told = None
    try:
        if step.action is Action.FILL:
            now = await sure.fill(session, text)
        else:
            asked = questions(step.expect, values)
            now, told = await sure.choose_and_look(session, text, OBSERVE, asked)
    except PlaywrightError:  # the document was replaced meanwhile
        return None, None
    return None if now is None else found_at_once(now), told


async def _wait_for(
    session: Session, target: Target, values: Mapping[str, str], timeout_s: float
) -> tuple[Resolution, PageLocator | None]:
    """Resolve the target, again and again until it is there or the time is up."""
    patience = Patience(session, timeout_s)
    while True:
        try:
            resolution, located = await resolve(session, target, values)
        except PlaywrightError:  # the document was replaced while being read
            if session.page.is_closed() or await patience.is_over():
                raise
        else:
            if located is not None or await patience.is_over():
                return resolution, located


async def _act_on_page(session: Session, step: Step, values: Mapping[str, str]) -> None:
    text = fill_in(step.value, values) if isinstance(step.value, str) else ""
    match step.action:
        case Action.GOTO:
            await open_uncovered(session, text)
        case Action.RELOAD:
            await open_uncovered(session, session.url)
        case Action.BACK:
            await session.page.go_back(wait_until="domcontentloaded")
        case Action.LIFT_LIMITS:
            await session.evaluate(_LIFT_LIMITS)
        case Action.PRESS:
            await session.page.keyboard.press(text)
        case Action.VERIFY:
            pass
        case _:
            raise ValueError(f"step {step.id}: {step.action} needs a target")


async def _act_on(
    located: PageLocator,
    step: Step,
    values: Mapping[str, str],
    secrets: Mapping[str, str],
    timeout_s: float,
) -> None:
    text = _text(step, values, secrets)
    timeout = timeout_s * 1000
    match step.action:
        case Action.CLICK:
            await click(located, timeout)
        case Action.DOUBLE_CLICK:
            await located.dblclick(timeout=timeout)
        case Action.FILL:
            await located.fill(text, timeout=timeout)
        case Action.SELECT:
            await located.select_option(label=text, timeout=timeout)
        case Action.CHECK:
            await located.check(timeout=timeout)
        case Action.UNCHECK:
            await located.uncheck(timeout=timeout)
        case Action.UPLOAD:
            await located.set_input_files(made_file(text), timeout=timeout)
        case Action.PRESS:
            await located.press(text, timeout=timeout)
        case Action.HOVER:
            await located.hover(timeout=timeout)
        case Action.VERIFY:
            pass
        case _:
            raise ValueError(f"step {step.id}: {step.action} takes no target")


def _text(step: Step, values: Mapping[str, str], secrets: Mapping[str, str]) -> str:
    """What the step types, chooses or presses."""
    if isinstance(step.value, Secret):
        return secrets[step.value.secret]
    return fill_in(step.value or "", values)


def _server_errors(window: Window) -> list[Failure]:
    return [
        Failure(
            kind=FailureKind.SERVER_ERROR,
            message=f"{exchange.method} {url_template(exchange.url)} answered {exchange.status}",
        )
        for exchange in window.exchanges
        if exchange.status >= 500 and (exchange.document or exchange.mutating)
    ]


def _noteworthy(window: Window) -> tuple[Request, ...]:
    return tuple(
        Request(
            method=exchange.method,
            url=exchange.url,
            status=exchange.status,
            failure=exchange.failure,
            document=exchange.document,
            essential=exchange.document or exchange.mutating or exchange.resource_type in _CALLS,
        )
        for exchange in window.exchanges
        if exchange.document or exchange.mutating or exchange.status >= 400 or exchange.failure
    )


_REASONS = (
    ("intercepts pointer events", "something else lies over it"),
    ("element is not enabled", "it is disabled"),
    ("element is not visible", "it is not visible"),
    ("element is not stable", "it does not stop moving"),
    ("element is not editable", "it is read-only"),
    ("outside of the viewport", "it lies outside the page"),
    ("did not find some options", "it has no such option"),
)
"""What Playwright's call log says of a failed actionability check, and what that means."""


def _failure(session: Session, step: Step, error: Exception) -> Failure:
    match error:
        case PlaywrightTimeout():
            return _not_actionable(step, error)
        case PlaywrightError():
            return Failure(kind=_kind(session, error), message=_first_line(error))
        case ApplicationUnreachable():
            kind = FailureKind.CONNECTION
        case DatabaseSilent():
            kind = FailureKind.DATABASE
        case QueryRefused() | RoleMissing():
            kind = FailureKind.MISSING
        case _:
            kind = FailureKind.PAGE
    return Failure(kind=kind, message=str(error))


def _not_actionable(step: Step, error: PlaywrightTimeout) -> Failure:
    log = error.message
    known = (meaning for phrase, meaning in _REASONS if phrase in log)
    what = step.target.description if step.target else step.action.value
    reason = next(known, _first_line(error))
    return Failure(kind=FailureKind.NOT_ACTIONABLE, message=f"{step.action} {what}: {reason}")


def _kind(session: Session, error: PlaywrightError) -> FailureKind:
    browser = session.context.browser
    dead = browser is None or not browser.is_connected() or session.page.is_closed()
    return FailureKind.BROWSER if dead or "crash" in error.message else FailureKind.NOT_ACTIONABLE


def _first_line(error: PlaywrightError) -> str:
    return error.message.partition("\n")[0]


async def _state(session: Session) -> str:
    """The exact part of the screen's identity; empty where the page cannot be read."""
    try:
        return digest_key(exact_part(await read_digest(session), signed_in=True))
    except (PageFailed, PlaywrightError):
        return ""


async def _shoot(session: Session, step: Step, shots: Shots | None, *, failing: bool) -> str:
    if shots is None or not (failing or shots.every_step):
        return ""
    try:
        picture = await session.screenshot()
    except (PageFailed, PlaywrightError):  # a page that fails may not be able to paint
        return ""
    file = shots.file(step.id)
    await asyncio.to_thread(file.write_bytes, picture)
    return file.name
