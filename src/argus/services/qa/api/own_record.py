"""Which record is a test's own: no other is changed or deleted. Pure functions."""

from collections.abc import Generator, Iterable
from typing import cast

from argus.services.qa.foreign_json import at


def is_own(read: object, made_up: Iterable[str], sent: object = ...) -> bool:
    """Whether what is read at a record's address is what was made there.

    It holds a text that was made up for it and that nothing else has; or it holds all that was
    `sent` to make it, each value in its place.
    """
    held = [text for _, text in texts(read)]
    if any(each and each in text for each in made_up for text in held):
        return True
    values = [*_values(sent, "")]
    return bool(values) and all(at(pointer, read) == value for pointer, value in values)


def texts(document: object, pointer: str = "") -> Generator[tuple[str, str]]:
    """The texts of a record, with their pointers; those of lists may come in any order."""
    for place, value in _values(document, pointer):
        if isinstance(value, str):
            yield place, value


def _values(document: object, pointer: str) -> Generator[tuple[str, object]]:
    if isinstance(document, dict):
        for name, each in cast("dict[str, object]", document).items():
            yield from _values(each, f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}")
    elif document is not ... and not isinstance(document, list):
        yield pointer, document
