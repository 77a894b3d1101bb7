"""What an application says of the input that it takes, when it refuses some: lengths and bounds.

Of "The code has 2 to 5 characters" it is that the field Code takes texts of 2 to 5 characters.
"""

import re

from argus.services.qa.discovery.site import FieldKind, Form, FormField
from argus.services.qa.planning.fields import TEXT_KINDS, limit

_RANGE = re.compile(r"\b(\d+)\s*(?:to|and|-|\N{EN DASH})\s*(\d+)\b")
_EXACTLY = re.compile(r"\bexactly (\d+)\b")
_MOST = re.compile(
    r"\b(?:at most|no more than|maximum(?: of| length)?|max|not exceed|up to|longer than"
    r"|less than or equal to)\W*(?:is |of )?(\d+)\b"
)
_LEAST = re.compile(
    r"\b(?:at least|no less than|minimum(?: of| length)?|min|shorter than"
    r"|greater than or equal to)\W*(?:is |of )?(\d+)\b"
)
_LENGTH = re.compile(r"\b(characters?|chars|letters?|symbols|long|length)\b")
_UNBOUNDED = 1 << 31


def within_bounds(form: Form, complaint: str) -> Form | None:
    """The form with the bounds that the complaint states; None if it states no narrower ones.

    They are those of the fields that the complaint names or, where it names none, of all that such
    bounds may belong to.
    """
    said = complaint.lower()
    low, high = _bounds(said)
    if low is None and high is None:
        return None
    of_texts = _LENGTH.search(said) is not None
    kinds = TEXT_KINDS if of_texts else {FieldKind.NUMBER}
    meant = [field for field in form.fields if field.kind in kinds]
    named = [field for field in meant if field.label and field.label.lower() in said]
    about = named or meant
    narrow = _shorter if of_texts else _narrower
    fields = tuple(narrow(field, low, high) if field in about else field for field in form.fields)
    return None if fields == form.fields else form.model_copy(update={"fields": fields})


def _bounds(said: str) -> tuple[int | None, int | None]:
    if found := _RANGE.search(said):
        return int(found[1]), int(found[2])
    if found := _EXACTLY.search(said):
        return int(found[1]), int(found[1])
    least, most = _LEAST.search(said), _MOST.search(said)
    return int(least[1]) if least else None, int(most[1]) if most else None


def _shorter(field: FormField, low: int | None, high: int | None) -> FormField:
    least = max(field.min_length, low or 0)
    most = min(each for each in (field.max_length, high, _UNBOUNDED) if each)
    if least > most:
        return field
    known = {"min_length": least, "max_length": 0 if most == _UNBOUNDED else most}
    return field.model_copy(update=known)


def _narrower(field: FormField, low: int | None, high: int | None) -> FormField:
    lows = [each for each in (limit(field.min), low) if each is not None]
    highs = [each for each in (limit(field.max), high) if each is not None]
    if lows and highs and max(lows) > min(highs):
        return field
    bounds = {
        "min": f"{max(lows):g}" if lows else field.min,
        "max": f"{min(highs):g}" if highs else field.max,
    }
    return field.model_copy(update=bounds)
