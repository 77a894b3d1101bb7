"""A page as discovery sees it, read in one evaluation of digest.js. URLs are absolute here."""

from importlib import resources

from playwright.async_api import Error as PlaywrightError
from pydantic import Field

from argus.kernel.schema import Value
from argus.services.qa.browser.page_script import with_dom
from argus.services.qa.browser.session import Session
from argus.services.qa.discovery.site import FieldKind

_SCRIPT = with_dom(resources.files("argus.services.qa.discovery").joinpath("digest.js").read_text())
_LIMITS = {"maxElements": 20_000, "maxLinks": 2_000, "maxRows": 20}
_TIMEOUT_S = 20.0


class FieldSeen(Value):
    """As `site.FormField`, with the CSS path of the element."""

    path: str
    kind: FieldKind
    name: str
    label: str
    value: str
    required: bool
    read_only: bool
    placeholder: str
    autocomplete: str
    min: str
    max: str
    step: str
    min_length: int
    max_length: int
    pattern: str
    options: tuple[str, ...]
    accept: str
    in_item: bool
    """It stands in a row or list item, so others of the same name are to be expected."""


class ButtonSeen(Value):
    """A button that submits a form."""

    path: str
    name: str
    hint: str
    """Its id, classes, title and the like: words for buttons that show none."""


class FormSeen(Value):
    """A form, or fields and a button that act as one; `implicit` as in `site.Form`."""

    name: str
    method: str
    action: str
    """Where it is sent; for an undeclared form the page's own URL, or "" if it is in a header,
    navigation or sidebar, where the same form shows on many pages."""
    implicit: bool
    declared: bool
    """The form says how or where it is sent; otherwise a script handles it."""
    search: bool
    fields: tuple[FieldSeen, ...]
    submits: tuple[ButtonSeen, ...]


class LinkSeen(Value):
    """A link to an address, the first of the page with that address."""

    url: str
    name: str
    hint: str


class ActionSeen(Value):
    """A control that neither submits nor leads to an address; one stands for all of its kind."""

    path: str
    role: str
    name: str
    hint: str
    fragment: str
    """Place in the page's structure and name: equal for the same control of every row."""


class RowSeen(Value):
    """An item of a list: its links' URLs, and its other controls as `role "name"`."""

    links: tuple[str, ...]
    controls: tuple[str, ...]


class CollectionSeen(Value):
    """As `site.Collection`, with the first rows."""

    path: str
    name: str
    row_role: str
    row_count: int
    columns: tuple[str, ...]
    rows: tuple[RowSeen, ...]


class PageDigest(Value):
    """All of a page that counts for its identity, its exploration and its description."""

    url: str
    title: str
    heading: str
    paths: frozenset[str]
    """Paths of landmarks, headings, lists, tables and controls; repeated siblings are one."""
    dialog: str
    """Name of the open dialog; empty if none is."""
    invalid: bool
    """The page complains of input."""
    selected: tuple[str, ...]
    """Names of the selected tabs."""
    opened: tuple[str, ...] = ()
    """Fragments of the controls that lie over the page: of menus, dialogs, popovers."""
    forms: tuple[FormSeen, ...] = ()
    links: tuple[LinkSeen, ...] = ()
    actions: tuple[ActionSeen, ...] = ()
    collections: tuple[CollectionSeen, ...] = ()
    broken_images: tuple[str, ...] = Field(default=())

    @property
    def password_form(self) -> FormSeen | None:
        """The form that asks for one password: where a user signs in."""
        for form in self.forms:
            if [field.kind for field in form.fields].count(FieldKind.PASSWORD) == 1:
                return form
        return None


async def read_digest(session: Session) -> PageDigest:
    """The session's page now.

    Raises:
        PageUnresponsive: the page does not answer.
        playwright.async_api.Error: it keeps navigating.
    """
    try:
        found = await session.evaluate(_SCRIPT, _LIMITS, timeout_s=_TIMEOUT_S)
    except PlaywrightError:  # a document that replaces itself after a while: look at its successor
        await session.settle()
        found = await session.evaluate(_SCRIPT, _LIMITS, timeout_s=_TIMEOUT_S)
    return PageDigest.model_validate(found)
