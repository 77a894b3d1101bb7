"""`make bench` tells what it has measured."""

import argparse
import json
from pathlib import Path

import pytest

from bench import __main__ as bench


def test_a_group_that_fails_costs_the_figures_of_no_other(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_wanted: argparse.Namespace) -> tuple[str, list[dict[str, object]]]:
        raise RuntimeError("no room")

    groups = {"bad": fail, "good": lambda _: ("a table", [{"value": 1}])}
    monkeypatch.setattr(bench, "GROUPS", groups)
    monkeypatch.setattr(bench, "make_room", lambda: None)
    monkeypatch.setattr("sys.argv", ["bench", "--json", str(tmp_path / "figures.json")])
    with pytest.raises(SystemExit, match="not measured: bad"):
        bench.main()
    told = capsys.readouterr()
    assert "a table" in told.out
    assert "no room" in told.err
    assert json.loads((tmp_path / "figures.json").read_text()) == {"good": [{"value": 1}]}
