"""How long a subject must wait after failed attempts to sign in."""

import hmac
import ipaddress
from datetime import timedelta

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
    """What stands for attempts of one kind that concern `name`, in any letter case."""
    return hmac.digest(secret, f"{kind}:{name.casefold()}".encode(), "sha256")


def address_subject(secret: bytes, address: str) -> bytes:
    """What stands for a network address; an IPv6 client has the whole /64."""
    try:
        parsed = ipaddress.ip_address(address)
        prefix = 64 if parsed.version == 6 else 32
        network = str(ipaddress.ip_network((parsed, prefix), strict=False))
    except ValueError:  # a transport without addresses, such as a Unix socket
        network = address
    return hmac.digest(secret, f"address:{network}".encode(), "sha256")
