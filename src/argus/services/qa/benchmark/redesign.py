"""Changes how a page is built, and nothing else: what a redesign does to locators.

`restyled`: every id and class has another name (consistently, so labels, styles and anchors keep
working), and form controls, forms and tables sit one level deeper. Form field names and the order
of elements stay, so the server works as before. `drifted`: each page has another form besides.
"""

import re
from enum import StrEnum
from hashlib import sha256

_REFERENCES = "id|for|aria-labelledby|aria-describedby|aria-controls|headers"
_WRAPPED_BLOCKS = "form|table|fieldset|ul"
_NEWSLETTER = (
    '<aside class="news"><h2>What is new</h2><p>We have moved a few things around.</p>'
    '<form action="/subscribe" method="post"><label>Your address <input name="reader" type="email">'
    "</label> <button>Subscribe</button></form></aside>"
)


class Look(StrEnum):
    """How an application's pages are built."""

    ORIGINAL = "original"
    RESTYLED = "restyled"
    DRIFTED = "drifted"


class Redesign:
    """Rewrites HTML consistently: the same name becomes the same other name in every page.

    `kept` are ids and classes that scripts compute or toggle, and cannot do without.
    """

    def __init__(self, kept: frozenset[str] = frozenset(), *, drifted: bool = False) -> None:
        self._kept, self._drifted = kept, drifted

    def html(self, page: str) -> str:
        page = re.sub(
            rf'(?<=\s)({_REFERENCES}|class)="([^"<{{]*)"',
            lambda m: f'{m[1]}="{" ".join(map(self.renamed, m[2].split()))}"',
            page,
        )
        page = re.sub(r'href="#([\w-]+)"', lambda m: f'href="#{self.renamed(m[1])}"', page)
        page = re.sub(rf"<({_WRAPPED_BLOCKS})\b", r'<div class="css-box"><\1', page)
        page = re.sub(rf"</({_WRAPPED_BLOCKS})>", r"</\1></div>", page)
        page = re.sub(r"(<input\b(?:<%.*?%>|[^>])*>)", r"<span>\1</span>", page)
        return page.replace("</body>", _NEWSLETTER + "</body>") if self._drifted else page

    def renamed(self, name: str) -> str:
        """Another name for an id or class: the same for the same name, in every process."""
        return name if name in self._kept else f"css-{sha256(name.encode()).hexdigest()[:7]}"
