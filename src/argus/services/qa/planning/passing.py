"""Which texts of a page may read otherwise the next time that it is opened."""

import re

_PASSING = re.compile(
    r"\b(now|ago|today|yesterday|tomorrow|moments?|seconds?|minutes?|hours?|recent(ly)?"
    r"|(mon|tues|wednes|thurs|fri|satur|sun)day|good (morning|afternoon|evening|day|night)"
    r"|hello|hi|hey|welcome|greetings)\b"
)


def is_passing(text: str) -> bool:
    """Whether the words greet somebody, or speak of the present moment."""
    return _PASSING.search(text.lower()) is not None
