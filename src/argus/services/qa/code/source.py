"""Source files as syntax trees; code that does not parse whole is read as far as it does."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path, PurePosixPath

import tree_sitter_html
import tree_sitter_python
import tree_sitter_typescript
from tree_sitter import Language, Node, Parser, Query, QueryCursor, Tree

_SKIPPED = frozenset(
    "node_modules .git .venv venv env site-packages __pycache__ dist build .next .nuxt coverage "
    "vendor static staticfiles migrations .tox .mypy_cache target".split()
)
_LARGEST_BYTES = 1_000_000

PYTHON = Language(tree_sitter_python.language())
TYPESCRIPT = Language(tree_sitter_typescript.language_typescript())
TSX = Language(tree_sitter_typescript.language_tsx())
HTML = Language(tree_sitter_html.language())

_LANGUAGES: Mapping[str, Language] = {
    ".py": PYTHON,
    ".ts": TYPESCRIPT,
    ".mts": TYPESCRIPT,
    ".cts": TYPESCRIPT,
    ".js": TSX,
    ".mjs": TSX,
    ".cjs": TSX,
    ".jsx": TSX,
    ".tsx": TSX,
    ".html": HTML,
    ".htm": HTML,
    ".jinja": HTML,
    ".jinja2": HTML,
    ".j2": HTML,
    ".vue": HTML,
}


class Source:
    """One file of a repository."""

    def __init__(self, name: str, text: bytes, language: Language, first_line: int = 1) -> None:
        self.name, self.text, self.language = name, text, language
        self.tree: Tree = Parser(language).parse(text)
        self._first_line = first_line

    def matches(self, query: str) -> list[dict[str, Node]]:
        """The matches in the order of the text; of a capture that matched often the first."""
        found = QueryCursor(_query(self.language, query)).matches(self.tree.root_node)
        return [{name: nodes[0] for name, nodes in captures.items()} for _, captures in found]

    def text_of(self, node: Node) -> str:
        return self.text[node.start_byte : node.end_byte].decode(errors="replace")

    def literal(self, node: Node) -> str:
        """What a string literal says; a part that is computed stands as `:value`."""
        parts: list[str] = []
        for child in node.children:
            if child.type in ("string_content", "string_fragment", "escape_sequence"):
                parts.append(self.text_of(child))
            elif child.type in ("interpolation", "template_substitution"):
                parts.append(":value")
        return "".join(parts)

    def line_of(self, node: Node) -> int:
        return node.start_point[0] + self._first_line

    @property
    def is_script(self) -> bool:
        return self.language in (TYPESCRIPT, TSX)


def sources(root: Path, unreadable: list[str]) -> Iterator[Source]:
    """The source files below `root`, in the order of their names; a Vue file is its template.

    Links are not followed. Names of files that cannot be read as text are added to `unreadable`.
    """
    for path in sorted(_files(root)):
        name = path.relative_to(root).as_posix()
        if path.stat().st_size > _LARGEST_BYTES:
            unreadable.append(name)
            continue
        text = path.read_bytes()
        if b"\0" in text:
            unreadable.append(name)
            continue
        yield Source(name, text, _LANGUAGES[path.suffix])


def stem(name: str) -> PurePosixPath:
    """The file's path without its last suffix."""
    return PurePosixPath(name).with_suffix("")


def children(node: Node, *types: str) -> Iterable[Node]:
    """The node's named children of these types."""
    return (child for child in node.named_children if child.type in types)


def _files(root: Path) -> Iterator[Path]:
    for path in root.iterdir():
        if path.is_symlink():
            continue
        if path.is_dir():
            if path.name not in _SKIPPED:
                yield from _files(path)
        elif path.suffix in _LANGUAGES:
            yield path


@cache
def _query(language: Language, text: str) -> Query:
    return Query(language, text)
