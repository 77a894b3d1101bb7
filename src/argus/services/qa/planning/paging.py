"""Tests of lists that go on on other pages: each row is on one of them."""

from collections.abc import Sequence

from argus.services.qa.browser.paging import read_pages
from argus.services.qa.discovery.site import Collection, Form
from argus.services.qa.execution.paging import counting, wrong_paging
from argus.services.qa.expectation import PagesAddUp
from argus.services.qa.ir import Action, Flow, Phase, Test
from argus.services.qa.naming import noun
from argus.services.qa.planning.assembly import Part, assemble
from argus.services.qa.planning.recorder import Recorder
from argus.services.qa.urls import path_template

ONCE_EACH = "the pages of a list show each of its rows once"


async def paging_test(
    hand: Recorder,
    collection: Collection,
    forms: Sequence[Form],  # noqa: ARG001 - as the other tests of lists
) -> Test | None:
    """The list's pages show each row once; None if it has but one, or they were seen not to."""
    await hand.do(Action.GOTO, value=collection.url)
    pages = await read_pages(hand.session)
    entity = path_template(collection.url)
    thing = noun("", entity, collection.name)
    if pages is None or len(pages.parts) < 2 or not all(pages.parts):
        return None
    label = counting(pages, thing)
    if wrong_paging(pages, label):
        return None
    steps = hand.piece(PagesAddUp(label=label, oracle=ONCE_EACH))
    part = Part(name="open", phase=Phase.ACT, steps=steps)
    return assemble(f"Page through the list of {thing}", Flow.SEARCH, entity, [part], subject=thing)
