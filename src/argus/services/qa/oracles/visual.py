"""What is wrong with how a page is laid out, and whether it may be meant so."""

import asyncio
from collections.abc import Iterator, Sequence
from typing import Annotated, ClassVar

from pydantic import Field

from argus.kernel.schema import Value
from argus.services.qa.agent import Agent
from argus.services.qa.language_models.advisor import Advisor
from argus.services.qa.language_models.question import Question, plain
from argus.services.qa.oracles.defect import Defect, seen
from argus.services.qa.oracles.look import PageLook
from argus.services.qa.outcome import Evidence, Severity
from argus.services.qa.urls import url_template

_LONGEST_OPINION = 300


class LayoutOpinion(Value):
    """Whether the defect with that index looks intended, and why, in one sentence."""

    index: Annotated[int, Field(ge=0)]
    intended: bool
    why: str


class LayoutOpinions(Value):
    """One for each defect that there is something to say about."""

    opinions: tuple[LayoutOpinion, ...]


class VisualAI(Agent[PageLook, list[Defect]]):
    """Finds what is cut off and what does not fit; may ask whether that looks intended."""

    name: ClassVar[str] = "VisualAI"
    asks: ClassVar[frozenset[str]] = frozenset({"judge_layout"})

    def __init__(self, advisor: Advisor | None = None) -> None:
        self._advisor = advisor
        self._asked: set[str] = set()

    async def work(self, given: PageLook, budget_s: float) -> list[Defect]:
        """The defects of the layout. Nothing of this alone makes a run fail: it may be meant so.

        An opinion on that stands among the evidence of a defect that was not seen before, and
        changes nothing else.
        """
        defects = list(_layout(given))
        new = [each for each in defects if each.signature not in self._asked]
        if not new or self._advisor is None:
            return defects
        self._asked.update(each.signature for each in new)
        try:
            async with asyncio.timeout(budget_s):
                opinions = await _opinions(new, self._advisor)
        except TimeoutError:
            return defects
        told = {new[index].signature: opinion for index, opinion in opinions.items()}
        return [_with_opinion(each, told.get(each.signature, "")) for each in defects]


async def _opinions(defects: Sequence[Defect], advisor: Advisor) -> dict[int, str]:
    """By index of the defect, what may be said of its being intended; nothing follows from it."""
    question = Question(
        task="judge_layout",
        instructions=(
            "A page was found to be laid out in these ways. For each, say whether a designer may "
            "have intended it, such as a ticker that is wider than the window, and why."
        ),
        material={
            "page": defects[0].url,
            "defects": [
                {
                    "index": index,
                    "kind": each.kind,
                    "message": each.message,
                    "where": [one.message for one in each.evidence],
                }
                for index, each in enumerate(defects)
            ],
        },
        answer=LayoutOpinions,
        max_output_tokens=100 * len(defects) + 100,
    )
    answer = await advisor.ask(question)
    return {
        each.index: f"it {'looks' if each.intended else 'does not look'} intended: "
        + plain(each.why)[:_LONGEST_OPINION]
        for each in (answer.opinions if answer else ())
        if each.index < len(defects)
    }


def _with_opinion(defect: Defect, opinion: str) -> Defect:
    told = (Evidence(kind="model_opinion", message=opinion, url=defect.url),) if opinion else ()
    return defect.model_copy(update={"evidence": (*defect.evidence, *told)})


def _layout(look: PageLook) -> Iterator[Defect]:
    template = url_template(look.url)
    if look.excess:
        first = look.wide[0] if look.wide else None
        yield Defect(
            kind="horizontal_overflow",
            severity=Severity.LOW,
            url=look.url,
            message=f"the page is {look.excess} px wider than a window of {look.width} px",
            signature=f"{template} {first.path if first else ''}",
            evidence=tuple(seen(look.url, each.path, each.box) for each in look.wide),
            box=first.box if first else None,
        )
    for text in look.clipped:
        yield Defect(
            kind="clipped_text",
            severity=Severity.LOW,
            url=look.url,
            message=f'{text.lost} px of the text "{text.text}" are cut off',
            signature=f"{template} {text.path}",
            evidence=(seen(look.url, text.path, text.box),),
            box=text.box,
        )
