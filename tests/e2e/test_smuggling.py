"""Requests that two servers could read differently, sent byte by byte to the real one."""

import socket
from urllib.parse import urlsplit

import pytest

from support.processes import RunningPlatform

PATIENCE_S = 60
SMUGGLED = b"GET /.well-known/jwks.json HTTP/1.1\r\nHost: argus\r\nConnection: close\r\n\r\n"
AMBIGUOUS = {
    "a length and chunks": (
        b"Content-Length: %d\r\nTransfer-Encoding: chunked\r\n" % (5 + len(SMUGGLED)),
        b"0\r\n\r\n" + SMUGGLED,
    ),
    "two lengths": (
        b"Content-Length: 0\r\nContent-Length: %d\r\n" % len(SMUGGLED),
        SMUGGLED,
    ),
    "a blank before the colon": (b"Content-Length : 0\r\n", SMUGGLED),
    "an unknown coding": (b"Transfer-Encoding: xchunked\r\n", b"0\r\n\r\n" + SMUGGLED),
    "a folded line": (b"X-A: b\r\n Content-Length: 0\r\n", SMUGGLED),
}


def answers(platform: RunningPlatform, head: bytes, body: bytes) -> bytes:
    """Everything that the server says to one request on a connection of its own."""
    address = urlsplit(platform.url)
    with socket.create_connection(
        (address.hostname, address.port), timeout=PATIENCE_S
    ) as connection:
        connection.sendall(
            b"POST /api/v1/auth/refresh HTTP/1.1\r\nHost: argus\r\n"
            b"Content-Type: application/json\r\n" + head + b"\r\n" + body
        )
        said = b""
        while part := connection.recv(65536):
            said += part
        return said


@pytest.mark.requirement("attacks:requests:header-smuggling")
@pytest.mark.parametrize("how", AMBIGUOUS)
def test_no_request_hides_in_another(tested: RunningPlatform, how: str) -> None:
    said = answers(tested, *AMBIGUOUS[how])
    assert said.startswith(b"HTTP/1.1 4")
    assert said.count(b"HTTP/1.1 ") == 1


def test_two_honest_requests_get_two_answers(tested: RunningPlatform) -> None:
    """Otherwise the counting above would prove nothing."""
    said = answers(tested, b"Content-Length: 2\r\n", b"{}" + SMUGGLED)
    assert said.count(b"HTTP/1.1 ") == 2
    assert b'"keys"' in said
