"""Strings of a suite that hold `${name}`: values put in, and found values taken out again.

`${env.NAME}` is a variable of the environment that the run was started in.
"""

import re
from collections.abc import Mapping

ENVIRONMENT = "env."
"""What the names of an environment's variables begin with."""
REFERENCE = re.compile(r"\$\{((?:env\.)?\w+)\}")
_SHORTEST = 3


def fill_in(template: str, values: Mapping[str, str]) -> str:
    """`template` with `${name}` replaced by its value; references to unknown names stay."""
    return REFERENCE.sub(lambda match: values.get(match[1], match[0]), template)


def templated(text: str, values: Mapping[str, str]) -> str:
    """`text` with each value of three characters or more replaced by `${name}`, longest first.

    But for the environment's: they are made for nothing, and may stand in any text.
    """
    for name, value in sorted(values.items(), key=lambda item: -len(item[1])):
        if len(value) >= _SHORTEST and not name.startswith(ENVIRONMENT):
            text = text.replace(value, f"${{{name}}}")
    return text


def environment_variables(text: str) -> set[str]:
    """The names of the environment's variables that stand in a text."""
    return {
        name.removeprefix(ENVIRONMENT)
        for name in REFERENCE.findall(text)
        if name.startswith(ENVIRONMENT)
    }
