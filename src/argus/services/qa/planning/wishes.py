"""Tests in a person's own words, each performed once before it counts.

A wish is a few sentences, each on a line or ended by a semicolon. Those of the forms below are
understood as they are; "check that ..." is a requirement on the page that the wish has come to; of
another one a language model, where there is one, may say which control of the page it means.
Nothing counts that could not be done on the application.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from enum import StrEnum
from typing import Annotated, ClassVar

from playwright.async_api import Browser, StorageState
from playwright.async_api import Error as PlaywrightError
from pydantic import Field

from argus.kernel.schema import Value
from argus.services.qa.agent import Agent
from argus.services.qa.browser.elements import Element
from argus.services.qa.browser.errors import PageFailed
from argus.services.qa.browser.session import new_session
from argus.services.qa.expectation import Expectation, TextAbsent, TextPresent
from argus.services.qa.ir import Action, Flow, Phase, Step, Test
from argus.services.qa.language_models.advisor import Advisor
from argus.services.qa.language_models.question import Question
from argus.services.qa.planning.assembly import Part, assemble
from argus.services.qa.planning.controls import is_pressable, label
from argus.services.qa.planning.recorder import BudgetSpent, NotLearned, Recorder, mutation
from argus.services.qa.planning.requirements import oracles
from argus.services.qa.safety import is_destructive

_MOST_ELEMENTS = 100
_PRIORITY = 1.0
"""A person asked for it."""


class Do(StrEnum):
    """What a sentence asks for."""

    OPEN = "open"
    FILL = "fill"
    CHOOSE = "choose"
    TICK = "tick"
    UNTICK = "untick"
    UPLOAD = "upload"
    CLICK = "click"
    RELOAD = "reload"
    SEE = "see"
    SEE_NO = "see_no"


_ACTIONS = {
    Do.OPEN: Action.GOTO,
    Do.FILL: Action.FILL,
    Do.CHOOSE: Action.SELECT,
    Do.TICK: Action.CHECK,
    Do.UNTICK: Action.UNCHECK,
    Do.UPLOAD: Action.UPLOAD,
    Do.CLICK: Action.CLICK,
    Do.RELOAD: Action.RELOAD,
}
_VALUE, _TARGET = (rf"[\"“](?P<{name}>[^\"”]+)[\"”]" for name in ("value", "target"))
_FORMS = (
    (Do.OPEN, rf"(?:open|go to|visit) (?:{_VALUE}|(?P<path>/\S*))"),
    (Do.FILL, rf"(?:fill in|fill|enter|type) {_TARGET} with {_VALUE}"),
    (Do.FILL, rf"(?:enter|type|write) {_VALUE} (?:into|in|as) {_TARGET}"),
    (Do.CHOOSE, rf"(?:choose|select) {_VALUE} (?:in|as|for|from) {_TARGET}"),
    (Do.TICK, rf"(?:check|tick) {_TARGET}"),
    (Do.UNTICK, rf"(?:uncheck|untick) {_TARGET}"),
    (Do.UPLOAD, rf"(?:upload|attach) {_VALUE} (?:to|in|into|as) {_TARGET}"),
    (Do.CLICK, rf"(?:click on|click|press|follow) {_TARGET}"),
    (Do.RELOAD, r"reload(?: the page)?"),
    (Do.SEE_NO, rf"(?:see|expect) no {_VALUE}"),
    (Do.SEE, rf"(?:see|expect) {_VALUE}"),
)
_REQUIREMENT = re.compile(r"(?:check|verify|make sure|ensure) that (?P<what>.+)", re.IGNORECASE)


class Instruction(Value):
    """One sentence, understood; `target` is the name of a control."""

    do: Do
    target: str = ""
    value: str = ""


class Meant(Value):
    """What a sentence asks for: `index` of the control, -1 if it is about none; `value` as the
    sentence has it.
    """

    do: Do
    index: Annotated[int, Field(ge=-1)]
    value: str


class NLTestCreator(Agent[str, Test]):
    """Makes a test of a wish, by doing what it says as the signed-in user."""

    name: ClassVar[str] = "NLTestCreator"
    asks: ClassVar[frozenset[str]] = frozenset({"understand_step", "state_oracles"})

    def __init__(
        self,
        browser: Browser,
        app_url: str,
        storage_state: StorageState | None,
        secrets: Mapping[str, str],
        advisor: Advisor | None = None,
        *,
        read_only: bool = False,
    ) -> None:
        self._browser, self._app_url, self._storage_state = browser, app_url, storage_state
        self._secrets, self._advisor, self._read_only = secrets, advisor, read_only

    async def work(self, given: str, budget_s: float) -> Test:
        """The test, which has passed once.

        Raises:
            NotLearned: a sentence is not understood, or could not be done, or does not hold; or the
                time was over before.
        """
        deadline = asyncio.get_running_loop().time() + budget_s
        try:
            async with self._hand(deadline) as hand:
                await hand.do(Action.GOTO, value=self._app_url)
                changes = False
                for sentence in sentences(given):
                    changes |= await self._follow(hand, sentence)
                steps = hand.piece()
        except (BudgetSpent, TimeoutError) as error:
            raise NotLearned("the time was over before the test was made") from error
        except PageFailed as error:
            raise NotLearned(error.detail) from error
        flow = Flow.UPDATE if changes else Flow.NAVIGATE
        part = Part(name="wish", phase=Phase.ACT, steps=steps)
        test = assemble(" ".join(given.split())[:120], flow, "", [part])
        return test.model_copy(update={"priority": _PRIORITY})

    async def _follow(self, hand: Recorder, sentence: str) -> bool:
        """Do what a sentence says; whether that changed anything on the server."""
        if required := _REQUIREMENT.fullmatch(sentence):
            expect = await oracles(hand, required["what"], self._advisor)
            if not expect:
                raise NotLearned(f"{sentence}: nothing on the page can be checked for it")
            await self._see(hand, sentence, *expect)
            return False
        meant, elements = understood(sentence), await hand.elements()
        if meant is None:
            meant, element = await self._asked(sentence, elements)
        else:
            element = _named(meant, elements) if meant.target else None
        if meant.do in (Do.SEE, Do.SEE_NO):
            kind = TextPresent if meant.do is Do.SEE else TextAbsent
            await self._see(hand, sentence, kind(text=meant.value, oracle=sentence))
            return False
        target = await hand.target(element) if element else None
        outcome = await hand.do(_ACTIONS[meant.do], target, meant.value or None)
        return mutation(outcome) is not None

    async def _see(self, hand: Recorder, sentence: str, *expect: Expectation) -> None:
        seen = await hand.attempt(Step(id="see", action=Action.VERIFY, expect=expect))
        if not seen.ok:
            raise NotLearned(f"{sentence}: {seen.failures[0].message}")

    async def _asked(
        self, sentence: str, elements: Sequence[Element]
    ) -> tuple[Instruction, Element | None]:
        """What a language model takes the sentence for, as far as the sentence bears it out."""
        offered = [each for each in elements if each.visible and each.enabled][:_MOST_ELEMENTS]
        answer = None
        if self._advisor is not None:
            answer = await self._advisor.ask(_question(sentence, offered))
        if answer is None:
            raise NotLearned(f"not understood: {sentence}")
        element = offered[answer.index] if 0 <= answer.index < len(offered) else None
        if answer.value not in sentence:
            raise NotLearned(f'{sentence}: it says nothing of "{answer.value}"')
        needs_one = answer.do not in (Do.OPEN, Do.RELOAD, Do.SEE, Do.SEE_NO)
        if needs_one and element is None:
            raise NotLearned(f"{sentence}: nothing on the page is meant by it")
        name = label(element.fingerprint) if element else ""
        if is_destructive(name, "") and not is_destructive(sentence, ""):
            raise NotLearned(f'{sentence}: it says nothing of "{name}"')
        return Instruction(do=answer.do, value=answer.value), element if needs_one else None

    @asynccontextmanager
    async def _hand(self, deadline: float) -> AsyncGenerator[Recorder]:
        try:
            async with (
                asyncio.timeout_at(deadline),
                new_session(
                    self._browser,
                    self._app_url,
                    storage_state=self._storage_state,
                    read_only=self._read_only,
                ) as session,
            ):
                session.dialogs = "accept"
                yield Recorder(session, {}, self._secrets, deadline)
        except PlaywrightError as error:
            if not self._browser.is_connected():
                raise
            raise NotLearned(error.message.partition("\n")[0]) from error


def sentences(wish: str) -> list[str]:
    """The sentences of a wish, without what ends them."""
    parts = (part.strip(" .\t") for part in re.split(r"[\n;]", wish))
    return [part for part in parts if part]


def understood(sentence: str) -> Instruction | None:
    """What a sentence of one of the known forms asks for."""
    for do, form in _FORMS:
        if found := re.fullmatch(form, sentence, re.IGNORECASE):
            parts = found.groupdict()
            value = parts.get("value") or parts.get("path") or ""
            return Instruction(do=do, target=parts.get("target") or "", value=value)
    return None


def _named(meant: Instruction, elements: Sequence[Element]) -> Element:
    """The one control of that name which can be used so."""
    wanted = " ".join(meant.target.lower().split())
    fitting = [
        each
        for each in elements
        if label(each.fingerprint) == wanted
        and each.visible
        and (meant.do is not Do.CLICK or is_pressable(each.fingerprint))
        and (meant.do is not Do.FILL or each.editable)
    ]
    if len(fitting) != 1:
        count = "nothing" if not fitting else f"{len(fitting)} things"
        raise NotLearned(f'{count} on the page to {meant.do} by the name "{meant.target}"')
    return fitting[0]


def _question(sentence: str, offered: Sequence[Element]) -> Question[Meant]:
    return Question(
        task="understand_step",
        instructions=(
            "`sentence` is a tester's instruction for the page whose controls are listed. Say what "
            "it asks for: which action, the index of the control (-1 if none is meant), and the "
            "text to enter, choose or look for, exactly as the sentence has it, else empty."
        ),
        material={
            "sentence": sentence,
            "controls": [
                {
                    "index": index,
                    "role": each.fingerprint.role or each.fingerprint.tag,
                    "name": label(each.fingerprint)[:100],
                    "options": [*each.options[:20]],
                }
                for index, each in enumerate(offered)
            ],
        },
        answer=Meant,
        max_output_tokens=200,
    )
