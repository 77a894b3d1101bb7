"""Records below others, and input past a page's checks: learnt in a browser, tried when broken."""

from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser

from argus.services.qa import ir
from argus.services.qa.browser.session import Session, new_session
from argus.services.qa.discovery.describe import describe_form
from argus.services.qa.discovery.digest import read_digest
from argus.services.qa.discovery.site import Form, Site
from argus.services.qa.execution.perform import perform
from argus.services.qa.execution.values import make_values
from argus.services.qa.ir import Phase
from argus.services.qa.outcome import DiscoverySummary
from argus.services.qa.planning.composition import Lifecycle, compose
from argus.services.qa.planning.learning import learn
from argus.services.qa.planning.nesting import learn_nested
from argus.services.qa.planning.recorder import Recorder
from argus.services.qa.planning.refusing import learn_refusals
from support.website import Answer, Asked, WebSite, redirect, serve

NEW_ORDER = "<form method=post><input name=customer placeholder=Customer required><button>Save"


class Orders:
    """Orders of a customer, each with items of a price; `forgets` is what it does not do."""

    def __init__(self) -> None:
        self.forgets = ""
        self.orders: dict[int, tuple[str, dict[int, tuple[str, int]]]] = {}
        self.made = 0
        self.site = WebSite({"/": self.listed, "/*": self.order})

    def listed(self, asked: Asked) -> str | Answer:
        if asked.method == "POST":
            if not asked.form.get("customer") and self.forgets != "validation":
                return Answer("<p role=alert>Customer is missing</p>" + NEW_ORDER, status=422)
            self.made += 1
            self.orders[self.made] = (asked.form.get("customer", ""), {})
            return redirect("/")
        rows = "".join(
            f"<tr><td><a href=/{number}>{customer}</a>"
            for number, (customer, _) in self.orders.items()
        )
        return f"<h1>Orders</h1><table>{rows}</table>{NEW_ORDER}"

    def order(self, asked: Asked) -> str | Answer:
        number, *rest = asked.path.strip("/").split("/")
        if int(number) not in self.orders:
            return Answer(status=404)
        customer, items = self.orders[int(number)]
        if asked.method == "GET":
            return self._page(number, customer, items)
        if rest == ["delete"]:
            del self.orders[int(number)]
            return redirect("/")
        if rest == ["items"]:
            self.made += 1
            items[self.made] = (asked.form["article"], int(asked.form["price"]))
        elif self.forgets != "delete":
            del items[int(rest[1])]
        return redirect(f"/{number}")

    def _page(self, number: str, customer: str, items: dict[int, tuple[str, int]]) -> str:
        prices = [price for _, price in items.values()]
        total = sum(prices[: 1 if self.forgets == "total" else None])
        rows = "".join(
            f"<tr><td>{article}<td>{price}<td><form method=post action=/{number}/items/{item}>"
            "<button>Remove</button></form>"
            for item, (article, price) in items.items()
        )
        return (
            f"<h1>{customer}</h1><form method=post action=/{number}/delete><button>Delete order"
            f"</button></form><table><tr><th>Article<th>Price<th></tr>{rows}</table>"
            f"<p>Total {total} EUR</p><form method=post action=/{number}/items>"
            "<input name=article placeholder=Article required>"
            "<input name=price type=number min=1 placeholder=Price required>"
            "<button>Add item</button></form>"
        )


@pytest.fixture
def orders() -> Generator[Orders]:
    application = Orders()
    with serve(application.site):
        yield application


@asynccontextmanager
async def session_on(browser: Browser, url: str) -> AsyncGenerator[Session]:
    async with new_session(browser, url) as session:
        session.dialogs = "accept"
        await session.goto("/")
        yield session


async def ignore(_message: str) -> None:
    pass


def hand_in(session: Session) -> Recorder:
    return Recorder(session, {}, {}, float("inf"))


async def order_of(session: Session) -> tuple[Site, Form, Lifecycle]:
    digest = await read_digest(session)
    form = await describe_form(session, digest.forms[0], digest, "orders")
    site = Site(
        app_url=session.app_url,
        login=None,
        pages=(),
        states=(),
        transitions=(),
        forms=(form,),
        collections=(),
        findings=(),
        summary=DiscoverySummary(pages=1, states=1, actions=0, forms=1, duration_s=0),
        stopped_by="exhausted",
    )
    life = await learn(hand_in(session), form, site, 1, "learn", ignore)
    return site, form, life


async def failures(browser: Browser, test: ir.Test, url: str, nonce: str) -> set[str]:
    values = make_values(test.variables, 1, nonce)
    visited: dict[str, str] = {}
    oracles: set[str] = set()
    async with session_on(browser, url) as session:
        for step in test.steps:
            if not oracles or step.phase is Phase.CLEANUP:
                outcome = await perform(session, step, values, {}, timeout_s=3, visited=visited)
                visited[step.id] = outcome.url
                oracles |= {failure.oracle for failure in outcome.failures}
    return oracles


async def test_records_below_another_are_made_two_at_a_time_and_go_with_it(
    browser: Browser, orders: Orders
) -> None:
    async with session_on(browser, orders.site.url) as session:
        site, _, life = await order_of(session)
        hands = hand_in(session), hand_in(session)
        below = [each async for each in learn_nested(*hands, site, life, 1, "below", ignore)]
    ((item, made),) = below
    tests = {test.name: test for test in made}
    assert item.noun == "item"
    assert {"Create an item", "Delete an item"} == set(tests)
    assert orders.orders == {}
    for forgotten, name, expected in (
        ("", "Create an item", set()),
        ("total", "Create an item", {"a total is the sum of what it stands for"}),
        ("delete", "Delete an item", {"a deleted record is no longer in its list"}),
    ):
        orders.forgets = forgotten
        told = await failures(browser, tests[name], orders.site.url, f"run {forgotten}")
        assert expected <= told
        assert bool(expected) is bool(told)
        assert orders.orders == {}


async def test_what_a_page_refuses_its_server_has_to_refuse_as_well(
    browser: Browser, orders: Orders
) -> None:
    async with session_on(browser, orders.site.url) as session:
        _, form, life = await order_of(session)
        life = await learn_refusals(hand_in(session), form, (), life, 1, "refuse")
    (refused,) = [test for test in compose(life) if test.name.endswith("is refused")]
    assert await failures(browser, refused, orders.site.url, "healthy") == set()
    orders.forgets = "validation"
    assert "refused input changes nothing on the server" in await failures(
        browser, refused, orders.site.url, "broken"
    )
