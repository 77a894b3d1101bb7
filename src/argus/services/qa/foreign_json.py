"""JSON of an application under test, which may be anything."""

import json
from typing import Any, cast

MOST_LEVELS = 100
"""Whoever walks through a document may go one call deeper for each."""


def parsed(text: str | bytes | None) -> object:
    """The document; `...` for what is no JSON, and what is nested deeper than `MOST_LEVELS`."""
    try:
        document: object = json.loads(text) if text else ...
    except (ValueError, RecursionError):
        return ...
    return document if _is_shallow(document) else ...


def at(pointer: str, document: Any) -> Any:
    """What stands there (RFC 6901); `...` for nothing."""
    if pointer and not pointer.startswith("/"):
        return ...
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(document, dict):
            document = cast("dict[str, Any]", document).get(name, ...)
        elif isinstance(document, list) and name.isdecimal() and len(name) < 10:
            items = cast("list[Any]", document)
            document = items[int(name)] if int(name) < len(items) else ...
        else:
            return ...
    return document


def _is_shallow(document: object) -> bool:
    level = [document]
    for _ in range(MOST_LEVELS):
        level = [child for each in level for child in _children(each)]
        if not level:
            return True
    return False


def _children(document: object) -> list[Any]:
    if isinstance(document, dict):
        return [*cast("dict[str, Any]", document).values()]
    return cast("list[Any]", document) if isinstance(document, list) else []
