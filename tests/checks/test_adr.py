from pathlib import Path

import pytest

from checks import adr

RECORD = """# 0001. Keep records

- Status: accepted
- Area: house

## Context
c
## Decision
d
## Consequences
e
## Alternatives
f
## References
g
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / adr.FOLDER).mkdir(parents=True)
    (tmp_path / adr.FOLDER / "0001-keep-records.md").write_text(RECORD)
    adr.write(tmp_path)
    return tmp_path


def test_the_index_lists_the_records(checkout: Path) -> None:
    assert adr.check(checkout) == []
    row = "| [0001](0001-keep-records.md) | Keep records | house | accepted |"
    assert row in (checkout / adr.INDEX).read_text()


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ("accepted", "decided", "status 'decided'"),
        ("## Alternatives\nf\n", "", "sections are not"),
        ("# 0001. ", "# 0002. ", "name or head"),
        ("\nc\n", "\nc" * 60, "longer than 60 lines"),
        ("Keep records", "Keep all records", "is not current"),
    ],
)
def test_an_incomplete_record_is_reported(
    checkout: Path, before: str, after: str, problem: str
) -> None:
    path = checkout / adr.FOLDER / "0001-keep-records.md"
    path.write_text(RECORD.replace(before, after))
    assert any(problem in found for found in adr.check(checkout))


def test_a_gap_in_the_numbers_is_reported(checkout: Path) -> None:
    third = checkout / adr.FOLDER / "0003-third.md"
    third.write_text(RECORD.replace("0001", "0003"))
    assert any("gap" in found for found in adr.check(checkout))
