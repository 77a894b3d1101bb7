"""Tests that only look: pages open with their headings, lists can be read and searched."""

import asyncio
from collections.abc import Iterable, Sequence

from argus.services.qa.browser.elements import Element
from argus.services.qa.browser.figures import Figures
from argus.services.qa.discovery.site import Collection, FieldKind, Form, Page
from argus.services.qa.execution.arithmetic import products, totals
from argus.services.qa.execution.values import make_values
from argus.services.qa.expectation import (
    SAME_HEADING,
    AtUrl,
    ColumnMultiplies,
    Expectation,
    LinkPresent,
    RowCount,
    ShownAddsUp,
    SignInRequired,
    TextPresent,
    TotalAddsUp,
)
from argus.services.qa.ir import Action, Flow, Phase, Step, Test, Variable, VariableKind
from argus.services.qa.leads import NO_LEADS, Leads
from argus.services.qa.naming import a, noun
from argus.services.qa.planning.assembly import Part, assemble
from argus.services.qa.planning.composition import SEARCH_FILTERS, SEARCH_FINDS, SIGN_IN
from argus.services.qa.planning.controls import Purpose, purpose
from argus.services.qa.planning.passing import is_passing
from argus.services.qa.planning.recorder import NotLearned, Recorder
from argus.services.qa.urls import path_template, same_application, url_template

ARRIVES = "a page's address leads to that page"
LEADS_ON = "a page leads to the same pages each time"
ADDS_UP = "a total is the sum of what it stands for"
MULTIPLIES = "an amount is the product of its factors"
LEADS_TO_RECORD = "a row's link leads to a page that shows the record it names"


_MAX_LINKS = 20
_MORE_LOOKS = 2
_LOOKING_S = 3.0
"""A page that takes longer to open is looked at once more, not twice."""
_CHOICES = frozenset(
    {FieldKind.SELECT, FieldKind.MULTI_SELECT, FieldKind.CHECKBOX, FieldKind.RADIO}
)
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})


def main_pages(pages: Iterable[Page], most: int, leads: Leads = NO_LEADS) -> list[Page]:
    """Pages worth a smoke test: one for each path, none of a single record.

    Those of important code come first, then those with short addresses.
    """

    def rank(page: Page) -> tuple[float, int, str]:
        template = page.url_template
        return -leads.priority(template), len(template), template

    kept: dict[str, Page] = {}
    for page in sorted(pages, key=rank):
        if page.status < 400 and "{id}" not in page.url_template and "?" not in page.url_template:
            kept.setdefault(path_template(page.url), page)
    return list(kept.values())[:most]


def record_pages(pages: Iterable[Page], most: int) -> list[Page]:
    """Pages of single records, one for each kind, those with short addresses first."""
    shown = [page for page in pages if page.status < 400 and "{id}" in page.url_template]
    kept = {path_template(page.url): page for page in reversed(shown)}
    return sorted(kept.values(), key=lambda page: (len(page.url), page.url))[:most]


def main_heading(elements: Iterable[Element]) -> str:
    """The text of the first heading of the highest level, or empty."""
    texts = [(e.fingerprint.tag, e.fingerprint.text) for e in elements if e.visible]
    headings = [(tag, text) for tag, text in texts if tag in _HEADINGS and text]
    return min(headings, key=lambda heading: heading[0])[1] if headings else ""


async def page_test(hand: Recorder, page: Page) -> Test:
    """The page opens at its own address, shows its main heading, leads on, and adds up.

    Raises:
        NotLearned: it leads elsewhere.
    """
    outcome = await hand.do(Action.GOTO, value=page.url)
    if outcome.url_template != page.url_template:
        raise NotLearned(f"it leads to {outcome.url_template}")
    expect: list[Expectation] = [AtUrl(template=outcome.url_template, oracle=ARRIVES)]
    heading = main_heading(await hand.elements(with_text=True))
    if await _stays(hand, heading):
        expect.append(TextPresent(text=heading, oracle=SAME_HEADING))
    else:
        heading = ""
    figures = await hand.figures()
    expect += (*sums(figures), *links_on(figures, hand.session.url))
    if await hand.is_private():
        expect.append(SignInRequired(text="", oracle=SIGN_IN))
    part = Part(name="open", phase=Phase.ACT, steps=hand.piece(*expect))
    subject = heading or page.title or page.url_template
    name = f'Open "{subject}"'
    return assemble(name, Flow.NAVIGATE, page.url_template, [part], subject=subject)


async def sums_test(hand: Recorder, page: Page) -> Test | None:
    """What a record's page computes is right; None where it computes nothing.

    Where the record is gone by then, nothing is wrong.
    """
    await hand.do(Action.GOTO, value=page.url)
    expect = sums(await hand.figures())
    if not expect:
        return None
    part = Part(name="open", phase=Phase.ACT, steps=hand.piece(*expect))
    thing = noun("", page.url_template, page.title)
    entity = page.url_template
    return assemble(f"Add up {a(thing)}", Flow.NAVIGATE, entity, [part], subject=thing)


async def _stays(hand: Recorder, heading: str) -> bool:
    """Whether the page has the heading each time, as far as opening it again can tell."""
    if not heading or is_passing(heading):
        return False
    reload, clock = Step(id="", action=Action.RELOAD), asyncio.get_running_loop()
    enough = clock.time() + _LOOKING_S
    for _ in range(_MORE_LOOKS):
        await hand.replay([reload])
        if main_heading(await hand.elements(with_text=True)) != heading:
            return False
        if clock.time() > enough:
            break
    return True


def sums(figures: Figures) -> tuple[Expectation, ...]:
    """What of a page's numbers is computed from others."""
    adds_up = ShownAddsUp if figures.partial else TotalAddsUp
    return (
        *(adds_up(label=label, oracle=ADDS_UP) for label in totals(figures)),
        *(ColumnMultiplies(head=head, oracle=MULTIPLIES) for head in products(figures)),
    )


def links_on(figures: Figures, url: str) -> tuple[Expectation, ...]:
    """That the page at `url` leads where it leads now; but for records, and parts of lists."""
    templates = [url_template(link) for link in figures.links if same_application(link, url)]
    lasting = dict.fromkeys(t for t in templates if "{id}" not in t and "?" not in t)
    others = [template for template in lasting if template != url_template(url)]
    return tuple(LinkPresent(url_template=t, oracle=LEADS_ON) for t in others[:_MAX_LINKS])


async def reading_test(hand: Recorder, collection: Collection) -> Test:
    """The first row with a link to a record opens a page that shows the link's text.

    Raises:
        NotLearned: no row has such a link, or its page does not show the text.
    """
    await hand.do(Action.GOTO, value=collection.url)
    link = _first_record_link(await hand.elements())
    outcome = await hand.do(Action.CLICK, await hand.target(link))
    text = link.fingerprint.text
    hand.values["text"] = text
    if not await hand.shows("text"):
        raise NotLearned("the record's page does not show its text")
    steps = hand.piece(
        AtUrl(template=outcome.url_template, oracle=ARRIVES),
        TextPresent(text=text, oracle=LEADS_TO_RECORD),
    )
    part = Part(name="open", phase=Phase.ACT, steps=steps)
    thing = noun("", collection.url_template, collection.name)
    return assemble(f"Read {a(thing)}", Flow.READ, collection.url_template, [part], subject=thing)


async def search_test(
    hand: Recorder, collection: Collection, form: Form, seed: int, nonce: str
) -> Test:
    """A listed text is found by searching for it, and not by searching for another.

    Raises:
        NotLearned: there is no record to search for, or the search does not filter.
    """
    await hand.do(Action.GOTO, value=collection.url)
    listing = hand.piece()
    text = _first_record_link(await hand.elements()).fingerprint.text
    unknown = {"unknown": Variable(kind=VariableKind.TEXT, unique=True)}
    hand.values.update(make_values(unknown, seed, nonce), text=text)
    field = form.fields[0].target
    parts = [Part(name="list", phase=Phase.SETUP, steps=listing)]
    for name, value in (("search", text), ("other", "${unknown}")):
        await hand.do(Action.FILL, field, value)
        await hand.do(Action.PRESS, field, "Enter")
        count = (await hand.rows("text"))[0]
        if (count > 0) is not (name == "search"):
            raise NotLearned("the search does not filter")
        oracle = SEARCH_FINDS if count else SEARCH_FILTERS
        steps = hand.piece(RowCount(text=text, count=count, oracle=oracle))
        parts.append(Part(name=name, phase=Phase.ACT, steps=steps))
    thing = noun("", collection.url_template, collection.name)
    entity = collection.url_template
    return assemble(f"Search for {a(thing)}", Flow.SEARCH, entity, parts, unknown, subject=thing)


def search_form(forms: Sequence[Form], url: str) -> Form | None:
    """The form that searches the list at `url`, with nothing but the field to type into.

    Beside that it may have choices that narrow the list down.
    """
    path = path_template(url)
    there = [typed for f in forms if path_template(f.url) == path and (typed := _typed(f)).fields]
    return min(there, key=lambda form: form.implicit, default=None)


def _typed(form: Form) -> Form:
    """The form with the field that it looks up by; with none where it does not."""
    typed = [field for field in form.fields if field.kind not in _CHOICES]
    looks_up = form.search or (form.method == "GET" and len(typed) == 1)
    return form.model_copy(update={"fields": tuple(typed[:1]) if looks_up else ()})


def _first_record_link(elements: Iterable[Element]) -> Element:
    for element in elements:
        f = element.fingerprint
        leads_to_record = f.tag == "a" and "{id}" in url_template(f.attributes.get("href", ""))
        if leads_to_record and f.text and element.row_text and purpose(f) is Purpose.OTHER:
            return element
    raise NotLearned("no row links to a record")
