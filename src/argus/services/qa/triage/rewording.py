"""Whether two headings say the same, as one release writes its pages otherwise than the last.

They do if they have the same words: in another order, or one in the plural and one not. "Leads (6)"
says what "Leads (7)" says. "All leads" does not: that it shows what it did is not to be seen from
the heading, and "Order not found" has all words of "Orders" as well.
"""

import re

from argus.services.qa.naming import singular

_ARTICLES = frozenset({"a", "an", "the"})
_COUNT = re.compile(r"\(\s*\d[\d.,\s]*\)")


def says_the_same(one: str, other: str) -> bool:
    """Whether both headings have the same words, if any. Articles and counts do not matter."""
    words = _words(one)
    return bool(words) and words == _words(other)


def _words(heading: str) -> list[str]:
    words = re.findall(r"\w+", _COUNT.sub("", heading.lower()))
    return sorted(singular(word) for word in words if word not in _ARTICLES)
