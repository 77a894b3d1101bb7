"""What to put into a form's fields, judged by their types, constraints and label words.

A field becomes an `Entry`: a step's action and value, and the variable behind the value where the
test makes it anew each time. What a field already holds is left alone where it may be valid.
"""

import re
from collections.abc import Sequence
from datetime import timedelta

from argus.kernel.schema import Value
from argus.services.qa.discovery.site import FieldKind, Form, FormField
from argus.services.qa.execution.files import ending_for
from argus.services.qa.execution.values import EPOCH
from argus.services.qa.ir import Action, Variable, VariableKind
from argus.services.qa.naming import identifier
from argus.services.qa.target import Target

DRAWN_KINDS = frozenset({FieldKind.CHOICE, FieldKind.CALENDAR})
TEXT_KINDS = frozenset({FieldKind.TEXT, FieldKind.TEXTAREA, FieldKind.RICH_TEXT})

_KINDS = {
    FieldKind.EMAIL: VariableKind.EMAIL,
    FieldKind.URL: VariableKind.URL,
    FieldKind.PHONE: VariableKind.PHONE,
    FieldKind.PASSWORD: VariableKind.PASSWORD,
    FieldKind.NUMBER: VariableKind.NUMBER,
    FieldKind.DATE: VariableKind.DATE,
    FieldKind.TIME: VariableKind.TIME,
    FieldKind.DATETIME: VariableKind.DATETIME,
}
_WORDS = (
    (VariableKind.EMAIL, r"e ?mail"),
    (VariableKind.URL, r"url|web ?site|home ?page|link"),
    (VariableKind.PHONE, r"phone|mobile|telephone|fax"),
    (VariableKind.DATETIME, r"date ?time|timestamp"),
    (VariableKind.DATE, r"date|birthday|date of birth|deadline|yyyy mm dd|due on"),
    (VariableKind.TIME, r"time|hh mm"),
    (VariableKind.NUMBER, r"age|amount|count|price|quantity|qty|year|weight|number of .*"),
    (VariableKind.COLOR, r"colou?r"),
)
_HANDLE = re.compile(r"\b(user ?name|login|slug|handle|sku|code|nick ?name|sub ?domain)\b")
_HANDLE_LENGTH = 12
_MARKER_LENGTH = 6
_LONGEST_TEXT = 60
_UNIQUE = frozenset(
    {
        VariableKind.TEXT,
        VariableKind.EMAIL,
        VariableKind.URL,
        VariableKind.PHONE,
        VariableKind.NUMBER,
    }
)
_DATES = frozenset({VariableKind.DATE, VariableKind.DATETIME})
_DAYS_OF_DATES = 364
_INVALID = {
    VariableKind.EMAIL: "not an e-mail address",
    VariableKind.URL: "not a web address",
    VariableKind.DATE: "not a date",
    VariableKind.TIME: "not a time",
    VariableKind.DATETIME: "not a date and time",
    VariableKind.NUMBER: "not a number",
}


class Entry(Value):
    """How one field is filled: `value` is an option's label or `${name}` of the variable `name`.

    For a field that scripts draw, which is pressed, `name` is what was then chosen is kept as.
    """

    field: FormField
    action: Action
    target: Target
    value: str
    name: str = ""
    variable: Variable | None = None

    @property
    def identifies(self) -> bool:
        """Whether the value is a text that no other record shows."""
        return (
            self.variable is not None
            and self.variable.unique
            and self.variable.kind is VariableKind.TEXT
        )


class Unfillable(Exception):
    """A required field takes nothing the planner can make; the message names it."""


def entries(form: Form) -> tuple[Entry, ...]:
    """One entry for each field that takes a value.

    Raises:
        Unfillable: a required field is a file of a kind that cannot be made, or a choice without
            options.
    """
    made: list[Entry] = []
    password = ""
    for field in form.fields:
        is_drawn = field.kind in DRAWN_KINDS
        if (field.read_only and not is_drawn) or field.kind is FieldKind.SEARCH:
            continue  # what is drawn may be a field that cannot be typed into
        if field.kind is FieldKind.PASSWORD and password:
            value, name, variable = password, "", None  # "repeat the password"
        elif (variable := variable_of(field)) is not None:
            name = identifier(
                field.label or field.name or field.placeholder,
                frozenset(entry.name for entry in made),
            )
            value = f"${{{name}}}"
        elif is_drawn:
            taken = frozenset(entry.name for entry in made)
            name = identifier(field.label or field.name, taken)
            pressed = Entry(
                field=field,
                action=Action.CLICK,
                target=field.target,
                value=f"${{{name}}}",
                name=name,
            )
            made.append(pressed)
            continue
        elif entry := _choice(field):
            made.append(entry)
            continue
        else:
            continue
        if field.kind is FieldKind.PASSWORD:
            password = value
        made.append(
            Entry(
                field=field,
                action=Action.FILL,
                target=field.target,
                value=value,
                name=name,
                variable=variable,
            )
        )
    return tuple(_in_order(made))


def variable_of(field: FormField) -> Variable | None:
    """How a value for the field is made; None where it is chosen or best left as it is."""
    kind = _KINDS.get(field.kind)
    pattern = field.pattern
    if field.kind in TEXT_KINDS:
        words = _words(field)
        kind = next((k for k, word in _WORDS if re.search(rf"\b({word})\b", words)), None)
        if kind is None or field.kind is not FieldKind.TEXT:
            kind = VariableKind.TEXT
        if kind is VariableKind.TEXT and not pattern and _HANDLE.search(words):
            pattern = _handle_pattern(field)
    if kind is None:
        return None
    longest = min(field.max_length or _LONGEST_TEXT, max(_LONGEST_TEXT, field.min_length))
    return Variable(
        kind=kind,
        label=field.label or field.placeholder or field.name,
        unique=kind in _UNIQUE and longest >= _MARKER_LENGTH,
        min=field.min,
        max=field.max,
        min_length=field.min_length,
        max_length=longest,
        pattern=pattern,
    )


def _handle_pattern(field: FormField) -> str:
    length = max(_HANDLE_LENGTH, field.min_length)
    return f"[a-z]{{{min(length, field.max_length or length)}}}"


def invalid_values(entry: Entry) -> tuple[str, ...]:
    """Texts that the field's type or range forbids, or may, and a person could enter.

    A number is invalid beyond the page's bounds; where it states none below, the server may.
    """
    if entry.variable is None:
        return ()
    if entry.field.kind is FieldKind.NUMBER:
        return _out_of_range(entry.field)
    if entry.field.kind in {FieldKind.DATE, FieldKind.TIME, FieldKind.DATETIME}:
        return ()  # the browser's own picker admits no invalid text
    known = _INVALID.get(entry.variable.kind)
    return () if known is None else (known,)


def lacks_options(form: Form) -> bool:
    """Whether a required choice has nothing to choose from yet (no author for a book)."""
    return any(
        field.required and field.kind is FieldKind.SELECT and not field.options
        for field in form.fields
    )


def identifying(made: Sequence[Entry]) -> tuple[Entry, ...]:
    """Entries whose value can identify the record: required ones first, then in form order."""
    return tuple(
        sorted((e for e in made if e.identifies), key=lambda entry: not entry.field.required)
    )


def _in_order(made: Sequence[Entry]) -> list[Entry]:
    """The entries with dates in the order of their fields: a period ends after it begins.

    Dates that the page bounds are as it says.
    """
    free = [e.name for e in made if (v := e.variable) and v.kind in _DATES and not v.min + v.max]
    if len(free) < 2:
        return list(made)
    days = _DAYS_OF_DATES // len(free)

    def placed(entry: Entry) -> Entry:
        if entry.variable is None or entry.name not in free:
            return entry
        first = EPOCH + timedelta(days=days * free.index(entry.name))
        last = first + timedelta(days=days - 1)
        period = {"min": first.isoformat(), "max": last.isoformat()}
        return entry.model_copy(update={"variable": entry.variable.model_copy(update=period)})

    return [placed(entry) for entry in made]


def _choice(field: FormField) -> Entry | None:
    match field.kind:
        case FieldKind.SELECT | FieldKind.MULTI_SELECT:
            chosen = field.value in field.options
            if chosen or (field.kind is FieldKind.MULTI_SELECT and not field.required):
                return None
            if field.options:
                return Entry(
                    field=field,
                    action=Action.SELECT,
                    target=field.target,
                    value=field.options[0],
                )
        case FieldKind.CHECKBOX | FieldKind.RADIO:
            if field.required and not field.value:
                return Entry(field=field, action=Action.CHECK, target=field.target, value="")
            return None
        case FieldKind.FILE:
            ending = ending_for(field.accept)
            if field.required and ending:
                return Entry(
                    field=field, action=Action.UPLOAD, target=field.target, value=f"acorn{ending}"
                )
        case _:
            pass
    if field.required and field.kind is not FieldKind.COLOR and field.kind is not FieldKind.RANGE:
        raise Unfillable(f"{field.label or field.name} is required, and there is nothing to enter")
    return None


def _out_of_range(field: FormField) -> tuple[str, ...]:
    low, high = limit(field.min), limit(field.max)
    above = () if high is None else (f"{high + 1:g}",)
    return (*above, "-1" if low is None else f"{low - 1:g}")


def limit(written: str) -> float | None:
    """The number that a bound of a field states; None if it states none."""
    try:
        return float(written)
    except ValueError:  # to the browser it is no limit
        return None


def _words(field: FormField) -> str:
    attributes = field.target.fingerprint.attributes
    hints = " ".join((field.label, field.name, field.placeholder, attributes.get("class", "")))
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", hints)
    return " ".join(re.sub(r"[^A-Za-z0-9]+", " ", spaced).lower().split())
