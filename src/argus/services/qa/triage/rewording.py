"""Whether two headings say the same in other words, as one release calls its pages otherwise.

They do if all words that tell something of the one are in the other: "Leads" and "All leads",
"New lead" and "Create a lead", not "Open tickets" and "Closed tickets".
"""

import re

from argus.services.qa.naming import singular

_TELLS_NOTHING = frozenset(
    "a an all and at for from here in list my of on our overview page the to your".split()
)
_MAKES = frozenset({"add", "create", "new"})


def says_the_same(one: str, other: str) -> bool:
    """Whether the telling words of one heading, if it has any, are all in the other."""
    words, others = _telling(one), _telling(other)
    return bool(words) and bool(others) and (words <= others or others <= words)


def _telling(heading: str) -> frozenset[str]:
    words = re.findall(r"[^\W\d_]+", heading.lower())
    return frozenset(
        "new" if word in _MAKES else singular(word) for word in words if word not in _TELLS_NOTHING
    )
