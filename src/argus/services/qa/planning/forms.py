"""Which of a site's forms make a new record, and in which order they are worth learning."""

import re
from collections.abc import Iterable
from functools import partial

from argus.services.qa.discovery.site import Collection, FieldKind, Form
from argus.services.qa.leads import NO_LEADS, Leads
from argus.services.qa.planning.controls import primary_submit
from argus.services.qa.planning.fields import TEXT_KINDS, lacks_options

_TEXT_LIKE = TEXT_KINDS | {FieldKind.EMAIL, FieldKind.URL, FieldKind.PHONE}
_ACCOUNT_FORM = re.compile(
    r"\b(log ?in|sign ?in|sign ?up|register|password|preferences|contact us|feedback|newsletter"
    r"|subscribe)\b|\bsettings$"
)
_NEW = re.compile(r"\b(new|add|create)\b")


def why_not_create(form: Form, username: str, *, of_own_record: bool = False) -> str:
    """Why the form is not one that makes a new record, or empty if it looks like one.

    `username` is the account in use: a form that shows it edits that account. A form below a
    record's URL changes data that is not the test's own, unless that is `of_own_record`; so does
    one that comes filled, but for one that says that it makes something new, and is not all filled.
    """
    texts = [field for field in form.fields if field.kind in _TEXT_LIKE and not field.read_only]
    if form.search or form.method != "POST":
        return "it only looks things up"
    if not texts:
        return "it has no text field"
    if username and any(field.value == username for field in form.fields):
        return "it edits the account in use"
    filled = [field for field in texts if field.value.strip()]
    if filled and (len(filled) == len(texts) or not _says_new(form)):
        return "it edits what exists"
    templates = (form.url_template, form.action_template)
    if not of_own_record and any("{id}" in template for template in templates):
        return "it belongs to an existing record"
    path = re.sub(r"[/_-]+", " ", form.url_template)
    if _ACCOUNT_FORM.search(f"{form.name} {path}".lower().strip()):
        return "it is about an account or a message"
    if not form.implicit and form.submits and submit_of(form) is None:
        return "none of its buttons is known to save"
    return ""


def _says_new(form: Form) -> bool:
    """Whether its heading, or the button that saves, says so."""
    index = submit_of(form)
    button = form.submits[index].name if index is not None else ""
    return _NEW.search(f"{form.name} {button}".lower()) is not None


def submit_of(form: Form) -> int | None:
    """Index of the button that saves; None where only Enter does, or nothing safe."""
    return primary_submit(submit.target.fingerprint for submit in form.submits)


def create_forms(forms: Iterable[Form], username: str, leads: Leads = NO_LEADS) -> list[Form]:
    """The forms that make records, each kind of record once.

    Those that need no other record come first, of them those that matter most, then the simplest.
    """
    kept: dict[tuple[str, tuple[str, ...]], Form] = {}
    for form in sorted(forms, key=partial(_rank, leads)):
        if not why_not_create(form, username):
            names = tuple(field.name or field.label for field in form.fields)
            sent_to = "" if form.implicit else _without_query(form.action_template)
            kept.setdefault((sent_to, names), form)
    return list(kept.values())


def likely_collections(form: Form, collections: Iterable[Collection]) -> list[Collection]:
    """The collections a record of the form may show in: the form's own page, then its parents."""
    unique = {(each.url_template, each.name): each for each in collections}

    def rank(collection: Collection) -> tuple[bool, int, str]:
        return (
            collection.url_template != form.url_template,
            -_shared_segments(collection.url_template, form.url_template),
            collection.url_template,
        )

    return sorted(unique.values(), key=rank)


def is_parent(collection: Collection, form: Form) -> bool:
    """Whether the form's URL says that it adds to the collection (`/books/` and `/books/add/`)."""
    parent = _segments(collection.url_template)
    child = _segments(form.url_template)
    return bool(parent) and len(child) == len(parent) + 1 and child[: len(parent)] == parent


def _rank(leads: Leads, form: Form) -> tuple[bool, bool, float, int, str, str]:
    chooses = any(field.kind is FieldKind.SELECT and field.required for field in form.fields)
    return (
        "?" in form.url_template,
        lacks_options(form) or chooses,
        -leads.priority(form.url_template, form.action_template),
        len(form.fields),
        form.url_template,
        form.key,
    )


def _without_query(template: str) -> str:
    return re.split(r"[?#]", template, maxsplit=1)[0]


def _segments(template: str) -> list[str]:
    return [part for part in re.split(r"[/#?]+", template) if part]


def _shared_segments(one: str, other: str) -> int:
    count = 0
    for a, b in zip(_segments(one), _segments(other), strict=False):
        if a != b:
            break
        count += 1
    return count
