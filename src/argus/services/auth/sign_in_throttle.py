"""How long a subject must wait after failed attempts to sign in."""

import hmac
import unicodedata
from datetime import timedelta

from argus.kernel.rate_limits.limits import subscriber

FREE_PER_ACCOUNT = 5
FREE_PER_ADDRESS = 30
"""More than for an account: a whole office may share an address."""
FREE_MAILS = 3
LONGEST = timedelta(minutes=15)
"""A bound, because whoever knows an address can make its owner wait."""


def delay_after(attempts: int, free: int) -> timedelta:
    """The wait after `attempts` in a row: none for `free` of them, then 1 s, doubling."""
    if attempts < free:
        return timedelta(0)
    return min(timedelta(seconds=2 ** min(attempts - free, 20)), LONGEST)


def named_subject(secret: bytes, kind: str, name: str) -> bytes:
    """What stands for attempts of one kind that concern `name`, in all spellings that directories
    take for the same (RFC 4518 section 2): any letter case, blanks and characters that do not show.
    """
    folded = " ".join(unicodedata.normalize("NFKC", name).casefold().split())
    shown = "".join(one for one in folded if not unicodedata.category(one).startswith("C"))
    return hmac.digest(secret, f"{kind}:{shown}".encode(), "sha256")


def address_subject(secret: bytes, address: str) -> bytes:
    """What stands for a network address; an IPv6 client has the whole /64."""
    return hmac.digest(secret, f"address:{subscriber(address)}".encode(), "sha256")
