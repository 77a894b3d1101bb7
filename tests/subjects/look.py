"""Other looks for applications that bring styles and scripts along.

`restyled`: what `argus.services.qa.benchmark.redesign` does to pages, done to their styles and
scripts as well. `reworded`: the visible words change besides.
"""

import re
from collections.abc import Mapping
from enum import StrEnum

from argus.services.qa.benchmark.redesign import Redesign as PageRedesign


class Look(StrEnum):
    ORIGINAL = "original"
    RESTYLED = "restyled"
    REWORDED = "reworded"


class Redesign(PageRedesign):
    """Rewrites HTML, CSS and JavaScript consistently.

    `words` maps visible text to its replacement and is applied to HTML only, to a whole text or
    attribute value at a time.
    """

    def __init__(self, kept: frozenset[str] = frozenset(), words: Mapping[str, str] | None = None):
        super().__init__(kept)
        self._words = dict(words or {})

    def html(self, page: str) -> str:
        page = super().html(page)
        for old, new in self._words.items():
            page = re.sub(rf'(?<=[>"])(\s*){re.escape(old)}(?=\s*[<"])', rf"\g<1>{new}", page)
        return page

    def css(self, sheet: str) -> str:
        return re.sub(r"[^{};]+(?=\{)", lambda m: self._selectors(m[0]), sheet)

    def javascript(self, script: str) -> str:
        """Renames inside string literals that hold selectors (`'click #save'`)."""
        return re.sub(r"'[^'\n]*'|\"[^\"\n]*\"", lambda m: self._selectors(m[0]), script)

    def _selectors(self, text: str) -> str:
        return re.sub(r"([#.])([A-Za-z_][\w-]*)", lambda m: m[1] + self.renamed(m[2]), text)
