"""Run tests, each in a browser context of its own."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import StorageState
from pydantic import SecretStr

from argus.services.qa.browser.errors import PageFailed
from argus.services.qa.browser.session import Session, new_session
from argus.services.qa.discovery.access import sessions
from argus.services.qa.discovery.digest import read_digest
from argus.services.qa.discovery.errors import LoginFailed, LoginPageBroken
from argus.services.qa.discovery.login import PASSWORD, sign_in
from argus.services.qa.discovery.site import Credentials, Role
from argus.services.qa.execution.browsers import Browsers
from argus.services.qa.execution.database import Database
from argus.services.qa.execution.leftover import leftover
from argus.services.qa.execution.perform import Shots, perform
from argus.services.qa.execution.read_only import held_back
from argus.services.qa.execution.record import Failure, FailureKind, StepOutcome, TestRun
from argus.services.qa.execution.recording import Recordings, secrets_of
from argus.services.qa.execution.values import values_of
from argus.services.qa.ir import Action, Login, Phase, Step, Test, VariableKind
from argus.services.qa.language_models.advisor import Advisor
from argus.services.qa.learnt import Patterns
from argus.services.qa.templates import fill_in

CLEANUP_TIMEOUT_S = 2.0
"""After a failure, when most of what cleanup looks for is not there."""

Mend = Callable[[Session, Step, StepOutcome, Mapping[str, str]], Awaitable[Step | None]]
"""Offers another form of a step whose target was not found, on the page as it then is."""

OnStep = Callable[[Test, StepOutcome], Awaitable[None]]


@dataclass
class Bench:
    """What tests run on: the application, its user, the browser and the place for evidence.

    One bench serves all workers of a suite.
    """

    browsers: Browsers
    app_url: str
    seed: int
    evidence: Path
    """An existing folder; screenshots are named relative to it."""
    login: Login | None = None
    secrets: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    variables: Mapping[str, str] = field(default_factory=dict[str, str])
    """Of the environment, by the names that stand in templates (`env.currency`)."""
    read_only: bool = False
    """Nothing that may change something leaves the browser, but to sign in."""
    storage_state: StorageState | None = field(default=None, repr=False)
    timeout_s: float = 5.0
    roles: tuple[Role, ...] = ()
    """Who else uses the application, beside the user and whoever is not signed in."""
    patterns: Patterns = field(default_factory=Patterns)
    """What earlier runs learnt about the application's elements."""
    advisor: Advisor | None = None
    """Whom to ask where elements are lost and nothing else tells."""
    every_step: bool = False
    """Take a screenshot of each step, not of failing ones only."""
    on_step: OnStep | None = None
    database: Database | None = None
    """The application's own, where the run was given it."""
    recordings: Recordings | None = None
    """Where executions that are to be recorded are; without, none is."""
    leftovers: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    """By test, what its executions may have left in the application, and why."""
    held_back: dict[str, str] = field(default_factory=dict[str, str])
    """By test, what its executions did not send, since the bench is read-only."""

    _others: Mapping[str, StorageState] | None = field(default=None, init=False, repr=False)

    async def sign_in(self) -> Failure | None:
        """Sign in anew, so that later sessions are the user; the failure if that did not work.

        Without a login in the suite nothing is done, and that is a success. Where the recorded
        steps no longer find their way through the form, the way is learnt anew, as `login`.
        """
        if self.login is None:
            return None
        failure = await self._sign_in_by(self.login)
        if failure is None or failure.kind is not FailureKind.UNRESOLVED:
            return failure
        asked_at = self.login.steps[0].value
        credentials = Credentials(
            username=fill_in(self.login.username, self.variables),
            password=SecretStr(self.secrets.get(PASSWORD.secret, "")),
            login_url=asked_at if isinstance(asked_at, str) else None,
        )
        try:
            browser = await self.browsers.get()
            self.login, self.storage_state = await sign_in(browser, self.app_url, credentials)
        except (LoginFailed, LoginPageBroken):
            return failure
        return None

    async def _sign_in_by(self, login: Login) -> Failure | None:
        async with new_session(await self.browsers.get(), self.app_url) as session:
            for step in login.steps:
                outcome = await perform(
                    session, step, self.variables, self.secrets, timeout_s=self.timeout_s
                )
                if not outcome.ok:
                    return outcome.failures[0]
            if (await read_digest(session)).password_form is not None:
                refused = "the application asks for the password again"
                return Failure(kind=FailureKind.EXPECTATION, message=refused)
            self.storage_state = await session.storage_state()
        return None

    async def sign_in_others(self) -> Mapping[str, StorageState]:
        """The session of each role that can sign in; they are signed in once."""
        if self._others is None:
            browser = await self.browsers.get()
            states, _ = await sessions(browser, self.app_url, self.roles)
            self._others = {name: state for name, state in states.items() if state}
        return self._others


async def execute_test(
    bench: Bench,
    test: Test,
    nonce: str,
    *,
    mend: Mend | None = None,
    tidy: Mend | None = None,
    recorded: bool = False,
) -> TestRun:
    """Run a test once, in a new context, with data of its own.

    `nonce` names the execution: a second one with the same nonce meets the first one's data. The
    test ends at its first failing step; cleanup steps are tried in any case. A browser that dies
    is a failure of the step, not an error. `mend` is asked for steps until one fails, `tidy` for
    those of cleanup that `mend` is not asked for. A recording is kept where a step fails.
    """
    clock = asyncio.get_running_loop()
    started = clock.time()
    values = values_of(test, bench.seed, nonce, bench.variables)
    outcomes: list[StepOutcome] = []
    try:
        browser = await bench.browsers.get()
        async with new_session(
            browser,
            bench.app_url,
            storage_state=bench.storage_state,
            read_only=bench.read_only,
        ) as session:
            session.dialogs, session.roles = "accept", await bench.sign_in_others()
            async with (
                _recorded(bench, session, test, nonce, values) if recorded else nullcontext()
            ):
                await _perform_all(bench, session, test, nonce, values, outcomes, mend, tidy)
    except (PlaywrightError, PageFailed) as error:
        index = min(len(outcomes), len(test.steps) - 1)
        failure = Failure(kind=FailureKind.BROWSER, message=str(error).partition("\n")[0])
        step = test.steps[index]
        outcomes.append(StepOutcome(step=step.id, phase=step.phase, failures=(failure,)))
    run = TestRun(
        test=test.id,
        nonce=nonce,
        values=values,
        outcomes=tuple(outcomes),
        duration_ms=round((clock.time() - started) * 1000),
    )
    if recorded and run.ok and bench.recordings is not None:
        bench.recordings.discard(test.id)
    if bench.read_only and (held := held_back(run, bench.app_url)):
        bench.held_back[test.id] = held
    if left := leftover(test, run):
        bench.leftovers.setdefault(test.id, []).append(left)
    return run


def _recorded(
    bench: Bench, session: Session, test: Test, nonce: str, values: Mapping[str, str]
) -> AbstractAsyncContextManager[None]:
    if bench.recordings is None:
        return nullcontext()
    typed = (
        values[name]
        for name, variable in test.variables.items()
        if variable.kind is VariableKind.PASSWORD
    )
    secrets = (*bench.secrets.values(), *typed, *secrets_of(bench.storage_state))
    return bench.recordings.recorded(session, test.id, nonce, secrets)


async def _perform_all(
    bench: Bench,
    session: Session,
    test: Test,
    nonce: str,
    values: dict[str, str],
    outcomes: list[StepOutcome],
    mend: Mend | None,
    tidy: Mend | None,
) -> None:
    visited: dict[str, str] = {}
    shots = Shots(bench.evidence, f"{test.id}-{nonce}", every_step=bench.every_step)
    failed = False

    async def attempt(step: Step) -> StepOutcome:
        hurried = failed and step.phase is Phase.CLEANUP
        limit = CLEANUP_TIMEOUT_S if hurried else bench.timeout_s
        return await perform(
            session,
            step,
            values,
            bench.secrets,
            timeout_s=min(limit, bench.timeout_s),
            visited=visited,
            shots=shots,
            database=bench.database,
        )

    for step in test.steps:
        cleanup = step.phase is Phase.CLEANUP
        if failed and not cleanup:
            continue
        outcome = await attempt(step)
        tidying = cleanup and (failed or mend is None)
        offer = tidy if tidying else mend
        while offer is not None and is_unresolved(outcome):
            mended = await offer(session, step, outcome, values)
            if mended is None:
                break
            rest, places = _still_to_do(mended, outcome)
            outcome = _at_places(await attempt(rest), places)
            outcome = outcome.model_copy(update={"tidied": tidying})
        visited[step.id] = outcome.url
        values.update(outcome.kept)
        outcomes.append(outcome)
        if bench.on_step is not None:
            await bench.on_step(test, outcome)
        if cleanup and not outcome.ok:
            return
        failed = failed or not outcome.ok


def _still_to_do(step: Step, outcome: StepOutcome) -> tuple[Step, list[int]]:
    """The whole step if its action could not be done, else only what of it did not hold.

    With it come the places of its expectations in the whole step.
    """
    missed = sorted({failure.expectation for failure in outcome.failures})
    if -1 in missed:
        return step, list(range(len(step.expect)))
    expect = tuple(step.expect[index] for index in missed)
    changes = {"action": Action.VERIFY, "target": None, "value": None, "request": None}
    changes |= {"expect": expect}
    return step.model_copy(update=changes), missed


def _at_places(outcome: StepOutcome, places: list[int]) -> StepOutcome:
    failures = tuple(
        failure.model_copy(update={"expectation": places[failure.expectation]})
        if failure.expectation >= 0
        else failure
        for failure in outcome.failures
    )
    return outcome.model_copy(update={"failures": failures})


def is_unresolved(outcome: StepOutcome) -> bool:
    """Whether all that failed is that an element was not found."""
    kinds = {failure.kind for failure in outcome.failures}
    return kinds == {FailureKind.UNRESOLVED}
