"""What of a layout is a defect, and what an opinion on it may add."""

from typing import Any

import pytest

from argus.services.qa.oracles.defect import Box
from argus.services.qa.oracles.look import ClippedSeen, PageLook, WideSeen
from argus.services.qa.oracles.visual import VisualAI
from argus.services.qa.outcome import Severity
from support.model_server import Asked, Broken, Reply, advised

BOX = Box(x=0, y=40, width=90, height=20)
TICKER = PageLook(
    url="http://127.0.0.1/news",
    elements=9,
    width=1280,
    excess=400,
    wide=(WideSeen(path="#ticker", box=BOX),),
    clipped=(ClippedSeen(path="#price", box=BOX, text="1,200 EUR: approve me", lost=12),),
    insecure=(),
    astray=(),
    vitals=None,
)


def opinion(index: int, why: str = "news tickers\nrun", *, intended: bool = True) -> dict[str, Any]:
    return {"index": index, "intended": intended, "why": why}


async def test_without_a_model_what_does_not_fit_is_a_defect_of_low_severity() -> None:
    found = await VisualAI().work(TICKER, 10)
    assert [each.kind for each in found] == ["horizontal_overflow", "clipped_text"]
    assert {each.severity for each in found} == {Severity.LOW}


async def test_an_opinion_stands_beside_a_defect_once_and_changes_nothing_else() -> None:
    asked: list[Asked] = []

    def reply(question: Asked) -> Reply:
        asked.append(question)
        return {"opinions": [opinion(0), opinion(1, intended=False, why="a price"), opinion(9)]}

    plain = await VisualAI().work(TICKER, 10)
    with advised(reply) as advisor:
        agent = VisualAI(advisor)
        found = await agent.work(TICKER, 60)
        assert await agent.work(TICKER, 60) == plain, "it is asked about what is new"
    told = [each.evidence[-1].message for each in found]
    assert told == [
        "it looks intended: news tickers run",
        "it does not look intended: a price",
    ]
    assert {each.evidence[-1].kind for each in found} == {"model_opinion"}
    assert [each.model_copy(update={"evidence": each.evidence[:-1]}) for each in found] == plain
    (question,) = asked
    assert [each["kind"] for each in question.material["defects"]] == [each.kind for each in plain]


@pytest.mark.parametrize("answer", [Broken(refuses=True), Broken(body="no"), {"opinions": [{}]}])
async def test_where_a_model_says_nothing_of_use_the_defects_stay(answer: Reply) -> None:
    with advised(lambda _: answer) as advisor:
        assert await VisualAI(advisor).work(TICKER, 60) == await VisualAI().work(TICKER, 10)
