"""Where a form refused made-up input: which input a language model thinks it takes.

What it proposes is made and checked against the page's own limits before it is tried.
"""

import random
import re

from argus.kernel.schema import Value
from argus.services.qa.discovery.site import Form, FormField
from argus.services.qa.execution.values import matching
from argus.services.qa.language_models.advisor import Advisor
from argus.services.qa.language_models.question import Question

_LONGEST_PATTERN = 200
_SAMPLES = 20


class FieldPattern(Value):
    """A regular expression of which every match is valid input for the field."""

    field: str
    pattern: str


class Patterns(Value):
    """One for each field whose input was refused."""

    patterns: tuple[FieldPattern, ...]


async def better_input(form: Form, complaint: str, advisor: Advisor) -> Form | None:
    """The form with patterns for text fields that the application refused made-up input for.

    A pattern counts if what it makes keeps the page's own length limits and pattern.
    """
    fields = {
        field.name: field for field in form.fields if not field.options and not field.read_only
    }
    question = Question(
        task="field_patterns",
        instructions=(
            "A form refused made-up input. For each field whose domain you recognise (IBAN, SKU, "
            "postal code, ...) give a regular expression, in Python's syntax and without "
            "lookaround, of which every full match is valid; alternatives of known valid values "
            "are fine where there is a check digit. Leave out fields that any text suits."
        ),
        material={
            "complaint": complaint,
            "form": form.name,
            "fields": [
                {
                    "field": name,
                    "label": field.label,
                    "placeholder": field.placeholder,
                    "min_length": field.min_length,
                    "max_length": field.max_length,
                }
                for name, field in fields.items()
            ],
        },
        answer=Patterns,
    )
    answer = await advisor.ask(question)
    suits = {
        each.field: each.pattern
        for each in (answer.patterns if answer else ())
        if each.field in fields and _suits(each.pattern, fields[each.field])
    }
    if not suits:
        return None
    changed = tuple(
        field.model_copy(update={"pattern": suits.get(field.name, field.pattern)})
        for field in form.fields
    )
    return form.model_copy(update={"fields": changed})


def _suits(pattern: str, field: FormField) -> bool:
    rng = random.Random(pattern)
    try:
        own = re.compile(field.pattern) if field.pattern else None
    except re.error:
        return False
    made = (matching(pattern, rng) for _ in range(_SAMPLES))
    return 0 < len(pattern) <= _LONGEST_PATTERN and all(
        text is not None
        and field.min_length <= len(text) <= (field.max_length or 200)
        and (own is None or own.fullmatch(text))
        for text in made
    )
