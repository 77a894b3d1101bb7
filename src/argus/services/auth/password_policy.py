"""Which passwords are refused (NIST SP 800-63B-4 section 3.1.1): short ones and the common ones.

No rule about kinds of characters: those make passwords worse. The list is offline: the 20,000
passwords that were most common in breaches (Royce Williams' list, by way of Django), as stems,
because people lengthen a common password by digits and signs. `breached_passwords` knows more.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

MIN_LENGTH = 12
MAX_LENGTH = 128

_SHORTEST_PERSONAL = 4
_LEET = str.maketrans("013457@$!", "oieastasi")
_EDGES = re.compile(r"^[\W\d_]+|[\W\d_]+$")
_RUNS = ("abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm", "01234567890123456789")


def weakness(password: str, personal: Iterable[str] = ()) -> str | None:
    """Why the password is refused, or None; `personal` are the person's own names and addresses.

    Lengths are counted in characters after NFKC, so that every way to type them counts the same.
    """
    normal = unicodedata.normalize("NFKC", password)
    if len(normal) < MIN_LENGTH:
        return f"it has fewer than {MIN_LENGTH} characters"
    if len(normal) > MAX_LENGTH:
        return f"it has more than {MAX_LENGTH} characters"
    folded = normal.casefold()
    if _is_repetition(folded) or _is_run(folded):
        return "it is a pattern that is guessed first"
    stem = _EDGES.sub("", folded)
    if {folded, stem, stem.translate(_LEET)} & _commonest():
        return "it is among the most common ones"
    for name in personal:
        for own in (name.casefold(), name.casefold().partition("@")[0]):
            if len(own) >= _SHORTEST_PERSONAL and not _EDGES.sub("", folded.replace(own, "")):
                return "it is little more than your name or address"
    return None


def _is_repetition(text: str) -> bool:
    """A short unit again and again: `aaaaaaaaaaaa`, `abc1abc1abc1`."""
    return any(
        text == (text[:period] * len(text))[: len(text)] for period in range(1, len(text) // 2 + 1)
    )


def _is_run(text: str) -> bool:
    """A stretch of the alphabet, the digits or the keyboard, in either direction."""
    return any(text in run or text[::-1] in run for run in _RUNS)


@cache
def _commonest() -> frozenset[str]:
    text = (files("argus.services.auth") / "commonest_passwords.txt").read_text("utf-8")
    return frozenset(text.split())
