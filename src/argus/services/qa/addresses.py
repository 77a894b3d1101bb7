"""Addresses of applications, and those that are nobody's, whatever they are called."""

import socket
from ipaddress import ip_address
from urllib.parse import urlsplit

from argus.kernel.errors import ArgusError

_METADATA = frozenset(map(ip_address, ("100.100.100.200", "168.63.129.16", "fd00:ec2::254")))
"""Of clouds, beside those that are link-local."""
_FOR_EXAMPLE = "give an address such as http://127.0.0.1:8000"


class TargetRefused(ArgusError):
    """The address is not one that Argus tests: not http or https, with credentials in it, or of a
    cloud's metadata service.

    Give the address of a web application, such as `http://127.0.0.1:8000`.
    """

    code, status, title = "qa.run.target_refused", 422, "Address refused"


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


def target_url(text: str) -> str:
    """The address as it will be opened.

    Private and loopback addresses are what a self-hosted tester is for; a cloud's metadata service
    and other link-local addresses are refused here and, after redirects, again by the browser.

    Raises:
        TargetRefused: see there.
    """
    try:
        url = urlsplit(text.strip())
        known_port = url.port is None or url.port > 0
    except ValueError:
        raise TargetRefused(_FOR_EXAMPLE) from None
    if url.scheme not in ("http", "https") or not url.hostname or not known_port:
        raise TargetRefused(_FOR_EXAMPLE)
    if url.username or url.password:
        raise TargetRefused("give the user as `login`, by --username, not in the address")
    try:
        address = ip_address(url.hostname)
    except ValueError:
        return url.geturl()
    if address.is_link_local or address.is_multicast or address.is_unspecified:
        raise TargetRefused(f"{address} is not the address of an application")
    return url.geturl()
