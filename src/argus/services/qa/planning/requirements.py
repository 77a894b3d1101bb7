"""What a requirement, a sentence of a person's, means for the page that it is about.

A language model, where there is one, says which of the expectations that a test can have the
sentence states; without one, those computed from the page's own numbers count whose label the
sentence names. Either way an expectation is kept only if it holds on the page as it is, and fails
on some mutant of it: one that is blank, lacks a row, or has another number.
"""

from collections.abc import AsyncGenerator, Iterable
from enum import StrEnum
from importlib import resources
from itertools import islice
from typing import Annotated

from pydantic import Field

from argus.kernel.errors import JsonValue
from argus.kernel.schema import Value
from argus.services.qa.browser.figures import Figures
from argus.services.qa.browser.page_script import with_dom
from argus.services.qa.execution.arithmetic import counts, products, totals, words
from argus.services.qa.expectation import (
    ColumnMultiplies,
    CountIsRight,
    Expectation,
    LinkPresent,
    RowCount,
    TextPresent,
    TotalAddsUp,
)
from argus.services.qa.language_models.advisor import Advisor
from argus.services.qa.language_models.question import Question
from argus.services.qa.planning.recorder import Recorder
from argus.services.qa.urls import url_template

_MUTATE = with_dom(resources.files(__package__ or "").joinpath("mutant.js").read_text("utf-8"))
_MOST_MUTANTS = 40
"""Of each kind, in the order of the page."""
_MOST_ORACLES, _MOST_WORDS, _LONGEST_PAGE = 5, 50, 6000


class Relation(StrEnum):
    """What a page can be expected to show."""

    TEXT = "text"
    ROWS = "rows"
    TOTAL = "total"
    COUNT = "count"
    PRODUCT = "product"
    LINK = "link"


class Stated(Value):
    """One thing that the requirement states of the page.

    `what` is the text that is shown (text, rows), the label beside a number (total, count), the
    head of a column (product) or an address (link); `count` the number of rows.
    """

    relation: Relation
    what: str
    count: Annotated[int, Field(ge=0)] = 0


class Statements(Value):
    """All that the requirement states of the page; none, if it says nothing that can be checked."""

    stated: tuple[Stated, ...]


async def oracles(
    hand: Recorder, requirement: str, advisor: Advisor | None
) -> tuple[Expectation, ...]:
    """What must hold on the hand's page for the requirement, each shown to be able to fail."""
    figures = await hand.figures()
    if advisor is not None:
        answer = await advisor.ask(await _question(hand, requirement, figures))
        offered = [_expectation(each, requirement) for each in answer.stated] if answer else []
        if kept := await _proven(hand, [each for each in offered if each is not None]):
            return kept
    return await _proven(hand, named(requirement, figures))


def named(requirement: str, figures: Figures) -> list[Expectation]:
    """What of the page's numbers is computed from others, where the requirement has its label."""
    said = {*words(requirement).split()}

    def stated(labels: Iterable[str]) -> list[str]:
        return [label for label in labels if said >= {*words(label).split()}]

    return [
        *(TotalAddsUp(label=label, oracle=requirement) for label in stated(totals(figures))),
        *(CountIsRight(label=label, oracle=requirement) for label in stated(counts(figures))),
        *(ColumnMultiplies(head=head, oracle=requirement) for head in stated(products(figures))),
    ]


def _expectation(stated: Stated, requirement: str) -> Expectation | None:
    """None where it would expect what the page shows, and the requirement does not say."""
    what = " ".join(stated.what.split())
    is_said = bool(what) and what.lower() in " ".join(requirement.lower().split())
    match stated.relation:
        case Relation.TEXT:
            return TextPresent(text=what, oracle=requirement) if is_said else None
        case Relation.ROWS:
            counted = stated.count == 1 or str(stated.count) in requirement.split()
            rows = RowCount(text=what, count=stated.count, oracle=requirement)
            return rows if is_said and counted else None
        case Relation.TOTAL:
            return TotalAddsUp(label=words(what), oracle=requirement)
        case Relation.COUNT:
            return CountIsRight(label=words(what), oracle=requirement)
        case Relation.PRODUCT:
            return ColumnMultiplies(head=what, oracle=requirement)
        case Relation.LINK:
            return LinkPresent(url_template=url_template(what), oracle=requirement)


async def _proven(hand: Recorder, offered: Iterable[Expectation]) -> tuple[Expectation, ...]:
    holding = (await hand.holding(offered))[:_MOST_ORACLES]
    return tuple([each for each in holding if await _can_fail(hand, each)])


async def _can_fail(hand: Recorder, expectation: Expectation) -> bool:
    """Whether it fails on some mutant of the page, which is afterwards as it was."""
    try:
        async for _ in _mutants(hand):
            if not await hand.holding([expectation]):
                return True
        return False
    finally:
        await hand.session.evaluate(_MUTATE, {"change": "none", "at": 0})


async def _mutants(hand: Recorder) -> AsyncGenerator[None]:
    for change in ("blank", "row", "number"):
        for at in range(_MOST_MUTANTS):
            if not await hand.session.evaluate(_MUTATE, {"change": change, "at": at}):
                break
            yield


async def _question(hand: Recorder, requirement: str, figures: Figures) -> Question[Statements]:
    page = await hand.session.page.locator("body").aria_snapshot()
    heads = (head for each in figures.lists for head in each.heads)
    links = dict.fromkeys(url_template(link) for link in figures.links)
    return Question(
        task="state_oracles",
        instructions=(
            "`requirement` is a tester's sentence about the page that follows. Say what of it can "
            "be checked there: a text or a number of rows that the sentence itself names, a number "
            "that must be the sum or the count of what is listed, a column that must be the "
            "product of two others, a link that must be there. Nothing that the page merely "
            "happens to show: it may be wrong, and the sentence is what it is judged by."
        ),
        material={
            "requirement": requirement,
            "page": page[:_LONGEST_PAGE],
            "numbers": _some(figures.labels),
            "columns": _some(heads),
            "links": _some(links),
        },
        answer=Statements,
        max_output_tokens=400,
    )


def _some(texts: Iterable[str]) -> list[JsonValue]:
    return [*islice(texts, _MOST_WORDS)]
