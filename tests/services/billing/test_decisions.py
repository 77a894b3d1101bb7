"""What a tier allows, as a pure function."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argus.services.billing.decisions import UNLIMITED, decide
from argus.services.billing.tiers import Amount, Tier, Tiers

UNCOUNTED: st.SearchStrategy[Amount] = st.just("unlimited")
AMOUNTS = st.one_of(st.booleans(), st.integers(0, 100), UNCOUNTED)


@st.composite
def ladders(draw: st.DrawFn) -> Tiers:
    """Tiers by price, which include more or less of one feature."""
    prices = sorted(draw(st.lists(st.integers(0, 10**6), min_size=1, max_size=5)))
    tiers = {
        "free" if number == 0 else f"tier{number}": Tier(
            price_minor=price, requests_per_minute=60, features={"feature": draw(AMOUNTS)}
        )
        for number, price in enumerate(prices)
    }
    return Tiers(version=1, currency="USD", meters=frozenset({"feature"}), tiers=tiers)


def allowed(tiers: Tiers, tier: str, used: int, quantity: int) -> bool:
    return decide(tiers, tier, "feature", used, quantity).allowed


USED, QUANTITY = st.integers(0, 150), st.integers(1, 150)


@given(ladders(), USED, QUANTITY)
def test_a_limit_is_never_exceeded_and_always_usable_in_full(
    tiers: Tiers, used: int, quantity: int
) -> None:
    decision = decide(tiers, "free", "feature", used, quantity)
    amount = tiers.tiers["free"].features["feature"]
    if isinstance(amount, bool):
        assert (decision.allowed, decision.limit) == (amount, UNLIMITED)
    elif amount == "unlimited":
        assert (decision.allowed, decision.limit) == (True, UNLIMITED)
    else:
        assert decision.allowed is (used + quantity <= amount)
        assert decision.limit == amount


@given(ladders(), USED, QUANTITY)
def test_using_more_never_becomes_allowed(tiers: Tiers, used: int, quantity: int) -> None:
    if not allowed(tiers, "free", used, quantity):
        assert not allowed(tiers, "free", used + 1, quantity)
        assert not allowed(tiers, "free", used, quantity + 1)


@given(ladders(), USED, QUANTITY)
def test_the_way_out_of_a_refusal_is_the_cheapest_that_works(
    tiers: Tiers, used: int, quantity: int
) -> None:
    decision = decide(tiers, "free", "feature", used, quantity)
    works = [
        tier.price_minor
        for name, tier in tiers.tiers.items()
        if allowed(tiers, name, used, quantity)
    ]
    if decision.allowed:
        assert decision.cheapest_tier == ""
    elif works:
        assert allowed(tiers, decision.cheapest_tier, used, quantity)
        assert decision.price_minor == min(works)
    else:
        assert decision.cheapest_tier == ""
        assert decision.reason.endswith("no tier includes more")


@pytest.mark.parametrize(
    ("tier", "feature", "used", "quantity", "reason", "cheapest"),
    [
        ("free", "sign_in", 0, 1, "the free tier includes sign_in", ""),
        ("free", "webhooks", 0, 1, "the free tier does not include webhooks", "professional"),
        ("free", "qa_runs", 99, 1, "the free tier includes qa_runs: 100 of 100", ""),
        (
            "free",
            "qa_runs",
            100,
            1,
            "the free tier includes 100 qa_runs, of which 100 are used",
            "explorer",
        ),
        ("business", "api_calls", 10**12, 1, "the business tier includes api_calls", ""),
        (
            "enterprise",
            "no_such_thing",
            0,
            1,
            "the enterprise tier does not include no_such_thing; no tier includes more",
            "",
        ),
    ],
)
def test_reasons_are_sentences_for_people(
    tiers: Tiers, tier: str, feature: str, used: int, quantity: int, reason: str, cheapest: str
) -> None:
    decision = decide(tiers, tier, feature, used, quantity)
    assert (decision.reason, decision.cheapest_tier) == (reason, cheapest)
