"""From a discovered site to a suite: learn each flow live, compose tests, keep those that hold.

Deterministic but for the data it makes: the same site and seed give the same tests with the same
ids. What the application does not let the planner learn is reported, never turned into a test.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, ClassVar, cast

from playwright.async_api import Browser, StorageState
from playwright.async_api import Error as PlaywrightError
from pydantic import Field

from argus.kernel.ids import new_id
from argus.kernel.schema import Value
from argus.services.qa.agent import Agent
from argus.services.qa.browser.errors import PageFailed
from argus.services.qa.browser.session import Session, new_session
from argus.services.qa.discovery.api import read_json
from argus.services.qa.discovery.description import is_description, without_excluded
from argus.services.qa.discovery.site import Form, Site
from argus.services.qa.execution.perform import perform
from argus.services.qa.execution.values import make_values
from argus.services.qa.ir import Flow, Phase, Suite, Test
from argus.services.qa.language_models.advice import named
from argus.services.qa.language_models.advisor import Advisor
from argus.services.qa.leads import NO_LEADS, Leads
from argus.services.qa.naming import told_apart
from argus.services.qa.planning.advised import better_input
from argus.services.qa.planning.arranging import narrowing_test, sorting_test
from argus.services.qa.planning.bounds import lowest_test
from argus.services.qa.planning.calls import Overheard, call_tests
from argus.services.qa.planning.composition import Lifecycle, compose
from argus.services.qa.planning.described import kinds_of_records, learn_readings, learn_records
from argus.services.qa.planning.forms import create_forms
from argus.services.qa.planning.learning import Note, learn
from argus.services.qa.planning.moving import learn_moves
from argus.services.qa.planning.moving_in_rows import learn_row_moves
from argus.services.qa.planning.nesting import learn_nested
from argus.services.qa.planning.paging import paging_test
from argus.services.qa.planning.panels import panel_test, panels, way_to
from argus.services.qa.planning.priority import concerns, weighed
from argus.services.qa.planning.recorder import BudgetSpent, InputRefused, NotLearned, Recorder
from argus.services.qa.planning.refusing import learn_refusals
from argus.services.qa.planning.told import within_bounds
from argus.services.qa.planning.touring import (
    main_pages,
    page_test,
    reading_test,
    record_pages,
    search_form,
    search_test,
    sums_test,
)
from argus.services.qa.urls import path_template

_MAX_PAGES = 10
_MAX_LISTS = 5
_MAX_RECORD_PAGES = 5
_MAX_PANELS = 20
_MOST_BOUNDS = 3
_FORMS_SHARE = 0.6
"""Of the time, that forms have before what takes less has had its turn."""
_VERIFY_TIMEOUT_S = 5.0
_LAST_S = 5.0
"""A test that was learned in time may begin to be verified this much after the budget."""
_GRACE_S = 10.0
"""A test that is being verified may end this much after the budget, or half of that."""


class PlanRequest(Value):
    """What to plan for, and how much.

    `read_only` plans nothing that may change data, and changes none itself.
    """

    site: Site
    seed: int = 0
    read_only: bool = False
    exclude: tuple[str, ...] = ()
    """Patterns of paths that are left alone (`is_excluded`)."""
    max_tests: int = 100
    parallel: int = 2
    """How many tests are verified, or pages looked at, at the same time."""
    leads: Leads = NO_LEADS
    """What the application's code says: which forms and pages to begin with."""
    past_failures: dict[str, float] = Field(default_factory=dict[str, float])
    """By test id, the share of past runs in which it failed."""


Emit = Callable[[str, dict[str, object]], Awaitable[None]]
"""Receives progress, each with `subject` and `message`: `plan_learned` (a kind of record),
`plan_kept` and `plan_dropped` (a test or flow, and why), `plan_budget_spent`."""


class TestPlanner(Agent[PlanRequest, Suite]):
    """Plans tests for a site as the signed-in user of `storage_state`.

    Where a form refuses made-up input, the advisor is asked once for input of its domain; at the
    end it may name the tests.
    """

    name: ClassVar[str] = "TestPlanner"
    asks: ClassVar[frozenset[str]] = frozenset({"field_patterns", "name_tests"})

    def __init__(
        self,
        browser: Browser,
        storage_state: StorageState | None,
        secrets: Mapping[str, str],
        emit: Emit,
        advisor: Advisor | None = None,
        others: Mapping[str, StorageState] | None = None,
    ) -> None:
        """`others`: the sessions of further roles, from whom the user's records may be kept."""
        self._browser, self._storage_state, self._secrets = browser, storage_state, secrets
        self._emit, self._advisor, self._others = emit, advisor, others or {}

    async def work(self, given: PlanRequest, budget_s: float) -> Suite:
        """The suite, the weightiest tests first.

        Each test has passed once, with data of its own, before it is returned; the exception are
        tests whose metamorphic relation the application was seen to violate: they are kept, and
        will fail. When the time or the number of tests is spent, the suite holds what was verified
        until then.
        """
        site, deadline = given.site, asyncio.get_running_loop().time() + budget_s
        grace_s = min(_GRACE_S, budget_s / 2)
        planner = _Planner(
            self._browser,
            given,
            self._storage_state,
            self._secrets,
            self._emit,
            self._advisor,
            self._others,
            deadline,
        )
        try:
            async with asyncio.timeout_at(deadline + grace_s):
                await planner.work()
        except (BudgetSpent, TimeoutError):
            spent = "the time, or the number of tests, is spent"
            await self._emit("plan_budget_spent", {"subject": site.app_url, "message": spent})
        weighty = [
            weighed(
                test,
                churn=given.leads.churn(*concerns(test)),
                past_failures=given.past_failures.get(test.id, 0),
            )
            for test in planner.tests
        ]
        tests = sorted(weighty, key=lambda test: (-test.priority, test.entity, test.id))
        suite = Suite(
            app_url=site.app_url, seed=given.seed, login=site.login, tests=told_apart(tests)
        )
        if self._advisor is None:
            return suite
        try:
            async with asyncio.timeout_at(deadline + grace_s):
                return await named(suite, self._advisor)
        except TimeoutError:
            return suite


class _Planner:
    def __init__(
        self,
        browser: Browser,
        request: PlanRequest,
        storage_state: StorageState | None,
        secrets: Mapping[str, str],
        emit: Emit,
        advisor: Advisor | None,
        others: Mapping[str, StorageState],
        deadline: float,
    ) -> None:
        self._browser, self._site, self._request = browser, request.site, request
        self._storage_state, self._secrets, self._emit = storage_state, secrets, emit
        self._advisor, self._others, self._deadline = advisor, others, deadline
        self._learn_until = deadline
        self._taken: set[str] = set()
        """Ids of tests that are kept, or being verified."""
        self.tests: list[Test] = []

    async def work(self) -> None:
        late: Sequence[Form] = ()
        if self._request.read_only:
            await self._look_at_lists()
        else:
            username = self._site.login.username if self._site.login else ""
            late = create_forms(self._site.forms, username, self._request.leads)
            now = asyncio.get_running_loop().time()
            late = await self._learn_each(late, now + _FORMS_SHARE * (self._deadline - now))
        pages = main_pages(self._site.pages, _MAX_PAGES, self._request.leads)
        await self._side_by_side(
            partial(self._add, page.url_template, partial(page_test, page=page)) for page in pages
        )
        await self._side_by_side(
            partial(self._add, page.url_template, partial(sums_test, page=page))
            for page in record_pages(self._site.pages, _MAX_RECORD_PAGES)
        )
        await self._side_by_side(
            partial(self._add, way_to(state), partial(panel_test, state=state))
            for state in panels(self._site.states, _MAX_PANELS)
        )
        forms = self._site.forms
        lists = {path_template(each.url): each for each in self._site.collections}
        await self._side_by_side(
            partial(self._add, each.url, partial(learn_test, collection=each, forms=forms))
            for each in [lists[path] for path in lists if "{id}" not in path][:_MAX_LISTS]
            for learn_test in (sorting_test, narrowing_test, paging_test)
        )
        await self._learn_api((asyncio.get_running_loop().time() + self._deadline) / 2)
        await self._learn_each(late, self._deadline)

    async def _learn_each(self, forms: Sequence[Form], until: float) -> Sequence[Form]:
        """Learn one form after the other; those that its time did not come to."""
        self._learn_until = until
        try:
            for index, form in enumerate(forms):
                if asyncio.get_running_loop().time() > until:
                    return forms[index:]
                try:
                    await self._learn(form)
                except BudgetSpent:
                    if self._is_spent():
                        raise
                    await self._tell("plan_dropped", form.name or form.url, "it takes too long")
        finally:
            self._learn_until = self._deadline
        return ()

    async def _learn(self, form: Form) -> None:
        subject = form.name or form.url_template

        async def note(message: str) -> None:
            await self._tell("plan_dropped", subject, message)

        seed = self._request.seed
        try:
            form, life, calls = await self._live_with_better_input(form, note)
            nested: list[tuple[Lifecycle, list[Test]]] = []
            try:  # what is known by the time that one of these ends is worth its tests
                async with self._session() as session:
                    hand, states = self._hand(session), self._site.states
                    life = await learn_refusals(hand, form, states, life, seed, new_id().hex)
                    life = await learn_moves(hand, life, seed, new_id().hex)
                    hands = self._hand(session), self._hand(session)
                    below = learn_nested(*hands, self._site, life, seed, new_id().hex, note)
                    async for each in below:
                        nested.append(each)  # noqa: PERF401 - kept if the next one is not learned
                    life = await learn_row_moves(hand, life, seed, new_id().hex)
            except (BudgetSpent, NotLearned, PageFailed) as error:
                await note(str(error) or "its time is over")
        except (NotLearned, PageFailed) as error:
            await note(str(error))
            return
        await self._tell("plan_learned", life.noun, f"its list is {life.entity}")
        tests = sorted(compose(life), key=lambda test: -test.priority)
        if Flow.CREATE not in life.violated:
            tests += [each for test in tests if (each := lowest_test(test, form))]
        await self._side_by_side(
            partial(self._keep_if_it_holds, test, life.violated.get(test.flow, ""))
            for test in tests
        )
        await self._side_by_side(partial(self._keep_if_it_holds, test, "") for test in calls)
        await self._side_by_side(
            partial(self._keep_if_it_holds, test, life.violated.get(test.flow, ""))
            for life, tests in nested
            for test in sorted(tests, key=lambda test: -test.priority)
        )

    async def _learn_api(self, until: float) -> None:
        """What the API's own description says that can be read, made, changed and deleted."""
        if not self._site.description:
            return
        try:
            async with self._session() as session:
                description = await self._description(session)
                learned = await learn_readings(session, description, until)
        except (NotLearned, PageFailed) as error:
            await self._tell("plan_dropped", self._site.description, str(error))
            return
        await self._side_by_side(partial(self._keep_if_it_holds, *each) for each in learned)
        for resource in [] if self._request.read_only else kinds_of_records(description):
            seed, nonce = self._request.seed, new_id().hex
            try:
                async with self._session() as session:
                    tests = await learn_records(session, description, resource, seed, nonce, until)
            except BudgetSpent:
                return
            except (NotLearned, PageFailed) as error:
                await self._tell("plan_dropped", resource.path, str(error))
            else:
                await self._side_by_side(partial(self._keep_if_it_holds, *each) for each in tests)

    async def _description(self, session: Session) -> Mapping[str, Any]:
        """That of the API; empty where it is no more."""
        app_url, address = self._site.app_url, self._site.description
        document = await read_json(session.context.request, app_url, address)
        if not is_description(document):
            return {}
        return without_excluded(cast("Mapping[str, Any]", document), self._request.exclude)

    async def _live(self, form: Form, note: Note) -> tuple[Lifecycle, list[Test]]:
        """The life of a record, and tests of the calls that its pages made on the way."""
        async with self._session() as session:
            overheard = Overheard(session)
            hand, seed = self._hand(session), self._request.seed
            life = await learn(hand, form, self._site, seed, new_id().hex, note)
            return life, [*call_tests(overheard.calls, life, hand.values)]

    async def _live_with_better_input(
        self, form: Form, note: Note
    ) -> tuple[Form, Lifecycle, list[Test]]:
        """`_live`, once more with each bound that the form states when it refuses input."""
        for _ in range(_MOST_BOUNDS):
            try:
                return form, *await self._live(form, note)
            except InputRefused as refused:
                bounded = within_bounds(form, refused.complaint)
                if bounded is None:
                    form = await self._with_input_of_its_domain(form, refused)
                    break
                form = bounded
        return form, *await self._live(form, note)

    async def _with_input_of_its_domain(self, form: Form, refused: InputRefused) -> Form:
        if self._advisor is None:
            raise refused
        better = await better_input(form, refused.complaint, self._advisor)
        if better is None:
            raise refused
        return better

    async def _look_at_lists(self) -> None:
        lists = {c.url_template: c for c in self._site.collections if c.row_links}
        for collection in list(lists.values())[:_MAX_LISTS]:
            name = collection.name or collection.url_template
            await self._add(name, partial(reading_test, collection=collection))
            form = search_form(self._site.forms, collection.url)
            if form is not None:
                seed = self._request.seed
                await self._add(
                    name,
                    partial(
                        search_test, collection=collection, form=form, seed=seed, nonce=new_id().hex
                    ),
                )

    async def _add(
        self, subject: str, learn_test: Callable[[Recorder], Awaitable[Test | None]]
    ) -> None:
        try:
            async with self._session() as session:
                test = await learn_test(self._hand(session))
        except (NotLearned, PageFailed) as error:
            await self._tell("plan_dropped", subject, str(error))
        except BudgetSpent:  # those that are further may come to their end
            return
        else:
            if test is not None:
                await self._keep_if_it_holds(test, "")

    async def _keep_if_it_holds(self, test: Test, violated: str) -> None:
        """Keep a test that passes with new data, or fails as the application was seen to fail."""
        if test.id in self._taken:
            await self._tell(
                "plan_dropped", test.name, "another form of the same records has this test"
            )
            return
        if self._is_spent(_LAST_S):
            return
        self._taken.add(test.id)
        try:
            problem = await self._first_problem(test)
        except (NotLearned, PageFailed) as error:
            problem = str(error)
        if problem and not violated:
            self._taken.discard(test.id)
            await self._tell("plan_dropped", test.name, problem)
            return
        self.tests.append(test)
        await self._tell("plan_kept", test.name, f"it fails: {problem}" if problem else "it holds")

    async def _first_problem(self, test: Test) -> str:
        """What does not hold when the test runs as the executor will run it, or empty."""
        values = make_values(test.variables, self._request.seed, new_id().hex)
        visited: dict[str, str] = {}
        problem = ""
        async with self._session() as session:
            for step in test.steps:
                if problem and step.phase is not Phase.CLEANUP:
                    continue
                outcome = await perform(
                    session,
                    step,
                    values,
                    self._secrets,
                    timeout_s=_VERIFY_TIMEOUT_S,
                    visited=visited,
                )
                visited[step.id] = outcome.url
                values |= outcome.kept
                if not outcome.ok and step.phase is Phase.CLEANUP:
                    break
                if not outcome.ok:
                    problem = f"{step.id}: {outcome.failures[0].message}"
        return problem

    async def _side_by_side(self, jobs: Iterable[Callable[[], Awaitable[None]]]) -> None:
        """Do the jobs in their order, a few at the same time.

        Raises:
            BudgetSpent: the time, or the number of tests, was spent on the way.
        """
        slots = asyncio.Semaphore(self._request.parallel)

        async def do(job: Callable[[], Awaitable[None]]) -> None:
            async with slots:
                await job()

        try:
            async with asyncio.TaskGroup() as group:
                for job in jobs:
                    group.create_task(do(job))
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from failures
        if self._is_spent():
            raise BudgetSpent

    def _is_spent(self, more_s: float = 0) -> bool:
        late = asyncio.get_running_loop().time() > self._deadline + more_s
        return late or len(self._taken) >= self._request.max_tests

    def _hand(self, session: Session) -> Recorder:
        return Recorder(session, {}, self._secrets, self._learn_until)

    @asynccontextmanager
    async def _session(self) -> AsyncGenerator[Session]:
        """A new session of the same user.

        Raises:
            NotLearned: the page was lost or replaced while it was being read.
        """
        try:
            async with new_session(
                self._browser,
                self._site.app_url,
                storage_state=self._storage_state,
                read_only=self._request.read_only,
                exclude=self._request.exclude,
            ) as session:
                session.dialogs, session.roles = "accept", self._others
                yield session
        except PlaywrightError as error:
            if not self._browser.is_connected():
                raise
            raise NotLearned(error.message.partition("\n")[0]) from error

    async def _tell(self, kind: str, subject: str, message: str) -> None:
        await self._emit(kind, {"subject": subject, "message": message})
