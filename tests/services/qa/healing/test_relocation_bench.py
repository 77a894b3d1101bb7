"""`python -m bench.relocation` runs on data of the documented form."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[4]


def bench(data: Path) -> str:
    command = [sys.executable, "-m", "bench.relocation", data]
    return subprocess.run(
        command, check=True, capture_output=True, text=True, timeout=60, cwd=ROOT
    ).stdout


def record(name: str, path: str) -> dict[str, str]:
    return {"tag": "BUTTON", "text": name, "xpath": path, "idxpath": path, "widget_id": name}


def test_heals_and_false_heals_are_reported(tmp_path: Path) -> None:
    targets = [record("Save", "/html[1]/button[1]"), record("Leave", "/html[1]/button[2]")]
    candidates = [record("Save", "/html[1]/p[1]/button[1]"), record("Leave", "/html[1]/p[2]/a[1]")]
    data = tmp_path / "data.json"
    data.write_text(json.dumps({"shop": {"targets": targets, "candidates": candidates}}))
    report = bench(data)
    assert "2 elements of 1 applications" in report
    assert "healed right                   100.0 %" in report
    assert "false heals, element removed     0.0 %" in report
