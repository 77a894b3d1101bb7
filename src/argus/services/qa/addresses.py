"""Network addresses that are nobody's application, whatever they are called."""

import socket
from ipaddress import ip_address

_METADATA = frozenset(map(ip_address, ("100.100.100.200", "168.63.129.16", "fd00:ec2::254")))
"""Of clouds, beside those that are link-local."""


def forbidden_address(host: str) -> str:
    """The address behind a host that must not be asked: link-local, or a cloud's metadata service;
    empty if there is none. Blocks to resolve a name.

    One that resolves to something else later is for the worker's network to block.
    """
    try:
        found = socket.getaddrinfo(host, None)
    except (OSError, UnicodeError):  # whoever connects is told so
        return ""
    for entry in found:
        text = str(entry[4][0]).partition("%")[0]
        address = ip_address(text)
        address = getattr(address, "ipv4_mapped", None) or address
        refused = address.is_link_local or address.is_multicast or address.is_unspecified
        if refused or address in _METADATA:
            return text
    return ""
