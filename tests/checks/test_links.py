import subprocess
from pathlib import Path

import pytest

from checks import links


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/a.md").write_text("# What it is\n")
    return tmp_path


@pytest.mark.parametrize(
    "text",
    [
        "[a](docs/a.md)",
        "[a](docs/a.md#what-it-is)",
        "[out](https://example.org/nothing)",
        "`docs/a.md`, `docs/`",
        "```\n[a](gone.md)\n```",
    ],
)
def test_what_exists_is_accepted(checkout: Path, text: str) -> None:
    (checkout / "README.md").write_text(text)
    assert links.check(checkout) == []


@pytest.mark.parametrize(
    "text", ["[a](docs/gone.md)", "[a](docs/a.md#gone)", "[a](#gone)", "`src/argus/gone.py`"]
)
def test_what_leads_nowhere_is_reported(checkout: Path, text: str) -> None:
    (checkout / "README.md").write_text(text)
    assert len(links.check(checkout)) == 1
