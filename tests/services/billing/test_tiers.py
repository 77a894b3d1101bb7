"""Tiers are read from a file that an operator wrote."""

from pathlib import Path

import pytest

from argus.services.billing.tiers import SHIPPED, Tiers, TiersInvalid, load_tiers

GOOD = """
version: 7
currency: EUR
meters: [calls]
tiers:
  gold: {price_minor: 500, requests_per_minute: 10, features: {calls: unlimited, sla: true}}
  free: {price_minor: 0, requests_per_minute: 5, features: {calls: 3}}
"""


def test_the_shipped_tiers_are_those_of_the_price_list(tiers: Tiers) -> None:
    ladder = {
        name: (tier.price_minor, tier.requests_per_minute) for name, tier in tiers.tiers.items()
    }
    assert ladder == {
        "free": (0, 60),
        "explorer": (2900, 100),
        "professional": (19900, 1000),
        "business": (99900, 10000),
        "enterprise": (499900, 100000),
    }


def test_an_installation_brings_its_own_ladder_cheapest_first(tmp_path: Path) -> None:
    path = tmp_path / "tiers.yaml"
    path.write_text(GOOD)
    loaded = load_tiers(path)
    assert list(loaded.tiers) == ["free", "gold"]
    assert loaded.tiers["gold"].features == {"calls": "unlimited", "sla": True}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("free:", "gratis:"), "must be a tier named free"),
        (("calls: 3", "calls: -1"), "tiers.free.features.calls"),
        (("calls: 3", "calls: 1.5"), "tiers.free.features.calls"),
        (("calls: 3", 'calls: "yes"'), "tiers.free.features.calls"),
        (("calls: unlimited", "calls: unlimitted"), "tiers.gold.features.calls"),
        (("price_minor: 0", "price_minor: -1"), "tiers.free.price_minor"),
        (("price_minor: 0, ", ""), "tiers.free.price_minor"),
        (("requests_per_minute: 5", "requests_per_minute: 0"), "tiers.free.requests_per_minute"),
        (("EUR", "euro"), "currency"),
        (("version: 7", "version: 7\nmetres: []"), "metres"),
        (("tiers:", "tiers: ["), "tiers.yaml"),
    ],
)
def test_a_mistake_is_named_with_its_place(
    tmp_path: Path, change: tuple[str, str], says: str
) -> None:
    path = tmp_path / "tiers.yaml"
    path.write_text(GOOD.replace(*change))
    with pytest.raises(TiersInvalid) as refused:
        load_tiers(path)
    assert says in refused.value.detail


def test_what_is_no_table_at_all_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "tiers.yaml"
    for content in (b"", b"[1]", b"\xff\xfe\x00", b"!!python/object/apply:os.getcwd []"):
        path.write_bytes(content)
        with pytest.raises(TiersInvalid):
            load_tiers(path)
    with pytest.raises(TiersInvalid, match=r"missing\.yaml"):
        load_tiers(tmp_path / "missing.yaml")


def test_the_shipped_file_is_an_example_that_loads() -> None:
    assert load_tiers(SHIPPED) == load_tiers(None)
