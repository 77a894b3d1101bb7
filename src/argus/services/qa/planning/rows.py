"""Where in a list a record can be opened or deleted: pure choices over a page's elements."""

import re
from collections.abc import Iterable, Sequence
from itertools import takewhile

from argus.services.qa.browser.elements import Element
from argus.services.qa.ir import Action
from argus.services.qa.planning.controls import Purpose, deletes, is_pressable, purpose
from argus.services.qa.target import Fingerprint
from argus.services.qa.urls import url_template

_FORM = re.compile(r"^(.*/form\[\d+\])/")
_ACTS = frozenset({Purpose.EDIT, Purpose.DELETE})
_NOT_TO_OPEN = frozenset({Purpose.DELETE, Purpose.BULK})


def in_row(elements: Iterable[Element], text: str) -> list[Element]:
    """The usable elements inside the row that shows `text`."""
    return [e for e in elements if e.visible and e.enabled and text in e.row_text]


def outside_rows(elements: Iterable[Element]) -> list[Element]:
    """Those in no row; what a row holds and nothing else is an entry of a menu, and counts."""
    return [e for e in elements if e.row_text in {"", e.fingerprint.text, e.fingerprint.name}]


def controls_of(inside: Iterable[Element], text: str) -> list[Element]:
    """The elements in a row without the links to other records, which are part of its data."""

    def is_data(f: Fingerprint) -> bool:
        leads_to_record = "{id}" in url_template(f.attributes.get("href", ""))
        return f.tag == "a" and leads_to_record and text not in f.text

    return [e for e in inside if not is_data(e.fingerprint) or purpose(e.fingerprint) in _ACTS]


def ways_to_open(elements: Iterable[Element], text: str) -> list[tuple[Element, Action]]:
    """What may open the record shown as `text`: its link, an "Edit", then the text itself.

    It is clicked where the pointer says so, else double-clicked.
    """
    inside = [e for e in in_row(elements, text) if purpose(e.fingerprint) not in _NOT_TO_OPEN]
    links = [e for e in inside if _leads_somewhere(e.fingerprint)]
    named = [e for e in links if text in e.fingerprint.text]
    edits = [
        e
        for e in inside
        if is_pressable(e.fingerprint) and purpose(e.fingerprint) is Purpose.EDIT and e not in named
    ]
    others = [e for e in links if e not in named and e not in edits]
    texts = [
        e
        for e in inside
        if text in e.fingerprint.text and not is_pressable(e.fingerprint) and not e.editable
    ]
    return [
        *((e, Action.CLICK) for e in (*named, *edits, *others)),
        *((e, Action.CLICK if e.pointer else Action.DOUBLE_CLICK) for e in texts),
    ]


def ways_to_change(elements: Iterable[Element], text: str) -> list[tuple[Element, Action]]:
    """What in the row shown as `text` may lead to its form: an "Edit", then the text itself."""
    return [
        (element, action)
        for element, action in ways_to_open(elements, text)
        if purpose(element.fingerprint) is Purpose.EDIT or not is_pressable(element.fingerprint)
    ]


def ways_to_edit(elements: Iterable[Element], text: str) -> list[Element]:
    """Controls of the record's page that lead to its form; none in other records' rows."""
    return [
        e
        for e in _of_record(elements, text)
        if is_pressable(e.fingerprint) and purpose(e.fingerprint) is Purpose.EDIT
    ]


def ways_to_delete(elements: Iterable[Element], text: str) -> list[Element]:
    """Controls of the record's page that delete it; none in other records' rows."""
    return [e for e in _of_record(elements, text) if deletes(e.fingerprint)]


def appeared(elements: Iterable[Element], before: Iterable[Element]) -> list[Element]:
    """The controls that were not there before: what a question brought up."""
    known = {_signature(e) for e in before}
    return [e for e in elements if e.visible and e.enabled and _signature(e) not in known]


def same_form(field: Element, elements: Sequence[Element]) -> list[Element]:
    """The elements of the field's form; none if it stands in no form."""
    match = _FORM.match(field.fingerprint.xpath)
    if match is None:
        return []
    return [e for e in elements if e.fingerprint.xpath.startswith(f"{match[1]}/")]


def nearest(field: Element, controls: Sequence[Element]) -> list[Element]:
    """Those of the controls that share most of the field's place in the document."""

    def shared(control: Element) -> int:
        steps = zip(_place(field), _place(control), strict=False)
        return len(list(takewhile(lambda pair: pair[0] == pair[1], steps)))

    closest = max(map(shared, controls), default=0)
    return [each for each in controls if shared(each) == closest]


def same_field(one: Fingerprint, another: Fingerprint) -> bool:
    """Whether two fingerprints are of one field: the same `name` attribute, else the same label."""
    name = one.attributes.get("name")
    if name or another.attributes.get("name"):
        return name == another.attributes.get("name")
    return bool(one.name) and one.name == another.name


def _of_record(elements: Iterable[Element], text: str) -> list[Element]:
    return [
        e for e in elements if e.visible and e.enabled and (not e.row_text or text in e.row_text)
    ]


def _place(element: Element) -> list[str]:
    return element.fingerprint.xpath.split("/")


def _leads_somewhere(element: Fingerprint) -> bool:
    href = element.attributes.get("href", "")
    return element.tag == "a" and bool(href) and href != "#" and not href.startswith("javascript:")


def _signature(element: Element) -> tuple[str, str, str]:
    fingerprint = element.fingerprint
    return fingerprint.xpath, fingerprint.name, fingerprint.attributes.get("href", "")
