"""Whether two addresses are of one network, as far as addresses tell."""

import ipaddress

PREFIXES = {4: 24, 6: 48}
"""What one home or office gets, and keeps when its addresses change."""


def is_same_network(one: str, other: str) -> bool:
    """Whether the addresses are the same, or share the part that a provider gives to one place."""
    try:
        first, second = ipaddress.ip_address(one), ipaddress.ip_address(other)
    except ValueError:  # a transport without addresses
        return one == other
    network = ipaddress.ip_network(f"{first}/{PREFIXES[first.version]}", strict=False)
    return second in network
