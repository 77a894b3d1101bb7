"""Whether what a step promises holds on the page and in the traffic since the step began."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urljoin

from playwright.async_api import Error as PlaywrightError

from argus.services.qa.browser.elements import Observation, observe, take
from argus.services.qa.browser.figures import read_figures
from argus.services.qa.browser.locate import Found, resolve
from argus.services.qa.browser.paging import read_pages
from argus.services.qa.browser.session import Session
from argus.services.qa.browser.traffic import Mark, Window
from argus.services.qa.execution.arithmetic import (
    same_value,
    wrong_count,
    wrong_product,
    wrong_total,
)
from argus.services.qa.execution.database import Database, unanswered
from argus.services.qa.execution.order import out_of_order
from argus.services.qa.execution.paging import wrong_paging
from argus.services.qa.execution.patience import Patience
from argus.services.qa.execution.privacy import given_away
from argus.services.qa.execution.record import Failure, FailureKind
from argus.services.qa.execution.requests import Answer, unlike
from argus.services.qa.expectation import (
    AnswerHeader,
    AnswerStatus,
    AnswerValue,
    AtUrl,
    ColumnInOrder,
    ColumnMultiplies,
    CountIsRight,
    ElementAbsent,
    ElementPresent,
    Expectation,
    FieldValue,
    Gone,
    LinkPresent,
    Mutation,
    NoMutation,
    PagesAddUp,
    QueryCount,
    QueryRow,
    RowCount,
    ShownAddsUp,
    SignInRequired,
    TextAbsent,
    TextPresent,
    TotalAddsUp,
    ValidationError,
    Withheld,
)
from argus.services.qa.templates import fill_in
from argus.services.qa.urls import path_template, relative_url, url_template


@dataclass(frozen=True)
class Beside:
    """What a step is judged by beside its page: the answer to its request, the database."""

    answer: Answer | None = None
    database: Database | None = None


NOTHING = Beside()


async def unmet(
    session: Session,
    expectations: Sequence[Expectation],
    values: Mapping[str, str],
    mark: Mark,
    visited: Mapping[str, str],
    timeout_s: float,
    seen: Observation | None = None,
    beside: Beside = NOTHING,
) -> list[Failure]:
    """Each expectation that does not come to hold in time (see `Patience`), as a failure.

    `visited` maps the ids of earlier steps to the URLs they led to. `seen` is what the page has
    answered to the `questions` just now.

    Raises:
        DatabaseSilent, QueryRefused
    """
    patience = Patience(session, timeout_s)
    waiting = dict(enumerate(expectations))
    while True:
        failures: list[Failure] = []
        try:
            seen = seen or await _look(session, waiting.values(), values)
            for index, expectation in tuple(waiting.items()):
                kind, complaint = await _checked(
                    session, expectation, values, seen, session.since(mark), visited, beside
                )
                if complaint:
                    failures.append(
                        Failure(
                            kind=kind,
                            message=complaint,
                            oracle=expectation.oracle,
                            expectation=index,
                            heading=seen.heading,
                        )
                    )
                else:
                    del waiting[index]
        except PlaywrightError as error:  # the document was replaced while being read
            if session.page.is_closed():
                raise
            failures = [Failure(kind=FailureKind.PAGE, message=error.message.partition("\n")[0])]
        seen = None
        if not waiting or await patience.is_over():
            return failures


def questions(
    expectations: Collection[Expectation], values: Mapping[str, str]
) -> dict[str, list[str]] | None:
    """What to ask the page about its texts, rows and complaints; None: nothing."""
    texts = [
        fill_in(e.text, values) for e in expectations if isinstance(e, TextPresent | TextAbsent)
    ]
    rows = [fill_in(e.text, values) for e in expectations if isinstance(e, RowCount)]
    if not texts and not rows and not any(isinstance(e, ValidationError) for e in expectations):
        return None
    return {"texts": texts, "rows": rows}


async def _checked(
    session: Session,
    expectation: Expectation,
    values: Mapping[str, str],
    seen: Observation,
    window: Window,
    visited: Mapping[str, str],
    beside: Beside,
) -> tuple[FailureKind, str]:
    """What is wrong, or an empty string."""
    match expectation:
        case FieldValue() | ElementPresent() | ElementAbsent():
            return await _check_element(session, expectation, values)
        case Gone():
            complaint = await _check_gone(session, expectation, visited)
        case (
            TotalAddsUp()
            | ShownAddsUp()
            | CountIsRight()
            | ColumnMultiplies()
            | ColumnInOrder()
            | LinkPresent()
        ):
            complaint = await _check_figures(session, expectation)
        case PagesAddUp(label=label):
            complaint = wrong_paging(await read_pages(session), label)
        case SignInRequired() | Withheld():
            complaint = await _check_privacy(session, expectation, values, window)
        case QueryCount() | QueryRow():
            complaint = await unanswered(beside.database, expectation, values)
        case AnswerStatus() | AnswerValue() | AnswerHeader():
            complaint = unlike(beside.answer, expectation, values)
        case _:
            complaint = _check(expectation, values, seen, session.url, window)
    return FailureKind.EXPECTATION, complaint


async def _look(
    session: Session, expectations: Collection[Expectation], values: Mapping[str, str]
) -> Observation:
    """One evaluation that answers all questions about the visible page; none if none is asked."""
    asked = questions(expectations, values)
    if asked is None:
        return Observation(texts={}, rows={}, invalid="")
    return await observe(session, **asked)


def _check(
    expectation: TextPresent
    | TextAbsent
    | RowCount
    | AtUrl
    | Mutation
    | NoMutation
    | ValidationError,
    values: Mapping[str, str],
    seen: Observation,
    url: str,
    window: Window,
) -> str:
    """What is wrong with the page or its traffic, or an empty string."""
    match expectation:
        case TextPresent(text=template):
            text = fill_in(template, values)
            return "" if seen.texts[text] else f'"{text}" is not on the page'
        case TextAbsent(text=template):
            text = fill_in(template, values)
            return f'"{text}" is still on the page' if seen.texts[text] else ""
        case RowCount(text=template, count=count):
            text = fill_in(template, values)
            found = seen.rows[text]
            return "" if found == count else f'{found} rows show "{text}", not {count}'
        case AtUrl(template=template):
            now = url_template(url)
            return "" if now == template else f"the page is {now}, not {template}"
        case Mutation(method=method, url_template=template):
            return _check_mutation(method, template, window)
        case NoMutation():
            accepted = [
                e for e in window.mutations if 300 <= e.status < 400 or e.status in {201, 204}
            ]
            if not accepted:
                return ""
            first = accepted[0]
            return f"{first.method} {relative_url(first.url)} was accepted with {first.status}"
        case ValidationError():
            return "" if seen.invalid else "the page does not say that the input is wrong"


def _check_mutation(method: str, template: str, window: Window) -> str:
    sent = [
        exchange
        for exchange in window.mutations
        if exchange.method == method
        and template in {url_template(exchange.url), path_template(exchange.url)}
    ]
    if not sent:
        return f"no {method} request went to {template}"
    if any(0 < exchange.status < 400 for exchange in sent):
        return ""
    last = sent[-1]
    answer = f"answered with {last.status}" if last.status else "not answered"
    return f"{method} {relative_url(last.url)} was {answer}"


async def _check_element(
    session: Session,
    expectation: FieldValue | ElementPresent | ElementAbsent,
    values: Mapping[str, str],
) -> tuple[FailureKind, str]:
    resolution, located = await resolve(session, expectation.target, values)
    if isinstance(expectation, ElementAbsent):
        what = fill_in(expectation.target.description, values)
        is_gone = resolution.found is Found.NONE
        return FailureKind.EXPECTATION, "" if is_gone else f"{what} is still on the page"
    if located is None:
        what = fill_in(expectation.target.description, values)
        return FailureKind.UNRESOLVED, f"{what}: {resolution.reason}"
    if isinstance(expectation, ElementPresent):
        return FailureKind.EXPECTATION, ""
    wanted, found = fill_in(expectation.value, values), (await take(located)).value
    if same_value(found, wanted):
        return FailureKind.EXPECTATION, ""
    field = fill_in(expectation.target.description, values)
    return FailureKind.EXPECTATION, f'{field} holds "{found}", not "{wanted}"'


async def _check_gone(session: Session, expectation: Gone, visited: Mapping[str, str]) -> str:
    """Ask for the page with the session's cookies, without leaving the current one."""
    url = visited.get(expectation.step)
    if url is None:
        return f"step {expectation.step} led to no page"
    response = await session.context.request.get(url, max_redirects=0)
    if response.status in {404, 410}:
        return ""
    if 300 <= response.status < 400:
        target = urljoin(url, response.headers.get("location", ""))
        return "" if url_template(target) != url_template(url) else f"{url} redirects to itself"
    return f"{relative_url(url)} still answers {response.status}"


async def _check_figures(
    session: Session,
    expectation: TotalAddsUp
    | ShownAddsUp
    | CountIsRight
    | ColumnMultiplies
    | ColumnInOrder
    | LinkPresent,
) -> str:
    figures = await read_figures(session)
    match expectation:
        case TotalAddsUp(label=label):
            return "" if figures.partial else wrong_total(figures, label)
        case ShownAddsUp(label=label):
            return wrong_total(figures, label)
        case CountIsRight(label=label):
            return wrong_count(figures, label)
        case ColumnMultiplies(head=head):
            return wrong_product(figures, head)
        case ColumnInOrder(head=head):
            return out_of_order(figures, head)
        case LinkPresent(url_template=template):
            links = (*figures.links, *figures.row_links)  # a menu may have become a list
            leads = any(url_template(each) == template for each in links)
            return "" if leads else f"no link leads to {template}"


async def _check_privacy(
    session: Session,
    expectation: SignInRequired | Withheld,
    values: Mapping[str, str],
    window: Window,
) -> str:
    text = fill_in(expectation.text, values)
    role = expectation.role if isinstance(expectation, Withheld) else ""
    try:
        url = await given_away(session, window, text, role)
    except PlaywrightError:  # no answer gives nothing away
        return ""
    what, whom = f'"{text}"' if text else "its page", role or "whoever is not signed in"
    return f"{url} gives {what} to {whom}" if url else ""
