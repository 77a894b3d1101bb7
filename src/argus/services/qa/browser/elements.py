"""What stands on a page: elements with names, roles and fingerprints, and targets made of them.

One evaluation reads a whole page. Open shadow roots are pierced; frames are not entered.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise
from typing import cast

from playwright.async_api import Locator as PageLocator
from playwright.async_api import Page

from argus.kernel.schema import Value
from argus.services.qa.browser.locate import is_only
from argus.services.qa.browser.page_script import on_nodes, on_page
from argus.services.qa.browser.session import Session
from argus.services.qa.target import Fingerprint, Locator, LocatorKind, Row, Target
from argus.services.qa.templates import fill_in, templated

MAX_LOCATORS = 5

OBSERVE = f"(arg) => arg && ({on_page('observe(arg)')})(arg)"
"""The function behind `observe`, for who evaluates it together with others; of null it is null."""


class Element(Value):
    """An element as a snapshot saw it. `ref` leads back to the node until the page navigates."""

    ref: int
    fingerprint: Fingerprint
    visible: bool
    interactive: bool
    enabled: bool
    editable: bool
    pointer: bool = False
    """The mouse pointer shows that it can be clicked."""
    in_viewport: bool
    value: str
    """Current content of a field (for a select: the chosen label; for a check box: `true` or
    `false`; for one that scripts draw: what it shows); never that of a password."""
    checked: bool
    options: tuple[str, ...]
    row_text: str
    """Text of the innermost row, list item or card around the element, or empty."""

    @property
    def description(self) -> str:
        """For people: `button "Save"`."""
        return describe(self.fingerprint)


class Observation(Value):
    """Answers about the visible page, by question."""

    texts: dict[str, bool]
    """The text is visible, or part of a field's value."""
    rows: dict[str, int]
    """How many rows show the text."""
    invalid: str
    """The page's complaint about input, or empty."""
    heading: str = ""
    """The page's main heading, where one of the texts is not visible."""


async def snapshot(
    session: Session, *, with_text: bool = False, rows: Iterable[str] = ()
) -> list[Element]:
    """All visible interactive elements in document order; with `with_text` also what shows text.

    A card that shows one of `rows` counts as a row also where it is the only one.
    """
    asked = {"withText": with_text, "rows": [*rows]}
    found = await session.evaluate(on_page("snapshot(arg)"), asked)
    return [Element.model_validate(each) for each in cast("list[object]", found)]


async def observe(
    session: Session, *, texts: Iterable[str] = (), rows: Iterable[str] = ()
) -> Observation:
    """Which texts are visible, how many rows show each of `rows`, and whether input is refused.

    Rows are innermost repeated items; those of navigation, breadcrumbs and messages do not count.
    """
    answer = await session.evaluate(OBSERVE, {"texts": list(texts), "rows": list(rows)})
    return Observation.model_validate(answer)


async def receives_events(session: Session, element: Element) -> bool:
    """Whether a click at the element's centre would reach it (scrolls it into view)."""
    return bool(await session.evaluate(on_page("receives(arg)"), element.ref))


def describe(fingerprint: Fingerprint) -> str:
    """How a person would call the element: role or tag, and its name."""
    kind = fingerprint.role or fingerprint.tag
    label = fingerprint.name or fingerprint.text or fingerprint.attributes.get("name", "")
    return f'{kind} "{label[:60]}"' if label else kind


async def take(locator: PageLocator) -> Element:
    """The one element a Playwright locator matches, lifted to the control it is part of."""
    return Element.model_validate(await locator.evaluate(on_nodes("take(nodes)")))


async def target_of(
    page: Page,
    element: Element | PageLocator,
    values: Mapping[str, str] | None = None,
    row: Row | None = None,
) -> Target:
    """A target that finds this element again: the cheapest locators that match it alone.

    Where a variable's current value occurs in the element's name, text or attributes, `${name}`
    stands for it, so the target also works with the next execution's data. With `row` the locators
    need only be unique inside the row that shows the row's text (a template).
    """
    found = element if isinstance(element, Element) else await take(element)
    current = values or {}
    template = templated_fingerprint(found.fingerprint, current)
    kept: list[Locator] = []
    for candidate in candidate_locators(template):
        if len(kept) == MAX_LOCATORS:
            break
        if candidate.kind is LocatorKind.XPATH and kept:
            break
        if await is_only(page, candidate, found.ref, current, row):
            kept.append(candidate)
    return Target(
        description=describe(template), locators=tuple(kept), fingerprint=template, row=row
    )


def templated_fingerprint(fingerprint: Fingerprint, values: Mapping[str, str]) -> Fingerprint:
    """The fingerprint with current values replaced by their variables wherever text stands."""
    return _rewritten(fingerprint, lambda text: templated(text, values))


def filled_fingerprint(fingerprint: Fingerprint, values: Mapping[str, str]) -> Fingerprint:
    """The fingerprint as it would be seen with these values."""
    return _rewritten(fingerprint, lambda text: fill_in(text, values))


def _rewritten(fingerprint: Fingerprint, rewrite: Callable[[str], str]) -> Fingerprint:
    return fingerprint.model_copy(
        update={
            "name": rewrite(fingerprint.name),
            "text": rewrite(fingerprint.text),
            "neighbor_text": rewrite(fingerprint.neighbor_text),
            "form_label": rewrite(fingerprint.form_label),
            "attributes": {key: rewrite(each) for key, each in fingerprint.attributes.items()},
        }
    )


_TEST_IDS = ("data-testid", "data-test-id", "data-test", "data-cy", "data-qa")
_CONTENT_ROLES = {"button", "link", "tab", "menuitem", "option", "checkbox", "radio", "switch"}


def candidate_locators(fingerprint: Fingerprint) -> list[Locator]:
    """Ways to find the element, best first; which of them are unique only the page can tell.

    Costs follow Playwright's selector generator (test id 1, other test attributes 2, role and name
    100, placeholder 120, label 140, alt 160, text 180, title 200, id 500, bare role 510, name
    attribute 520, classes 530, path last); long names cost up to 10 more, ids that look generated
    are left out, and numbers around a text are dropped ("12 items").
    """
    f, attributes = fingerprint, fingerprint.attributes
    name, text = _stable_text(f.name), _stable_text(f.text)
    is_field = f.tag in {"input", "select", "textarea"}
    by_name = name == f.name
    offers = [
        (1, LocatorKind.TEST_ID, attributes.get(_TEST_IDS[0], ""), "", True),
        *(
            (2, LocatorKind.CSS, _attribute(key, attributes.get(key)), "", True)
            for key in _TEST_IDS[1:]
        ),
        (100, LocatorKind.ROLE, name if f.role else "", f.role, by_name),
        (120, LocatorKind.PLACEHOLDER, attributes.get("placeholder", ""), "", True),
        (140, LocatorKind.LABEL, name if is_field and f.role != "button" else "", "", by_name),
        (160, LocatorKind.ALT, attributes.get("alt", ""), "", True),
        (180, LocatorKind.TEXT, "" if is_field else text, "", text == f.text),
        (200, LocatorKind.TITLE, attributes.get("title", ""), "", True),
        (500, LocatorKind.CSS, _identity(attributes.get("id", "")), "", True),
        (520, LocatorKind.CSS, _form_name(f), "", True),
        (530, LocatorKind.CSS, _classes(f), "", True),
        (10_000_000, LocatorKind.XPATH, f.id_xpath or f.xpath, "", True),
    ]
    ranked = [
        (cost + (min(10.0, len(value) / 10) if 50 < cost < 300 else 0), kind, value, role, exact)
        for cost, kind, value, role, exact in offers
        if value
    ]
    if f.role:
        ranked.append((510, LocatorKind.ROLE, "", f.role, True))
    return [
        Locator(kind=kind, value=value, role=role, exact=exact)
        for _, kind, value, role, exact in sorted(ranked, key=lambda offer: offer[0])
    ]


def looks_generated(identity: str) -> bool:
    """Whether an id or class reads like a machine made it anew for each page or build.

    Playwright's rule (the class of characters changes at least once in four characters), and a
    framework's counter (`:r1:`, `radix-12`, `ember345`).
    """
    if "${" in identity:
        return False
    kinds = [
        "d" if c.isdigit() else "l" if c.islower() else "u" if c.isupper() else "o"
        for c in identity
    ]
    changes = sum(1 for a, b in pairwise(kinds) if a != b and {a, b} != {"l", "o"})
    counter = re.search(r"(^|[:_-])r?\d+:?$|\d{3,}$|^:", identity) is not None
    return counter or (len(identity) > 7 and changes >= len(identity) / 4)


def _stable_text(text: str) -> str:
    if len(text) > 80 or any("\ue000" <= c <= "\uf8ff" for c in text):  # icon fonts
        return ""
    return re.sub(r"^[\d\s.,()]+(?=\D)|(?<=\D)[\s(]*\d[\d\s.,)]*$", "", text).strip() or text


def _attribute(name: str, value: str | None) -> str:
    if not value:
        return ""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'[{name}="{escaped}"]'


def _identity(identity: str) -> str:
    return "" if looks_generated(identity) else _attribute("id", identity)


def _form_name(f: Fingerprint) -> str:
    if not (field := f.attributes.get("name")):
        return ""
    shared = f.type in {"radio", "submit"}  # several controls of one name, told apart by value
    value = _attribute("value", f.attributes.get("value")) if shared else ""
    return f.tag + _attribute("name", field) + value


def _classes(f: Fingerprint) -> str:
    names = [
        name
        for name in f.attributes.get("class", "").split()
        if re.fullmatch(r"[A-Za-z][\w-]*", name) and not looks_generated(name)
    ]
    return ".".join([f.tag, *names[:3]]) if names else ""
