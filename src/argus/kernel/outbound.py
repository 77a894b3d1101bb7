"""Requests to addresses that somebody else chose, kept away from the installation's own network.

A client's logo, its metadata, another issuer's keys, a webhook: whoever names the address must not
reach what only this machine can reach. So a name is resolved once and its addresses are checked and
pinned (no DNS rebinding), TLS still proves the name, nothing is redirected, and time and size are
bounded. Proxies of the environment are not used: they would resolve the name again.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import httpx

from argus.kernel.errors import ArgusError
from argus.kernel.settings import KernelSettings

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Addresses of a host name; raises OSError when it has none."""

_LAST_PORT = 65535
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_RELAYS = (IPv4Network("192.88.99.0/24"), IPv6Network("2002::/16"))
"""6to4 (RFC 7526): deprecated, and a 6to4 address names an IPv4 address that is not looked at."""
_RESERVED = (IPv4Network("192.0.0.0/24"), IPv6Network("3fff::/20"))
"""Taken for public by older versions of Python: protocol assignments (RFC 6890), where a cloud has
its metadata, and documentation (RFC 9637).
"""


class OutboundRefused(ArgusError):
    """The address is not one that this platform fetches for others: it is not `https`, holds a
    user name, or leads into a network that is not public.

    Name a public `https` address. Whoever operates the installation can allow a network of their
    own with `ARGUS_OUTBOUND_ALLOW`.
    """

    code, status, title = "kernel.outbound.refused", 422, "Address refused"


class OutboundFailed(ArgusError):
    """Another system did not answer a request of this platform as it must: not in time, too much,
    or not at all.

    Repeat the operation after a short wait; if it fails again, look after that system.
    """

    code, status, title = "kernel.outbound.failed", 503, "Other system does not answer"


@dataclass(frozen=True)
class OutboundAnswer:
    """What was answered, whatever the status; a redirect is an answer like any other."""

    status: int
    headers: httpx.Headers
    body: bytes


class Outbound:
    """The guarded client. Each request has a connection of its own; safe to share."""

    def __init__(self, settings: KernelSettings, resolve: Resolve | None = None) -> None:
        self._allowed = [ip_network(network) for network in settings.outbound_allow]
        self._resolve = resolve or _resolve

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        max_bytes: int = 65536,
        timeout_s: float = 10,
    ) -> OutboundAnswer:
        """The answer of `url`. `timeout_s` bounds it whole, from resolving to the last byte.

        Raises:
            OutboundRefused: the address may not be fetched; nothing was sent.
            OutboundFailed: there was no whole answer; whether the request took effect is unknown.
        """
        target = _parse(url)
        try:
            async with asyncio.timeout(timeout_s):
                addresses = await self._addresses(target)
                for address in addresses[:-1]:
                    with suppress(httpx.ConnectError):
                        return await self._send(
                            method, target, address, headers, content, max_bytes
                        )
                return await self._send(method, target, addresses[-1], headers, content, max_bytes)
        except (OSError, UnicodeError, httpx.HTTPError) as error:
            raise OutboundFailed(f"{target.host}: {type(error).__name__}") from error

    async def _addresses(self, target: httpx.URL) -> list[Address]:
        """Where the target is; all of it may be reached, or none is."""
        host = target.raw_host.decode().strip("[]")
        found = await self._resolve(host, _port(target))
        addresses = [ip_address(text) for text in dict.fromkeys(found)]
        for address in addresses:
            allowed = any(address in network for network in self._allowed)
            if not allowed and (target.scheme != "https" or not is_public(address)):
                raise OutboundRefused
        if not addresses:
            raise OutboundFailed(f"{host} has no address")
        return addresses

    async def _send(
        self,
        method: str,
        target: httpx.URL,
        address: Address,
        headers: Mapping[str, str] | None,
        content: bytes | None,
        max_bytes: int,
    ) -> OutboundAnswer:
        """One request to this very address, in the target's name."""
        sent = {**(headers or {}), "Host": target.netloc.decode(), "Accept-Encoding": "identity"}
        # A client of its own: a pooled connection would be found by address, whatever its name.
        async with (
            httpx.AsyncClient(verify=self._tls, trust_env=False, timeout=None) as client,  # noqa: S113 - the caller's bounds it whole
            client.stream(
                method,
                target.copy_with(host=str(address)),
                headers=sent,
                content=content,
                extensions={"sni_hostname": target.raw_host.decode()},
            ) as response,
        ):
            if response.headers.get("content-encoding", "identity") != "identity":
                raise OutboundFailed(f"{target.host} answers in an encoding that nobody asked for")
            body = bytearray()
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) > max_bytes:
                    raise OutboundFailed(f"{target.host} answers more than {max_bytes} bytes")
            return OutboundAnswer(response.status_code, response.headers, bytes(body))

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """Trusts the usual authorities, or those that `SSL_CERT_FILE` names."""
        return httpx.create_ssl_context()


def is_public(address: Address) -> bool:
    """Whether the address is of the public internet, unicast, and names no other address."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return is_public(address.ipv4_mapped)
        if address not in _GLOBAL_UNICAST:
            return False
    return (
        address.is_global
        and not address.is_multicast
        and not any(address in network for network in (*_RELAYS, *_RESERVED))
    )


def _parse(url: str) -> httpx.URL:
    try:
        target = httpx.URL(url)
        has_host = bool(target.host)
    except (httpx.InvalidURL, UnicodeError) as error:  # the latter for what is no name in punycode
        raise OutboundRefused from error
    if target.scheme not in ("http", "https") or not has_host or target.userinfo:
        raise OutboundRefused
    if not 0 < _port(target) <= _LAST_PORT:
        raise OutboundRefused
    return target


def _port(target: httpx.URL) -> int:
    return (443 if target.scheme == "https" else 80) if target.port is None else target.port


async def _resolve(host: str, port: int) -> Sequence[str]:
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]
