"""Decision records: each complete and on one page, and listed in the generated index."""

import re
from dataclasses import dataclass
from pathlib import Path

from checks import generated

FOLDER = Path("docs/adr")
INDEX = FOLDER / "README.md"
MAX_LINES = 60
SECTIONS = ("Context", "Decision", "Consequences", "Alternatives", "References")
_NAME = re.compile(r"(\d{4})-[a-z0-9-]+\.md")
_HEAD = re.compile(r"# (\d{4})\. (.+)\n\n- Status: (.+)\n- Area: (.+)\n")
_STATUS = re.compile(r"(proposed|accepted|superseded by \[\d{4}\]\(\d{4}-[a-z0-9-]+\.md\))")


@dataclass(frozen=True)
class Record:
    """The head of one decision record."""

    file: str
    number: str
    title: str
    status: str
    area: str


def index(records: list[Record]) -> str:
    """Return the text of the index."""
    rows = [
        f"| [{record.number}]({record.file}) | {record.title} | {record.area} | {record.status} |"
        for record in records
    ]
    return (
        "# Decision records\n\n"
        "One decision a page, never edited once accepted: a later record supersedes it.\n"
        "`template.md` is where a new one starts; `make docs` writes this list.\n\n"
        "| record | decision | area | status |\n|---|---|---|---|\n" + "\n".join(rows) + "\n"
    )


def read(root: Path) -> tuple[list[Record], list[str]]:
    """Return the records in order, and what is wrong with them."""
    records: list[Record] = []
    problems: list[str] = []
    for path in sorted((root / FOLDER).glob("*.md")):
        if path.name in {"README.md", "template.md"}:
            continue
        text, name = path.read_text(), _NAME.fullmatch(path.name)
        head = _HEAD.match(text)
        if name is None or head is None or name[1] != head[1]:
            problems.append(f"{path.name}: name or head is not that of template.md")
            continue
        record = Record(path.name, *head.groups())
        if not _STATUS.fullmatch(record.status):
            problems.append(f"{path.name}: status {record.status!r} is none of the three")
        if tuple(re.findall(r"^## (.+)$", text, re.MULTILINE)) != SECTIONS:
            problems.append(f"{path.name}: its sections are not {', '.join(SECTIONS)}")
        if text.count("\n") > MAX_LINES:
            problems.append(f"{path.name}: longer than {MAX_LINES} lines")
        records.append(record)
    numbers = [int(record.number) for record in records]
    if numbers != list(range(1, len(numbers) + 1)):
        problems.append(f"the numbers have a gap or a double: {numbers}")
    return records, problems


def check(root: Path) -> list[str]:
    """Report incomplete records and a stale index."""
    records, problems = read(root)
    return problems + generated.stale(root, {INDEX: index(records)}, "make docs")


def write(root: Path) -> None:
    """Write the index."""
    generated.write(root, {INDEX: index(read(root)[0])}, [])
