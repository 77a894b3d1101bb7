"""The README's tour of the control plane works as typed (that of QA: `tests/e2e`)."""

from pathlib import Path

from support.processes import running
from support.readme import PLATFORM, commands, typed


def test_another_service_validates_asks_and_records_as_the_readme_types_it(tmp_path: Path) -> None:
    lines = commands("The control plane in two minutes")
    with running(tmp_path / "home") as platform:
        run = typed(lines, tmp_path, platform.home, at={PLATFORM: platform.url})
    assert (run.returncode, run.stderr) == (0, "")
    assert '"active":true' in run.stdout
    assert '"accepted":1' in run.stdout
