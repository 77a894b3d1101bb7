"""What the pages point at exists: relative links, their anchors, and paths given as code."""

import re
from pathlib import Path

from checks.files import tracked

_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_PATH = re.compile(r"`((?:src|tests|docs|proto|checks|lint|bench|requirements)/[\w./-]+)`")
_CODE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
_QUOTED = re.compile(r"`[^`\n]*\]\([^`\n]*`")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def check(root: Path) -> list[str]:
    """Report links and paths in the repository's Markdown that lead nowhere."""
    problems: list[str] = []
    for page in tracked(root):
        if page.suffix == ".md":
            text = _CODE.sub("", (root / page).read_text())
            prose = _QUOTED.sub("", text)
            problems += [
                f"{page}: {target} leads nowhere"
                for target in _LINK.findall(prose)
                if not _resolves(root / page, target)
            ]
            problems += [
                f"{page}: there is no {path}"
                for path in _PATH.findall(text)
                if not (root / path).exists()
            ]
    return problems


def _resolves(page: Path, target: str) -> bool:
    if re.match(r"[a-z]+:", target):
        return True
    path, _, anchor = target.partition("#")
    file = (page.parent / path) if path else page
    if not file.exists():
        return False
    return not anchor or anchor in {_slug(title) for title in _HEADING.findall(file.read_text())}


def _slug(title: str) -> str:
    """GitHub's anchor of a heading."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
