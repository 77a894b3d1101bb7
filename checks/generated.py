"""Files that are generated into the repository: bring them in line, or report that they are not."""

from pathlib import Path

_MANY = 5


def stale(root: Path, wanted: dict[Path, str], command: str) -> list[str]:
    """Report the paths below `root` whose text is not the wanted one; many as one problem."""
    paths = [path for path, text in wanted.items() if _text(root / path) != text]
    if len(paths) > _MANY:
        return [f"{paths[0]} and {len(paths) - 1} others are not current: run `{command}`"]
    return [f"{path} is not current: run `{command}`" for path in paths]


def orphans(root: Path, wanted: dict[Path, str], pattern: str) -> list[Path]:
    """Return files that match `pattern` (a glob below `root`) and that nothing generates."""
    present = {path.relative_to(root) for path in root.glob(pattern)}
    return sorted(present - set(wanted))


def write(root: Path, wanted: dict[Path, str], superfluous: list[Path]) -> None:
    """Write what differs and remove what is superfluous."""
    for path in superfluous:
        (root / path).unlink()
    for path, text in wanted.items():
        if _text(root / path) != text:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text)


def _text(path: Path) -> str | None:
    return path.read_text() if path.exists() else None
