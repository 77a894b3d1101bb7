"""The form of API keys: prefix, 26 base62 characters at random (155 bits), 6 of their CRC-32.

The prefix lets scanners find leaked keys, and the checksum tells a typing mistake, or junk, without
a look into the database. Keys that were made elsewhere and imported have a prefix and no checksum.
"""

import re
import secrets
from collections.abc import Iterable, Iterator
from zlib import crc32

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_RANDOM, _CHECK = 26, 6
_HINT = 4
_IMPORTED = re.compile(r"[A-Za-z0-9_-]{16,64}")
"""What follows the prefix of an imported key. With its prefix it is short enough for bcrypt."""


def generate(prefix: str) -> str:
    """A new key."""
    body = "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM))
    return prefix + body + _checksum(body)


def looks_like_key(text: str, prefixes: Iterable[str]) -> bool:
    """Whether somebody means an API key by this: it begins like one."""
    return text.startswith(tuple(prefixes))


def is_well_formed(text: str, prefixes: Iterable[str]) -> bool:
    """Whether this may be a key: prefix, length and checksum are right."""
    return any(
        text.startswith(prefix) and _is_well_formed_body(text.removeprefix(prefix))
        for prefix in prefixes
    )


def may_be_imported(text: str, prefixes: Iterable[str]) -> bool:
    """Whether this may be a key that another system made under one of these prefixes."""
    return any(
        text.startswith(prefix) and _IMPORTED.fullmatch(text.removeprefix(prefix))
        for prefix in prefixes
    )


def find_keys(text: str, prefixes: Iterable[str], imported: Iterable[str]) -> Iterator[str]:
    """Everything in a text that may be a key of these prefixes, or an imported one of those; once,
    in the order of appearance.
    """
    prefixes, imported = tuple(prefixes), tuple(imported)
    beginning = "|".join(re.escape(prefix) for prefix in (*prefixes, *imported))
    words = re.findall(rf"(?<![A-Za-z0-9_-])(?:{beginning})[A-Za-z0-9_-]+", text)
    return (
        word
        for word in dict.fromkeys(words)
        if is_well_formed(word, prefixes) or may_be_imported(word, imported)
    )


def hint(key: str) -> str:
    """What is shown of a key later: its prefix and first characters."""
    return key[: len(key) - _RANDOM - _CHECK + _HINT]


def _is_well_formed_body(text: str) -> bool:
    body, check = text[:_RANDOM], text[_RANDOM:]
    return (
        len(text) == _RANDOM + _CHECK and set(text) <= set(_ALPHABET) and check == _checksum(body)
    )


def _checksum(body: str) -> str:
    number, digits = crc32(body.encode()), ""
    for _ in range(_CHECK):
        number, digit = divmod(number, len(_ALPHABET))
        digits = _ALPHABET[digit] + digits
    return digits
