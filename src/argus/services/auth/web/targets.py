"""Where a page may send the browser afterwards: only to this platform (no open redirector)."""

import re
from urllib.parse import urlsplit

HOME = "/account"
_PRINTABLE = re.compile(r"/[!-~]*")
"""ASCII without spaces: browsers drop tabs and newlines from an address before they read it."""


def local_target(return_to: str | None) -> str:
    """`return_to` if it is a path of this platform as every browser reads it, else `HOME`."""
    if (
        return_to is None
        or not _PRINTABLE.fullmatch(return_to)
        or return_to.startswith("//")
        or "\\" in return_to
    ):
        return HOME
    parts = urlsplit(return_to)
    return HOME if parts.scheme or parts.netloc else return_to
