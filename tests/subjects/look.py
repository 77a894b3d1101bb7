"""Changes how a page is built, and nothing else: what a redesign does to locators.

`restyled`: every id and class has another name (consistently, so labels, styles and anchors keep
working), and form controls, forms and tables sit one level deeper. Form field names and the order
of elements stay, so the server works as before. `reworded`: the visible words change as well.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from hashlib import sha256

REFERENCES = "id|for|aria-labelledby|aria-describedby|aria-controls|headers"
WRAPPED_BLOCKS = "form|table|fieldset|ul"
WRAPPED_CONTROLS = "input"


class Look(StrEnum):
    ORIGINAL = "original"
    RESTYLED = "restyled"
    REWORDED = "reworded"


def renamed(name: str) -> str:
    """Another name for an id or class: the same for the same name, in every page and process."""
    return f"css-{sha256(name.encode()).hexdigest()[:7]}"


class Redesign:
    """Rewrites HTML, CSS and JavaScript consistently.

    `kept` are the ids and classes that scripts compute or toggle; `words` maps visible text to its
    replacement and is applied to HTML only, to a whole text or attribute value at a time.
    """

    def __init__(self, kept: frozenset[str] = frozenset(), words: Mapping[str, str] | None = None):
        self._kept = kept
        self._words = dict(words or {})

    def _rename(self, name: str) -> str:
        return name if name in self._kept else renamed(name)

    def _rename_all(self, names: str) -> str:
        return " ".join(self._rename(name) for name in names.split())

    def html(self, page: str) -> str:
        page = re.sub(
            rf'(?<=\s)({REFERENCES}|class)="([^"<{{]*)"',
            lambda m: f'{m[1]}="{self._rename_all(m[2])}"',
            page,
        )
        page = re.sub(r'href="#([\w-]+)"', lambda m: f'href="#{self._rename(m[1])}"', page)
        page = re.sub(rf"<({WRAPPED_BLOCKS})\b", r'<div class="css-box"><\1', page)
        page = re.sub(rf"</({WRAPPED_BLOCKS})>", r"</\1></div>", page)
        page = re.sub(rf"(<({WRAPPED_CONTROLS})\b(?:<%.*?%>|[^>])*>)", r"<span>\1</span>", page)
        for old, new in self._words.items():
            page = re.sub(rf'(?<=[>"])(\s*){re.escape(old)}(?=\s*[<"])', rf"\g<1>{new}", page)
        return page

    def css(self, sheet: str) -> str:
        return re.sub(r"[^{};]+(?=\{)", lambda m: self._selectors(m[0]), sheet)

    def javascript(self, script: str) -> str:
        """Renames inside string literals that hold selectors (`'click #save'`)."""
        return re.sub(r"'[^'\n]*'|\"[^\"\n]*\"", lambda m: self._selectors(m[0]), script)

    def _selectors(self, text: str) -> str:
        return re.sub(r"([#.])([A-Za-z_][\w-]*)", lambda m: m[1] + self._rename(m[2]), text)
