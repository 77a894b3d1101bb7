"""The data of one execution, made anew each time."""

import hashlib
import math
import random
import re
import string
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any

import rstr
from faker import Faker

from argus.services.qa.ir import Test, Variable, VariableKind
from argus.services.qa.templates import fill_in

_MARKER_LENGTH = 6
_LONGEST = 5_000
"""Of a text, whatever the page or the suite demands."""
EPOCH = date(2026, 1, 1)
"""The first of the dates that are made up."""
WORDS = tuple(
    """
    acorn amber anchor apple arch aspen barley basil beacon birch bison breeze brook canyon cedar
    cherry clay cliff clover cobalt copper coral cotton crane creek daisy delta dune eagle elm ember
    falcon fern finch fjord flint garnet ginger glacier granite harbor hazel heron indigo island
    ivory ivy jade jasmine juniper lagoon lark lemon lilac linden lotus maple marble meadow mint
    moss olive opal orchid otter pearl pebble pine plum poppy prairie quartz quill raven reef
    river robin saffron sage salmon sparrow spruce thistle topaz tulip tundra violet walnut willow
    """.split()
)
"""What texts are made of: words that no control is named by, since a page may show a record's text
as a link, and a "Yes" or "Close" that is a record must not be taken for an answer.
"""
_PARTS = frozenset({VariableKind.PART, VariableKind.SWAPPED_PART})


def make_values(variables: Mapping[str, Variable], seed: int, nonce: str) -> dict[str, str]:
    """One value for each variable, within its constraints.

    The same arguments give the same values. Variables that are `unique` change with `nonce`, which
    names the execution, and their texts carry a marker made of it; the others depend on `seed`
    alone. A constraint that cannot be met together with another (a pattern longer than the
    maximum length) is met as far as possible, pattern first; one that means nothing here (a date
    that is none, a pattern of JavaScript's own syntax) is passed over. Of a text that is not made
    here, a part is empty.
    """
    made = {
        name: _make(variable, name, seed, nonce if variable.unique else "")
        for name, variable in variables.items()
    }
    parts = {
        name: part_of(made.get(variable.source, ""), variable.kind)
        for name, variable in variables.items()
        if variable.kind in _PARTS
    }
    return made | parts


def part_of(text: str, kind: VariableKind) -> str:
    """The part of `text` that a variable of that kind stands for."""
    inner = text[1:-1]
    return inner.swapcase() if kind is VariableKind.SWAPPED_PART else inner


def values_of(
    test: Test, seed: int, nonce: str, variables: Mapping[str, str] | None = None
) -> dict[str, str]:
    """What `make_values` makes for the test's variables, and over it what its case gives.

    Of a test with several cases it is the first: see `Suite.runnable`. `variables` are those of the
    environment, which a case may name.
    """
    made = make_values(test.variables, seed, nonce) | dict(variables or {})
    given = test.cases[0].values if test.cases else {}
    return made | {name: fill_in(value, made) for name, value in given.items()}


def matching(pattern: str, rng: random.Random) -> str | None:
    """A text that the regular expression matches; None if it is none of Python's that can be
    followed, or asks for more than fits into a field.
    """
    try:
        return _Matching(rng).xeger(pattern)
    except (re.error, LookupError, OverflowError, RecursionError, ValueError):
        return None


class _Matching(rstr.Rstr):
    """Gives up on patterns like `(((a*)*)*)*`, which go on for hours."""

    _made = 0

    def _handle_state(self, state: Any) -> Any:
        self._made += 1
        if self._made > _LONGEST:
            raise OverflowError
        return super()._handle_state(state)


def _make(variable: Variable, name: str, seed: int, nonce: str) -> str:
    digest = hashlib.sha256(f"{seed}\0{name}\0{nonce}".encode()).digest()
    rng = random.Random(digest)
    marker = "".join(rng.choices(string.ascii_lowercase, k=_MARKER_LENGTH)) if nonce else ""
    fake = _faker()
    fake.seed_instance(digest)
    if variable.pattern and (text := _of_pattern(variable, random.Random(digest))) is not None:
        return text
    try:
        return _of_kind(variable, fake, rng, marker)
    except (OverflowError, ValueError):  # the limits are none
        return _of_kind(variable.model_copy(update={"min": "", "max": ""}), fake, rng, marker)


def _of_kind(  # noqa: PLR0911 - one return for each kind
    variable: Variable, fake: Faker, rng: random.Random, marker: str
) -> str:
    match variable.kind:
        case VariableKind.TEXT:
            return _text(variable, rng, marker)
        case VariableKind.EMAIL:
            return f"{fake.first_name().lower()}{marker and '.' + marker}@example.com"
        case VariableKind.URL:
            return f"https://example.com/{marker or rng.choice(WORDS)}"
        case VariableKind.NUMBER:
            return _number(variable, rng)
        case VariableKind.DATE:
            return _between(variable, rng, timedelta(days=1)).date().isoformat()
        case VariableKind.TIME:
            return _time(variable, rng)
        case VariableKind.DATETIME:
            return _between(variable, rng, timedelta(minutes=1)).isoformat(timespec="minutes")
        case VariableKind.PHONE:
            return f"+1415555{rng.randrange(10_000):04d}"
        case VariableKind.COLOR:
            return f"#{rng.randrange(1 << 24):06x}"
        case VariableKind.PASSWORD:
            body = "".join(rng.choices(string.ascii_letters + string.digits, k=12))
            return _fit(f"Aa1!{body}", variable, rng)
        case VariableKind.PART | VariableKind.SWAPPED_PART:
            return ""  # made of another value


@cache
def _faker() -> Faker:
    """One for all: making it takes longer than a step. Whoever uses it seeds it first."""
    return Faker("en_US", use_weighting=False)


def _text(variable: Variable, rng: random.Random, marker: str) -> str:
    word = rng.choice(WORDS).capitalize()
    if not marker:
        return _fit(f"{word} {rng.choice(WORDS)}", variable, rng)
    if variable.max_length < len(word) + 1 + len(marker):
        return _fit(marker, variable, rng)
    return _fit(f"{word} {marker}", variable, rng)


def _fit(text: str, variable: Variable, rng: random.Random) -> str:
    missing = min(variable.min_length, _LONGEST) - len(text)
    if missing > 0:
        text += "".join(rng.choices(string.ascii_lowercase, k=missing))
    return text[: variable.max_length].rstrip() if variable.max_length > 0 else text


def _of_pattern(variable: Variable, rng: random.Random) -> str | None:
    """Text of the pattern; several tries, since a length limit may cut some of its texts off."""
    text = None
    for _ in range(50):
        text = matching(variable.pattern, rng)
        if text is None or variable.min_length <= len(text) <= (variable.max_length or len(text)):
            break
    return text


def _number(variable: Variable, rng: random.Random) -> str:
    low = float(variable.min) if variable.min else min(1.0, float(variable.max or 1))
    high = float(variable.max) if variable.max else max(low, 1.0) + 998
    if math.ceil(low) > math.floor(high):
        return f"{(low + high) / 2:g}"
    return str(rng.randint(math.ceil(low), math.floor(high)))


def _between(variable: Variable, rng: random.Random, unit: timedelta) -> datetime:
    start = datetime.combine(EPOCH, time(9))
    low = datetime.fromisoformat(variable.min) if variable.min else None
    high = datetime.fromisoformat(variable.max) if variable.max else None
    low = low or (high - timedelta(days=365) if high else start)
    high = high or low + timedelta(days=365)
    return low + unit * rng.randint(0, max(0, (high - low) // unit))


def _time(variable: Variable, rng: random.Random) -> str:
    low, high = (
        time.fromisoformat(variable.min or "08:00"),
        time.fromisoformat(variable.max or "18:00"),
    )
    first, last = low.hour * 60 + low.minute, high.hour * 60 + high.minute
    minute = rng.randint(first, max(first, last))
    return f"{minute // 60:02d}:{minute % 60:02d}"
