"""Learn which links of a record's page lead to other pages of the record, by following them."""

from collections.abc import Iterable, Sequence
from urllib.parse import urljoin

from argus.services.qa.browser.elements import Element
from argus.services.qa.expectation import AtUrl, Expectation, TextPresent
from argus.services.qa.ir import Action
from argus.services.qa.planning.assembly import Steps
from argus.services.qa.planning.controls import Purpose, label, purpose
from argus.services.qa.planning.recorder import LANDS, Recorder, is_record_control, mutation
from argus.services.qa.safety import may_follow

SHOWS_RECORD = "a link of a record's page leads to a page that shows the record"

_MOST_LINKS = 3
_MOST_FOLLOWED = 8
_LEAD_ON = frozenset({Purpose.EDIT, Purpose.OTHER})


async def learn_links(
    hand: Recorder, identity: str, listing: Steps, opened: Steps, names: Sequence[str]
) -> tuple[Steps, ...]:
    """For each such page the steps to it from the list; none for those that `opened` comes to.

    `identity` is the variable whose text the record shows, `names` are those that `onward` gave.

    Raises:
        NotLearned: a link cannot be followed.
    """
    known = {step.post_url for step in opened}
    page, found = opened[:1], list[Steps]()
    for name in names[:_MOST_FOLLOWED]:
        if len(found) == _MOST_LINKS:
            break
        await hand.go((*listing, *page))
        again = _links(await hand.elements(), hand.session.url)
        link = next((each for each in again if label(each.fingerprint) == name), None)
        if link is None:
            continue
        outcome = await hand.do(Action.CLICK, await hand.target(link))
        answered = [each.status < 400 for each in outcome.requests if each.document]
        if all(answered) and not mutation(outcome) and outcome.url_template not in known:
            known.add(outcome.url_template)
            expect: list[Expectation] = [AtUrl(template=outcome.url_template, oracle=LANDS)]
            if await hand.shows(identity):
                expect.append(TextPresent(text=f"${{{identity}}}", oracle=SHOWS_RECORD))
            found.append((*page, *hand.piece(*expect)))
        hand.piece()
    return tuple(found)


def onward(elements: Iterable[Element], url: str) -> list[str]:
    """What the links of the record's page at `url` are called, but for those that may do harm."""
    return list(dict.fromkeys(label(each.fingerprint) for each in _links(elements, url)))


def _links(elements: Iterable[Element], url: str) -> list[Element]:
    return [
        each
        for each in elements
        if each.fingerprint.tag == "a"
        and each.visible
        and is_record_control(each, url)
        and purpose(each.fingerprint) in _LEAD_ON
        and label(each.fingerprint)
        and may_follow(
            urljoin(url, each.fingerprint.attributes["href"]), label(each.fingerprint), ""
        )
    ]
