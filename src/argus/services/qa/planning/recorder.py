"""Acts in a session as a test would, and keeps as steps what it did."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress

from playwright.async_api import Error as PlaywrightError

from argus.services.qa.browser.elements import Element, observe, snapshot, target_of
from argus.services.qa.browser.figures import Figures, read_figures
from argus.services.qa.browser.session import Session
from argus.services.qa.browser.traffic import SAFE_METHODS
from argus.services.qa.execution.expectations import unmet
from argus.services.qa.execution.perform import perform
from argus.services.qa.execution.privacy import contains, given_away
from argus.services.qa.execution.record import FailureKind, Request, StepOutcome
from argus.services.qa.expectation import (
    AtUrl,
    ElementAbsent,
    ElementPresent,
    Expectation,
    Mutation,
)
from argus.services.qa.ir import Action, Step
from argus.services.qa.planning.controls import is_pressable
from argus.services.qa.target import Row, Target
from argus.services.qa.templates import fill_in
from argus.services.qa.urls import of_same_record, relative_url, url_template

CLOSES = "what was filled in closes when it is saved"
LANDS = "the same action leads to the same page each time"
OFFERS_AGAIN = "a page that holds a record offers the same controls each time"
SENDS = "the change is sent to the server, which accepts it"

_STEP_TIMEOUT_S = 3.0
_GRACE_S = 10.0
"""The deletion of what was made may take this much more than there is time."""
_MAX_OFFERS = 8
_MARKED = """() => {
  const isField = (el) => el.matches("input,select,textarea");
  const marked = document.querySelectorAll("[role=alert],[aria-invalid=true],:user-invalid");
  return [...marked].some((el) => el.checkVisibility() && (isField(el) || el.innerText.trim()));
}"""


class NotLearned(Exception):
    """The application did not do what the flow needs; the message says what was missing."""


class InputRefused(NotLearned):
    """The application says that what the planner made up is not valid; `complaint` is how."""

    def __init__(self, complaint: str) -> None:
        super().__init__(f"valid input was refused: {complaint}")
        self.complaint = complaint


class BudgetSpent(Exception):
    """The time for planning is over."""


class Recorder:
    """One learner's hand: performs actions and collects them until `piece` takes them away.

    `values` holds the current value of each variable; targets and texts are recorded as templates
    of them. `deadline` is a time of the running loop.
    """

    def __init__(
        self,
        session: Session,
        values: dict[str, str],
        secrets: Mapping[str, str],
        deadline: float,
    ) -> None:
        self.session = session
        self.values = values
        self.kept: dict[str, str] = {}
        """What steps kept of fields that others filled in; no target is recorded as one of it."""
        self.broken = ""
        """The last answer by 5xx to something this hand did."""
        self._secrets = secrets
        self._deadline = deadline
        self._steps: list[Step] = []
        self._before_last = self._after_last = session.mark()
        self._way: list[str] = []
        """What was done since a page was opened by its address, with the values of then."""
        self._seen: dict[str, str] = {}
        """Where the last step led."""

    async def do(
        self, action: Action, target: Target | None = None, value: str | None = None
    ) -> StepOutcome:
        """Perform and record one action. An answer by 5xx is noted in `broken`, and recorded.

        Raises:
            NotLearned: it cannot be performed.
            BudgetSpent: the deadline has passed.
        """
        outcome = await self.attempt(Step(id="learn", action=action, target=target, value=value))
        if unable := [f for f in outcome.failures if f.kind is not FailureKind.SERVER_ERROR]:
            raise NotLearned(unable[0].message)
        return outcome

    async def attempt(self, step: Step, visited: Mapping[str, str] | None = None) -> StepOutcome:
        """Perform a step and record it if it could be done."""
        self.keep_time()
        self._before_last = self.session.mark()
        outcome = await perform(
            self.session,
            step,
            self.values | self.kept,
            self._secrets,
            timeout_s=_STEP_TIMEOUT_S,
            visited=visited,
            with_state=True,
        )
        self.kept |= outcome.kept
        errors = [f for f in outcome.failures if f.kind is FailureKind.SERVER_ERROR]
        if errors:
            self.broken = errors[0].message
        self._seen = {"post_url": outcome.url_template, "post_state": outcome.state}
        if len(errors) == len(outcome.failures):
            self._steps.append(step.model_copy(update=self._seen))
        opens = step.action is Action.GOTO
        known = outcome.ok and (opens or bool(self._way))
        self._way = [*([] if opens else self._way), self._done(step)] if known else []
        self._after_last = self.session.mark()
        return outcome

    async def replay(self, steps: Iterable[Step]) -> None:
        """Perform steps that were learned before, without recording them.

        Raises:
            NotLearned: one of them fails now.
        """
        kept = self._steps
        self._steps = []
        try:
            for step in steps:
                outcome = await self.attempt(step)
                if not outcome.ok:
                    raise NotLearned(outcome.failures[0].message)
        finally:
            self._steps = kept

    async def go(self, steps: Sequence[Step]) -> None:
        """Be where steps lead that change nothing: as `replay`, but for those just done.

        Those are the first of them, if they opened a page and nothing was done or loaded since.

        Raises:
            NotLearned: one of them fails now.
        """
        await self.replay(steps[self._done_of(steps) :])

    async def open(self, url: str) -> None:
        """Open a page, unless that was just done, and record it.

        Raises:
            NotLearned: it cannot be opened.
            BudgetSpent: the deadline has passed.
        """
        step = Step(id="learn", action=Action.GOTO, value=url)
        if self._done_of([step]):
            self._steps.append(step.model_copy(update=self._seen))
        else:
            await self.do(Action.GOTO, value=url)

    def _done_of(self, steps: Sequence[Step]) -> int:
        """How many of the steps, from the first, are what was done last."""
        as_left = self.session.mark() == self._after_last
        number = len(self._way) if as_left else 0
        return number if self._way[:number] == [self._done(s) for s in steps[:number]] else 0

    def _done(self, step: Step) -> str:
        """What a step does, given the values of now."""
        told = step.model_dump_json(include={"action", "target", "value", "as_role"})
        return fill_in(told, self.values)

    async def clear_away(self, steps: Iterable[Step]) -> None:
        """Perform steps that delete what was made, as far as that is possible.

        They have a few seconds, though time is over.
        """
        in_time = self._deadline
        self._deadline = max(in_time, asyncio.get_running_loop().time() + _GRACE_S)
        try:
            with suppress(NotLearned, BudgetSpent):
                await self.replay(steps)
        finally:
            self._deadline = in_time

    def keep_time(self) -> None:
        """Go on if there is time.

        Raises:
            BudgetSpent: the deadline has passed.
        """
        if asyncio.get_running_loop().time() > self._deadline:
            raise BudgetSpent

    def piece(self, *expect: Expectation) -> tuple[Step, ...]:
        """What was recorded since the last piece, `expect` added to its last step."""
        steps, self._steps = self._steps, []
        if steps and expect:
            last = steps[-1]
            steps[-1] = last.model_copy(update={"expect": (*last.expect, *expect)})
        return tuple(steps)

    def saved(self, outcome: StepOutcome) -> tuple[Expectation, ...]:
        """What a submit that worked is expected to do again: land there, and send that request."""
        expect: list[Expectation] = [AtUrl(template=outcome.url_template, oracle=LANDS)]
        if request := mutation(outcome):
            template = url_template(request.url)
            expect.append(Mutation(method=request.method, url_template=template, oracle=SENDS))
        return tuple(expect)

    async def closed(self, outcome: StepOutcome, field: Target) -> tuple[Expectation, ...]:
        """That the form with the field closes again, if the page's scripts closed it now."""
        if not in_place(outcome):
            return ()
        return await self.holding([ElementAbsent(target=field, oracle=CLOSES)])

    @property
    def path(self) -> str:
        """The address of the current page as a suite keeps it."""
        return relative_url(self.session.url)

    async def rows(self, *names: str) -> list[int]:
        """How many rows show the value of each of the variables."""
        texts = [self.values[name] for name in names]
        seen = await observe(self.session, rows=texts)
        return [seen.rows[text] for text in texts]

    async def shows(self, name: str) -> bool:
        """Whether the page shows the variable's value, as text or in a field."""
        text = self.values[name]
        return (await observe(self.session, texts=[text])).texts[text]

    async def complaint(self) -> str:
        """The page's visible complaint about input, or empty."""
        return (await observe(self.session)).invalid

    async def marks_complaint(self) -> bool:
        """Whether the page marks its complaint as one, whatever it looks like."""
        return bool(await self.session.evaluate(_MARKED))

    async def figures(self) -> Figures:
        return await read_figures(self.session)

    async def holding(self, expectations: Iterable[Expectation]) -> tuple[Expectation, ...]:
        """Those that hold now, of the page and of what the last step loaded."""
        known = self.values | self.kept
        return tuple(
            [
                each
                for each in expectations
                if not await unmet(self.session, [each], known, self._before_last, {}, 0)
            ]
        )

    async def is_private(self, name: str = "", role: str = "") -> bool:
        """Whether the last step loaded the variable's value, or a page, for the user alone.

        Alone means: not for `role` as well; an empty one is whoever has not signed in.
        """
        text = self.values.get(name, "")
        window = self.session.since(self._before_last)
        try:
            return await contains(self.session, window, text) and not await given_away(
                self.session, window, text, role
            )
        except PlaywrightError:  # no answer tells nothing
            return False

    async def withheld_from(self, name: str) -> tuple[str, ...]:
        """The other roles for which the last step does not load the variable's value."""
        return tuple([r for r in self.session.roles if await self.is_private(name, r)])

    async def offered(
        self, elements: Iterable[Element], row: str | None = None, *, oracle: str = OFFERS_AGAIN
    ) -> tuple[Expectation, ...]:
        """That the buttons, links and choices among `elements` come up each time, in the row."""
        offers: list[Expectation] = []
        for element in elements:
            f = element.fingerprint
            if len(offers) == _MAX_OFFERS or not (is_pressable(f) or f.tag == "select"):
                continue
            try:
                target = await self.target(element, row)
            except NotLearned:  # nothing tells it from others
                continue
            offers.append(ElementPresent(target=target, oracle=oracle))
        return tuple(offers)

    async def elements(self, *, with_text: bool = False) -> list[Element]:
        rows = self.values.values()
        return await snapshot(self.session, with_text=with_text, rows=rows)

    async def target(self, element: Element, row: str | None = None) -> Target:
        """A target for the element; inside the row that shows the variable `row`, if given.

        Raises:
            NotLearned: nothing tells the element from others.
        """
        place = None if row is None else Row(text=f"${{{row}}}")
        target = await target_of(self.session.page, element, self.values, place)
        if not target.locators:
            raise NotLearned(f"{target.description} cannot be told from others")
        return target


def is_record_control(element: Element, page_url: str) -> bool:
    """Whether it is a button, or a link to another page of the record, outside of rows."""
    f = element.fingerprint
    goes_on = of_same_record(f.attributes.get("href", ""), page_url)
    return not element.row_text and is_pressable(f) and (f.tag != "a" or goes_on)


def in_place(outcome: StepOutcome) -> bool:
    """Whether the step loaded no page: what shows since is the doing of the page's scripts."""
    return not any(request.document for request in outcome.requests)


def mutation(outcome: StepOutcome) -> Request | None:
    """The first state-changing request of a step that was accepted."""
    accepted = (
        request
        for request in outcome.requests
        if request.method not in SAFE_METHODS and 0 < request.status < 400
    )
    return next(accepted, None)
