"""The element that a step acts on: ranked locators, and the fingerprint that heals them."""

from enum import StrEnum

from pydantic import Field

from argus.kernel.schema import Value

Box = tuple[float, float, float, float]
"""x, y, width, height in CSS pixels, relative to the document."""


class Fingerprint(Value):
    """What an element was when it was last used with success: the input of relocation (Similo).

    `text` and `name` are whitespace-normalised and cut at 200 characters; they are *templates*.
    `neighbor_text` holds the words of elements within 50 px. `xpath` is absolute; `id_xpath` starts
    at the nearest ancestor with an id.
    """

    tag: str
    type: str = ""
    role: str = ""
    name: str = ""
    text: str = ""
    attributes: dict[str, str] = Field(default_factory=dict)
    neighbor_text: str = ""
    xpath: str = ""
    id_xpath: str = ""
    box: Box = (0, 0, 0, 0)
    is_button: bool = False
    form_label: str = ""
    """Accessible name of the nearest form, dialog or landmark around the element."""
    siblings: int = 0
    """How many elements of the same shape share the element's list or table."""


class LocatorKind(StrEnum):
    """What a locator goes by; named after Playwright's."""

    TEST_ID = "test_id"
    ROLE = "role"
    LABEL = "label"
    PLACEHOLDER = "placeholder"
    ALT = "alt"
    TITLE = "title"
    TEXT = "text"
    CSS = "css"
    XPATH = "xpath"


class Locator(Value):
    """One way to find an element. `value` is a *template*; for `role` it is the accessible name."""

    kind: LocatorKind
    value: str
    role: str = ""
    exact: bool = True


class Row(Value):
    """The one item of a repeated structure (table row, list item, card) that shows `text`."""

    text: str
    """*template*"""


class Target(Value):
    """The element a step acts on: ranked locators (best first) and the fingerprint behind them.

    With `row`, locators are resolved inside that row, not in the page.
    """

    description: str
    """For people: `button "Save"`."""
    locators: tuple[Locator, ...]
    fingerprint: Fingerprint
    row: Row | None = None
