"""Re-location is measured on data of the documented form, and on no other."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from argus.services.qa.benchmark.relocation import (
    BenchmarkDataInvalid,
    figures,
    measure,
)

ROOT = Path(__file__).parents[4]

Record = dict[str, str]


def record(name: str, path: str) -> Record:
    return {"tag": "BUTTON", "text": name, "xpath": path, "idxpath": path, "widget_id": name}


TARGETS = [record("Save", "/html[1]/button[1]"), record("Leave", "/html[1]/button[2]")]
CANDIDATES = [record("Save", "/html[1]/p[1]/button[1]"), record("Leave", "/html[1]/p[2]/a[1]")]


def written(folder: Path, targets: list[Record], candidates: list[Record]) -> Path:
    data = folder / "data.json"
    data.write_text(json.dumps({"shop": {"targets": targets, "candidates": candidates}}))
    return data


def test_elements_that_are_still_called_the_same_are_healed_and_removed_ones_are_not(
    tmp_path: Path,
) -> None:
    found = measure(written(tmp_path, TARGETS, CANDIDATES))
    assert (found.applications, found.targets) == (1, 2)
    assert found.top1.value == found.right.value == 1
    assert found.wrong_heals.value == found.false_heals.value == 0
    assert found.ms_per_target > 0


def test_an_element_that_took_over_a_removed_ones_label_is_a_false_heal(tmp_path: Path) -> None:
    impostor = record("Save", "/html[1]/p[3]/button[1]") | {"widget_id": "other"}
    found = measure(written(tmp_path, TARGETS[:1], [*CANDIDATES, impostor]))
    assert found.false_heals.value == 1


def test_the_weight_of_words_is_that_of_other_applications(tmp_path: Path) -> None:
    """One application needs words to rank its element first, and no other tells it so."""
    cart = record("Cart", "/html[1]/a[1]") | {"id": "shop-cart"}
    moved = record("0 in it", "/html[1]/a[1]") | {"id": "shopCart", "widget_id": "Cart"}
    other = record("Careers", "/html[1]/a[2]") | {"id": "careers"}
    shop: dict[str, object] = {"targets": [cart], "candidates": [other, moved]}
    plain: dict[str, object] = {"targets": TARGETS, "candidates": CANDIDATES}
    data = tmp_path / "data.json"
    first: dict[str, list[float | None]] = {}
    for name, known in (
        ("alone", {"shop": shop, "plain": plain}),
        ("two", {"shop": shop, "x": shop}),
    ):
        data.write_text(json.dumps(known))
        first[name] = [each.value for each in figures(data, 1) if each.benchmark == "B1"]
    assert first == {"alone": [pytest.approx(2 / 3), 1], "two": [1, 1]}


def test_a_share_comes_with_its_interval(tmp_path: Path) -> None:
    found = measure(written(tmp_path, TARGETS, CANDIDATES))
    assert found.top1.high == pytest.approx(1)
    assert 0.3 < found.top1.low < 0.4


@pytest.mark.parametrize(
    "content",
    ["", "[]", '{"shop": {"targets": []}}', '{"shop": {"targets": [], "candidates": []}}'],
)
def test_another_form_of_data_is_refused(tmp_path: Path, content: str) -> None:
    data = tmp_path / "data.json"
    data.write_text(content)
    with pytest.raises(BenchmarkDataInvalid):
        measure(data)


def test_a_target_without_exactly_one_counterpart_is_named(tmp_path: Path) -> None:
    with pytest.raises(BenchmarkDataInvalid, match="shop: 0 candidates are 'Leave'"):
        measure(written(tmp_path, TARGETS, CANDIDATES[:1]))


def test_the_command_prints_the_figures_as_json(tmp_path: Path) -> None:
    data = written(tmp_path, TARGETS, CANDIDATES)
    command = [sys.executable, "-m", "argus", "bench", "relocation", "--data", data, "--json"]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    figures = json.loads(done.stdout)
    assert figures["right"] == 1
    assert {"top1", "wrong_heals", "false_heals", "ms_per_target"} <= figures.keys()


def test_thresholds_are_tuned_on_other_applications(tmp_path: Path) -> None:
    data = written(tmp_path, TARGETS, CANDIDATES)
    command = [sys.executable, "-m", "bench.relocation", data]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60, cwd=ROOT)
    assert "leave applications out" in done.stdout
