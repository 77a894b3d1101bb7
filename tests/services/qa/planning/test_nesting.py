"""Records below others, and input past their page's checks: learnt, and tried when broken."""

from collections.abc import AsyncGenerator, Generator, Iterable, Mapping
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser

from argus.services.qa import ir
from argus.services.qa.browser.session import Session, new_session
from argus.services.qa.discovery.site import Site
from argus.services.qa.execution.perform import perform
from argus.services.qa.execution.values import make_values
from argus.services.qa.ir import Phase
from argus.services.qa.planning.composition import Lifecycle
from argus.services.qa.planning.learning import learn
from argus.services.qa.planning.moving import learn_moves
from argus.services.qa.planning.moving_in_rows import learn_row_moves
from argus.services.qa.planning.nesting import learn_nested
from argus.services.qa.planning.planner import PlanRequest, TestPlanner
from argus.services.qa.planning.recorder import BudgetSpent, Recorder
from support.exploring import site_of_form
from support.website import Answer, Asked, WebSite, redirect, serve

NEW_ORDER = "<form method=post><input name=customer placeholder=Customer required><button>Save"
REMOVE = "<form method=post action=/{}/delete><button>Delete order</button></form>"


class Orders:
    """Orders of a customer, each with items of a price; `forgets` is what it does not do.

    While there are `views`, an order's page shows the next one of them instead of its items.
    """

    def __init__(self) -> None:
        self.forgets = ""
        self.views: list[str] = []
        self.refused = 0
        """The number of an order that is not taken."""
        self.orders: dict[int, tuple[str, dict[int, tuple[str, int]]]] = {}
        self.made = 0
        self.site = WebSite({"/": self.listed, "/*": self.order})

    def listed(self, asked: Asked) -> str | Answer:
        if asked.method == "POST":
            self.made += 1
            if self.made == self.refused:
                return Answer("<p role=alert>Not now</p>", status=422)
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
        if asked.method == "GET" and self.views:
            return REMOVE.format(number) + self.views.pop(0).format(number)
        if asked.method == "GET":
            return self._page(number, customer, items)
        if rest == ["delete"]:
            del self.orders[int(number)]
            return redirect("/")
        if rest == ["items"]:
            article, price = asked.form.get("article", ""), int(asked.form.get("price") or 0)
            if (not article or price < 1) and self.forgets != "limits":
                complaint = "<p role=alert>That is no item</p>"
                return Answer(complaint + self._page(number, customer, items), status=422)
            self.made += 1
            items[self.made] = (article, price)
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
            f"<h1>{customer}</h1>{REMOVE.format(number)}"
            f"<table><tr><th>Article<th>Price<th></tr>{rows}</table>"
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


async def order_of(session: Session) -> tuple[Site, Lifecycle]:
    site = await site_of_form(session, 0, "orders")
    life = await learn(hand_in(session), site.forms[0], site, 1, "learn", ignore)
    return site, life


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


class Late(Recorder):
    """Its time is over as soon as it has done something again."""

    async def replay(self, steps: Iterable[ir.Step]) -> None:
        await super().replay(steps)
        self._deadline = 0.0


async def test_what_was_made_is_deleted_though_time_is_over_and_a_control_may_go_away(
    browser: Browser, orders: Orders
) -> None:
    async with session_on(browser, orders.site.url) as session:
        site, life = await order_of(session)

        def late() -> Late:
            return Late(session, {}, {}, float("inf"))

        async def below(owners: Recorder, hand: Recorder) -> list[tuple[Lifecycle, list[ir.Test]]]:
            lives = learn_nested(owners, hand, site, life, 1, "below", ignore)
            return [each async for each in lives]

        movable = life.model_copy(update={"may_move": True})
        pressable = life.model_copy(
            update={"offers": life.offers + life.opened_offers, "may_move_in_row": True}
        )
        for number, learning in enumerate(
            (
                below(late(), Recorder(session, {}, {}, 0)),
                learn_moves(late(), movable, 1, "moves"),
                learn_row_moves(late(), pressable, 1, "row moves"),
            ),
            orders.made + 1,
        ):
            with pytest.raises(BudgetSpent):
                await learning
            assert (orders.made, orders.orders) == (number, {})

        orders.views = ["<a href={}/new>Add item</a>", "nothing more"]
        assert await below(hand_in(session), hand_in(session)) == []
        orders.views = ["<button>Approve</button><button>Sign</button>"] * 2 + ["nothing more"]
        assert (await learn_moves(hand_in(session), movable, 1, "again")).moves == ()
        assert (orders.views, orders.orders) == ([], {})


async def test_no_record_is_made_where_the_first_one_showed_nothing_more_to_learn(
    browser: Browser, orders: Orders
) -> None:
    async with session_on(browser, orders.site.url) as session:
        site, life = await order_of(session)
        assert (life.may_move, life.may_hold, life.may_move_in_row) == (False, True, False)
        life = life.model_copy(update={"may_hold": False})
        pressable = life.model_copy(update={"offers": life.offers + life.opened_offers})
        hands = hand_in(session), hand_in(session)
        below = [each async for each in learn_nested(*hands, site, life, 1, "below", ignore)]
        assert below == []
        assert await learn_moves(hand_in(session), life, 1, "moves") == life
        assert await learn_row_moves(hand_in(session), pressable, 1, "row moves") == pressable
    assert orders.made == 1


async def test_records_keep_their_tests_though_those_below_them_cannot_be_learned(
    browser: Browser, orders: Orders
) -> None:
    told: dict[object, int] = {}

    async def emit(_: str, data: Mapping[str, object]) -> None:
        told[data["message"]] = orders.made

    async with session_on(browser, orders.site.url) as session:
        site, _ = await order_of(session)
    orders.refused = 4  # that which others are to be made below
    planner = TestPlanner(browser, None, {}, emit)
    suite = await planner.work(PlanRequest(site=site, max_tests=1), 120.0)
    assert told["POST / was answered with 422"] == 4
    assert [test.name for test in suite.tests] == ["Create an order"]


@pytest.mark.timeout(400)
async def test_records_below_another_are_made_two_at_a_time_and_go_with_it(
    browser: Browser, orders: Orders
) -> None:
    async with session_on(browser, orders.site.url) as session:
        site, life = await order_of(session)
        hands = hand_in(session), hand_in(session)
        below = [each async for each in learn_nested(*hands, site, life, 1, "below", ignore)]
    ((item, made),) = below
    tests = {test.name: test for test in made}
    assert item.noun == "item"
    assert set(tests) == {
        "Create an item",
        "Delete an item",
        "An item without an article is refused",
        "An item without a price is refused",
        "An item with an invalid value for price is refused",
    }
    assert orders.orders == {}
    for forgotten, name, expected in (
        ("", "Create an item", set()),
        ("total", "Create an item", {"a total is the sum of what it stands for"}),
        ("delete", "Delete an item", {"a deleted record is no longer in its list"}),
        (
            "limits",
            "An item with an invalid value for price is refused",
            {"refused input changes nothing on the server"},
        ),
    ):
        orders.forgets = forgotten
        told = await failures(browser, tests[name], orders.site.url, f"run {forgotten}")
        assert expected <= told
        assert bool(expected) is bool(told)
        assert orders.orders == {}
