"""Requests to addresses that others chose."""

import asyncio
import ipaddress
import ssl
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from argus.kernel.outbound import Outbound, OutboundFailed, OutboundRefused, is_public
from argus.kernel.settings import KernelSettings
from support.certificates import certify

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
LOOPBACK = KernelSettings(outbound_allow=("127.0.0.0/8",))


class Names:
    """Answers for each look-up of a name in turn, then the last one again."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self._answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, host: str, _port: int) -> Sequence[str]:
        self.asked.append(host)
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


class Site:
    """A server that answers each connection with the same bytes, and keeps what it was sent."""

    def __init__(self, answer: bytes) -> None:
        self.answer, self.port = answer, 0
        self.requests: list[bytes] = []
        self.server_names: list[str | None] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            self.requests.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(self.answer)
            await writer.drain()
            await reader.read()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def site(answer: bytes = ANSWER, tls: ssl.SSLContext | None = None) -> AsyncGenerator[Site]:
    serving = Site(answer)
    if tls is not None:
        tls.sni_callback = lambda _socket, name, _context: serving.server_names.append(name)
    server = await asyncio.start_server(serving.serve, "127.0.0.1", 0, ssl=tls)
    serving.port = server.sockets[0].getsockname()[1]
    try:
        yield serving
    finally:
        await _close(server)


async def _close(server: asyncio.Server) -> None:
    """Return when the last connection has been closed, also one that came just now."""
    for _ in range(3):  # it is accepted, it gets its transport, `serve` begins
        await asyncio.sleep(0)
    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        # Before Python 3.12 only who waits before the server is closed waits for connections.
        group.create_task(server.wait_closed())
        await asyncio.sleep(0)
        server.close()


async def test_an_answer_comes_back_with_its_status_headers_and_body() -> None:
    async with site(b"HTTP/1.1 404 No\r\nX-Why: gone\r\nContent-Length: 2\r\n\r\nno") as there:
        answer = await Outbound(LOOPBACK).request("GET", f"http://127.0.0.1:{there.port}/a?b=c")
    assert (answer.status, answer.headers["x-why"], answer.body) == (404, "gone", b"no")
    assert there.requests[0].startswith(b"GET /a?b=c HTTP/1.1\r\n")


async def test_a_body_and_headers_are_sent() -> None:
    async with site() as there:
        await Outbound(LOOPBACK).request(
            "POST",
            f"http://127.0.0.1:{there.port}/",
            headers={"Content-Type": "text/plain"},
            content=b"ping",
        )
    assert b"Content-Type: text/plain\r\n" in there.requests[0]
    assert b"Content-Length: 4\r\n" in there.requests[0]


@pytest.mark.requirement("attacks:fetches:redirects")
async def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    async with site() as inside, site() as there:
        there.answer = (
            f"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:{inside.port}/\r\n"
            "Content-Length: 0\r\n\r\n"
        ).encode()
        answer = await Outbound(LOOPBACK).request("GET", f"http://127.0.0.1:{there.port}/")
    assert answer.status == 302
    assert inside.requests == []


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/",
        "https://127.0.0.1:{port}/",
        "http://localhost:{port}/",
        "https://2130706433:{port}/",
        "https://0x7f.1:{port}/",
        "https://0177.0.0.1:{port}/",
        "https://[::ffff:127.0.0.1]:{port}/",
        "https://[::1]:{port}/",
        "https://0.0.0.0:{port}/",
        "https://127.0.0.1.:{port}/",
        "https://①②⑦.0.0.1:{port}/",
    ],
)
@pytest.mark.requirement(
    "attacks:fetches:ssrf-by-client-document",
    "attacks:fetches:ssrf-by-key-set",
)
async def test_this_machine_is_refused_however_it_is_spelled(url: str) -> None:
    async with site() as there:
        with pytest.raises((OutboundRefused, OutboundFailed)):
            await Outbound(KernelSettings()).request("GET", url.format(port=there.port))
    assert there.requests == []


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/",
        "file:///etc/passwd",
        "gopher://example.com/",
        "https://user:secret@example.com/",
        "https://user@example.com/",
        "https:///path",
        "//example.com/",
        "example.com",
        "",
        "https://example.com:99999999/",
        "https://example.com:0/",
        "https://exa\nmple.com/",
        "https://xn--/",
    ],
)
async def test_what_is_no_plain_web_address_is_refused_before_it_is_resolved(url: str) -> None:
    names = Names(["93.184.216.34"])
    with pytest.raises(OutboundRefused):
        await Outbound(KernelSettings(), names).request("GET", url)
    assert names.asked == []


async def test_a_public_address_needs_tls() -> None:
    with pytest.raises(OutboundRefused):
        await Outbound(KernelSettings(), Names(["93.184.216.34"])).request("GET", "http://a.test/")


@pytest.mark.parametrize("answers", [["93.184.216.34", "10.0.0.1"], ["10.0.0.1", "93.184.216.34"]])
@pytest.mark.requirement("attacks:fetches:dns-rebinding")
async def test_a_name_with_one_private_address_is_refused_whole(answers: list[str]) -> None:
    with pytest.raises(OutboundRefused):
        await Outbound(KernelSettings(), Names(answers)).request("GET", "https://rebind.test/")


@pytest.mark.requirement("attacks:fetches:dns-rebinding")
async def test_a_name_is_resolved_once_so_that_it_cannot_change_after_the_check() -> None:
    names = Names(["127.0.0.1"], ["10.0.0.1"])
    async with site() as there:
        answer = await Outbound(LOOPBACK, names).request("GET", f"http://rebind.test:{there.port}/")
    assert answer.status == 200
    assert names.asked == ["rebind.test"]
    assert f"Host: rebind.test:{there.port}\r\n".encode() in there.requests[0]


async def test_the_next_address_is_tried_when_nobody_listens_at_one() -> None:
    async with site() as there:
        names = Names(["127.0.0.2", "127.0.0.1"])
        answer = await Outbound(LOOPBACK, names).request("GET", f"http://two.test:{there.port}/")
    assert answer.status == 200


@pytest.mark.parametrize(
    "address",
    [
        *("0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "169.254.169.254", "172.16.0.1"),
        *("192.0.2.1", "192.88.99.1", "192.168.0.1", "198.18.0.1", "198.19.255.255"),
        *("203.0.113.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"),
        *("::", "::1", "::ffff:10.0.0.1", "::ffff:198.18.0.1", "::ffff:192.88.99.1"),
        *("::7f00:1", "64:ff9b::a00:1", "2002:a00:1::1", "2001:db8::1", "2001::1"),
        *("192.0.0.192", "3fff::1"),
        *("fc00::1", "fd00::1", "fe80::1", "fec0::1", "ff02::1"),
    ],
)
def test_an_address_that_is_not_of_the_public_internet_is_known(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:4700::1111", "::ffff:93.184.216.34"])
def test_an_address_of_the_public_internet_is_known(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n" + b"x" * 1001,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"400\r\n" + b"x" * 1024,
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 2_000_000 + b"\r\n\r\n",
        b"not http at all\r\n\r\n",
    ],
)
async def test_an_answer_that_is_too_large_or_malformed_is_no_answer(answer: bytes) -> None:
    async with site(answer) as there:
        with pytest.raises(OutboundFailed):
            await Outbound(LOOPBACK).request(
                "GET", f"http://127.0.0.1:{there.port}/", max_bytes=1000
            )


async def test_an_answer_as_large_as_allowed_is_taken() -> None:
    async with site() as there:
        url = f"http://127.0.0.1:{there.port}/"
        assert (await Outbound(LOOPBACK).request("GET", url, max_bytes=5)).body == b"hello"


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel"], ids=["silent", "stuck"]
)
async def test_a_slow_answer_is_given_up(answer: bytes) -> None:
    async with site(answer) as there:
        with pytest.raises(OutboundFailed):
            await Outbound(LOOPBACK).request(
                "GET", f"http://127.0.0.1:{there.port}/", timeout_s=0.2
            )


async def test_a_name_that_does_not_resolve_in_time_is_given_up() -> None:
    async def never(_host: str, _port: int) -> Sequence[str]:
        await asyncio.Event().wait()
        return []

    with pytest.raises(OutboundFailed):
        await Outbound(KernelSettings(), never).request("GET", "https://a.test/", timeout_s=0.05)


async def test_a_name_that_no_resolver_takes_is_no_answer() -> None:
    with pytest.raises((OutboundFailed, OutboundRefused)):
        await Outbound(KernelSettings()).request("GET", f"https://{'a' * 64}.test/")


async def test_a_name_without_addresses_is_no_answer() -> None:
    with pytest.raises(OutboundFailed):
        await Outbound(KernelSettings(), Names([])).request("GET", "https://a.test/")


@pytest.fixture
def certified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """TLS of a server that is `good.test`, by an authority that is trusted."""
    chain, private = certify(tmp_path, "good.test")
    monkeypatch.setenv("SSL_CERT_FILE", str(chain))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, private)
    return context


async def test_tls_proves_the_name_although_the_address_is_pinned(
    certified: ssl.SSLContext,
) -> None:
    async with site(tls=certified) as there:
        outbound = Outbound(LOOPBACK, Names(["127.0.0.1"]))
        answer = await outbound.request("GET", f"https://good.test:{there.port}/")
        assert answer.body == b"hello"
        assert there.server_names == ["good.test"]
        with pytest.raises(OutboundFailed):
            await outbound.request("GET", f"https://other.test:{there.port}/")
        with pytest.raises(OutboundFailed):
            await outbound.request("GET", f"https://127.0.0.1:{there.port}/")
    assert len(there.requests) == 1
