"""The load of the hit rate follows Zipf's law."""

import random
from collections import Counter

import pytest

from bench.hit_rate import drawn, share_of_most_popular


def test_the_second_is_asked_half_as_often_as_the_first_and_the_tenth_a_tenth() -> None:
    counts = Counter(drawn(random.Random(1), 100, 200_000))
    assert counts[1] / counts[0] == pytest.approx(1 / 2, rel=0.05)
    assert counts[9] / counts[0] == pytest.approx(1 / 10, rel=0.1)
    assert set(counts) <= set(range(100))


def test_what_no_memory_can_beat_is_the_share_of_what_fits() -> None:
    assert share_of_most_popular(10, 10) == 1
    assert share_of_most_popular(1, 2) == pytest.approx(2 / 3)
    assert share_of_most_popular(50_000, 100_000) == pytest.approx(0.9427, abs=0.001)
