"""Token buckets, as pure arithmetic."""

from hypothesis import example, given
from hypothesis import strategies as st

from argus.kernel.rate_limits.buckets import TokenBuckets


def test_a_full_bucket_lets_its_limit_through_at_once_and_then_one_a_period() -> None:
    buckets = TokenBuckets()
    assert [buckets.take("a", 60, 0.0).allowed for _ in range(61)] == [True] * 60 + [False]
    assert not buckets.take("a", 60, 0.99).allowed
    assert buckets.take("a", 60, 1.01).allowed


def test_a_refusal_tells_when_the_next_request_may_come() -> None:
    buckets = TokenBuckets()
    for _ in range(15):
        buckets.take("a", 15, 0.0)
    refused = buckets.take("a", 15, 1.0)
    assert (refused.allowed, refused.remaining, refused.reset_s) == (False, 0, 3)
    assert buckets.take("a", 15, 4.0).allowed


def test_keys_do_not_share_a_bucket() -> None:
    buckets = TokenBuckets()
    assert buckets.take("a", 1, 0.0).allowed
    assert buckets.take("b", 1, 0.0).allowed


def test_beyond_the_bound_the_longest_unused_bucket_is_forgotten() -> None:
    buckets = TokenBuckets(max_buckets=2)
    for key in ("a", "b", "a", "c"):
        buckets.take(key, 1, 0.0)
    assert not buckets.take("a", 1, 0.0).allowed
    assert buckets.take("b", 1, 0.0).allowed


@given(
    per_minute=st.integers(1, 10_000),
    pauses=st.lists(st.floats(0, 120, allow_nan=False), min_size=1, max_size=60),
)
def test_no_pattern_gets_more_than_a_full_bucket_and_its_refill(
    per_minute: int, pauses: list[float]
) -> None:
    buckets, now, allowed = TokenBuckets(), 0.0, 0
    for pause in pauses:
        now += pause
        decision = buckets.take("a", per_minute, now)
        assert 0 <= decision.remaining < per_minute + 1
        assert decision.reset_s >= 0
        allowed += decision.allowed
    assert allowed <= per_minute + (now - pauses[0]) * per_minute / 60 + 1e-5


@given(per_minute=st.integers(1, 1000), now=st.floats(0, 1e6))
@example(per_minute=1, now=10.821351402268398)  # 60 s later is 59.999999999999996 s later
def test_who_waits_as_told_is_let_in(per_minute: int, now: float) -> None:
    buckets = TokenBuckets()
    while (decision := buckets.take("a", per_minute, now)).allowed:
        pass
    assert buckets.take("a", per_minute, now + decision.reset_s).allowed
