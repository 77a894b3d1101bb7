"""Which names and addresses are this very machine, whatever the network says."""

import ipaddress


def is_loopback(host: str) -> bool:
    """Whether what is sent to the host stays on this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
