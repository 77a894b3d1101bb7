"""What was used lately is kept, and never more than was allowed."""

from argus_client.cache import RecentlyUsed


def test_at_least_the_latest_half_is_kept_and_never_more_than_all() -> None:
    cache = RecentlyUsed[int, int](100)
    for number in range(1, 1000):
        cache.put(number, number)
    assert [number for number in range(1, 900) if cache.get(number) is not None] == []
    assert all(cache.get(number) == number for number in range(950, 1000))


def test_what_is_used_again_and_again_stays() -> None:
    cache = RecentlyUsed[int, str](10)
    cache.put(0, "favourite")
    for number in range(1, 200):
        assert cache.get(0) == "favourite"
        cache.put(number, "other")


def test_a_new_value_takes_the_place_of_the_old() -> None:
    cache = RecentlyUsed[int, str](4)
    for number in range(3):
        cache.put(number, "old")
    cache.put(0, "new")
    assert cache.get(0) == "new"
