"""Strings of a suite that hold `${name}`: values put in, and found values taken out again."""

import re
from collections.abc import Mapping

REFERENCE = re.compile(r"\$\{(\w+)\}")
_SHORTEST = 3


def fill_in(template: str, values: Mapping[str, str]) -> str:
    """`template` with `${name}` replaced by its value; references to unknown names stay."""
    return REFERENCE.sub(lambda match: values.get(match[1], match[0]), template)


def templated(text: str, values: Mapping[str, str]) -> str:
    """`text` with each value of three characters or more replaced by `${name}`, longest first."""
    for name, value in sorted(values.items(), key=lambda item: -len(item[1])):
        if len(value) >= _SHORTEST:
            text = text.replace(value, f"${{{name}}}")
    return text
