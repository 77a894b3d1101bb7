"""Argus's public identifiers: `<prefix>_` and a UUID in 26 characters of Crockford's base 32."""

import re

_TAIL = re.compile(r"[0-7][0-9a-hjkmnp-tv-z]{25}")
_TO_PYTHON = bytes.maketrans(b"abcdefghjkmnpqrstvwxyz", b"abcdefghijklmnopqrstuv")
"""From Crockford's digits above 9 to those that `int(text, 32)` reads."""
_FROM_INDEX = "0123456789abcdefghjkmnpqrstvwxyz"


def uuid_bytes(public_id: str, *prefixes: str) -> bytes:
    """The 16 bytes of the UUID behind an identifier with one of these prefixes.

    Raises:
        ValueError: it has another prefix, or is none.
    """
    prefix, _, tail = public_id.rpartition("_")
    if prefix not in prefixes or not _TAIL.fullmatch(tail):
        raise ValueError(f"expected an id that begins with {' or '.join(prefixes)}")
    return int(tail.encode().translate(_TO_PYTHON), 32).to_bytes(16, "big")


def public_id(prefix: str, uuid: bytes) -> str:
    """The identifier of a UUID."""
    number = int.from_bytes(uuid, "big")
    tail = "".join(_FROM_INDEX[number >> shift & 31] for shift in range(125, -1, -5))
    return f"{prefix}_{tail}"
