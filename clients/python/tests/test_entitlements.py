"""What the plan includes."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import pytest

from argus_client import ArgusClient, AsyncArgusClient, PlatformRefused, Unavailable
from argus_client.entitlements import FRESH_S, RETRY_S, Entitlement, Entitlements
from argus_client.fake_argus import FakeArgus
from client_support import MovableClocks

WEBHOOKS = "GET /api/v1/billing/entitlements/webhooks"


def test_an_answer_is_true_or_false_and_says_why(
    argus: ArgusClient, argus_issuer: FakeArgus
) -> None:
    argus_issuer.entitle("webhooks", allowed=False, cheapest_tier="professional")
    answer = argus.entitled("webhooks")
    assert not answer
    assert (answer.reason, answer.cheapest_tier) == ("not_included", "professional")
    assert argus.entitled("sign_in")


def test_many_that_ask_are_one_question(argus: ArgusClient, argus_issuer: FakeArgus) -> None:
    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(lambda _: argus.entitled("webhooks"), range(50)))
    assert argus_issuer.asked.count(WEBHOOKS) == 1


def test_a_change_of_plan_shows_within_half_a_minute(
    argus: ArgusClient, argus_issuer: FakeArgus, clocks: MovableClocks
) -> None:
    assert argus.entitled("webhooks")
    argus_issuer.entitle("webhooks", allowed=False)
    assert argus.entitled("webhooks")
    clocks.advance(30)
    assert not argus.entitled("webhooks")


def test_the_last_answer_serves_while_argus_is_away_but_not_for_ever(
    argus: ArgusClient, argus_issuer: FakeArgus, clocks: MovableClocks
) -> None:
    assert argus.entitled("webhooks")
    argus_issuer.stop()
    clocks.advance(600)
    assert argus.entitled("webhooks")
    with pytest.raises(Unavailable):
        argus.entitled("teams")
    clocks.advance(600)
    with pytest.raises(Unavailable):
        argus.entitled("webhooks")


class Asked:
    """What is asked of Argus, which is away from the second question on."""

    def __init__(self) -> None:
        self.count, self.now = 0, 0.0

    def call(self, *_: object, **__: object) -> dict[str, Any]:
        self.count += 1
        if self.count > 1:
            raise Unavailable("away")
        return dict.fromkeys(Entitlement.__slots__, "") | {"allowed": True}


def test_an_argus_that_is_away_is_not_waited_for_each_time() -> None:
    asked = Asked()
    entitlements = Entitlements(cast("Any", asked), lambda: asked.now)

    def ask() -> bool:
        return bool(entitlements.recall("webhooks", 1) or entitlements.ask("webhooks", 1))

    assert ask()
    asked.now += FRESH_S
    assert [ask() for _ in range(5)] == [True] * 5
    assert asked.count == 2
    asked.now += RETRY_S
    assert ask()
    assert asked.count == 3


async def test_who_asks_a_closed_client_is_told(argus_issuer: FakeArgus) -> None:
    with ArgusClient(argus_issuer.settings) as argus:
        pass
    with pytest.raises(Unavailable, match="closed"):
        argus.entitled("webhooks")
    async with AsyncArgusClient(argus_issuer.settings) as waiting:
        pass
    for ask in (waiting.entitled("webhooks"), waiting.flush_usage(), waiting.verify("argus_key")):
        with pytest.raises(Unavailable, match="closed"):
            await ask


def test_a_service_that_may_not_ask_is_told(argus: ArgusClient, argus_issuer: FakeArgus) -> None:
    forbidden = {"code": "kernel.access.forbidden", "detail": "needs entitlement:check"}
    argus_issuer.instead[WEBHOOKS] = [(403, forbidden)]
    with pytest.raises(PlatformRefused, match="entitlement:check"):
        argus.entitled("webhooks")
