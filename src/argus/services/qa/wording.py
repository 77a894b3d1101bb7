"""The words that controls are called by, and those of controls that do harm."""

import re


def words(text: str) -> frozenset[str]:
    """The English words of a name, an id or a class, in small letters."""
    split = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text).lower()
    return frozenset(re.findall(r"[a-z]+", split))


DESTRUCTIVE = words(
    """
    buy cancel charge checkout deactivate delete deletelink destroy discard drop erase logout pay
    purchase purge refund remove revoke send signout terminate trash unsubscribe wipe
    """
)
"""Of controls that destroy, pay or send."""
