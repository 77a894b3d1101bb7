"""Names for people and ids for machines: both follow from what a test does, never from when."""

import hashlib
import re
from collections import Counter
from collections.abc import Sequence

from argus.services.qa.ir import Test

_PLACEHOLDER = re.compile(r"^[{:<*]|[}>*]$")
_VERB_HEADING = re.compile(
    r"^(?:add|create|new|edit|change|update)\s+(?:an?\s+|new\s+)*(.+)$", re.IGNORECASE
)
_ACTION_SEGMENTS = frozenset(
    (
        "add new create edit change update list index view all search insert import export content"
        " contents browse manage details"
    ).split()
)
_UNCOUNTABLE = frozenset({"news", "series", "species", "status", "address", "settings"})


def singular(word: str) -> str:
    """The singular of a regular English plural; other words are returned as they are."""
    lower = word.lower()
    if lower in _UNCOUNTABLE or lower.endswith(("ss", "us", "is")):
        return word
    if lower.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if lower.endswith(("ches", "shes", "sses", "xes", "zes")):
        return word[:-2]
    return word[:-1] if lower.endswith("s") and len(word) > 3 else word


def noun(form_heading: str, url_template: str, page_heading: str) -> str:
    """What a record is called: by "Add book", by the collection's URL, by the page's heading."""
    if match := _VERB_HEADING.match(form_heading.strip()):
        return match[1].strip(" :.…").lower()
    path = re.split(r"[?#]", url_template, maxsplit=1)[0]
    for segment in reversed([part for part in path.split("/") if part]):
        words = re.sub(r"\.\w+$", "", segment).replace("-", " ").replace("_", " ").lower()
        if (
            not _PLACEHOLDER.search(segment)
            and words not in _ACTION_SEGMENTS
            and re.search("[a-z]", words)
        ):
            return singular(words)
    heading = re.sub(r"[^\w\s'-]", "", page_heading).strip().lower()
    return singular(heading) if 0 < len(heading.split()) <= 2 else "record"


def a(thing: str) -> str:
    """`thing` with its indefinite article."""
    starts_with_vowel = re.match(r"[aeio]|u(?!ni|s[aeiou])", thing, re.IGNORECASE)
    return f"{'an' if starts_with_vowel else 'a'} {thing}"


def told_apart(tests: Sequence[Test]) -> tuple[Test, ...]:
    """The tests, with their address in the names that several of them have; ids stay."""
    named = Counter(test.name for test in tests)
    return tuple(
        test.model_copy(update={"name": f"{test.name} at {test.entity}"})
        if named[test.name] > 1
        else test
        for test in tests
    )


def stable_id(name: str, entity: str, flow: str) -> str:
    """A readable id that depends only on what the test is about."""
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:60].rstrip("-")
    digest = hashlib.sha256(f"{entity}\n{flow}\n{name}".encode()).hexdigest()
    return f"{slug}-{digest[:8]}"


def identifier(label: str, taken: frozenset[str] = frozenset()) -> str:
    """`label` as the name of a variable, different from all in `taken`."""
    base = re.sub(r"[^a-z0-9]+", "_", label.lower()).strip("_")[:32].rstrip("_") or "value"
    if base[0].isdigit():
        base = f"field_{base}"
    name, number = base, 2
    while name in taken:
        name, number = f"{base}_{number}", number + 1
    return name
