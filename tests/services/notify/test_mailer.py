"""Both ways out keep one contract; each has its own dangers besides."""

import asyncio
import ssl
import stat
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import Any, cast

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from argus.services.notify.errors import MailNotDelivered, SmtpUrlInvalid
from argus.services.notify.mailer import FolderMailer, Mailer, SmtpMailer

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
PASSWORD = "p@ss word"

# The server warns that it asks for a password without STARTTLS; there the line is TLS already.
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")


@dataclass
class Inbox:
    """A mail server's end: what arrived, and with which password."""

    received: list[bytes] = field(default_factory=list)
    passwords: list[str] = field(default_factory=list)
    refuses: bool = False

    async def handle_RCPT(  # noqa: N802 - the server's name for it
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: object
    ) -> str:
        if self.refuses:
            return f"550 no such user as {address}"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        self.received.append(cast("bytes", envelope.content))
        return "250 OK"

    def authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any
    ) -> AuthResult:
        password = cast("LoginPassword", data).password.decode()
        self.passwords.append(password)
        return AuthResult(success=password == PASSWORD)


@asynccontextmanager
async def smtp_server(
    inbox: Inbox, *, tls: ssl.SSLContext | None = None, implicit: bool = False
) -> AsyncGenerator[int]:
    """The port of a server that asks for a password exactly where the line is encrypted."""
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(
            inbox,
            hostname="mail.example.com",
            tls_context=None if implicit else tls,
            auth_required=tls is not None,
            auth_require_tls=not implicit,
            authenticator=inbox.authenticate,
        ),
        "127.0.0.1",
        0,
        ssl=tls if implicit else None,
    )
    async with server:
        yield server.sockets[0].getsockname()[1]


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A certificate for 127.0.0.1 that this process trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    pem = tmp_path / "server.pem"
    pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


def mail(
    message_id: str = "hello.1", at: datetime = NOW, to: str = "bob@example.com"
) -> EmailMessage:
    message = EmailMessage(policy=policy.SMTP)
    message["From"] = "Argus <argus@example.com>"
    message["To"] = to
    message["Subject"] = "Grüße"
    message["Date"] = at
    message["Message-ID"] = f"<{message_id}@example.com>"
    message.set_content("Hello,\n.\nBob\n")
    message.add_alternative("<p>Hello, Bob</p>", subtype="html")
    return message


def parse(content: bytes) -> EmailMessage:
    return cast("EmailMessage", message_from_bytes(content, policy=policy.default))


@dataclass
class Way:
    """A mailer and what came out of it."""

    mailer: Mailer
    delivered: Callable[[], list[bytes]]
    broken: Mailer
    """The same kind of mailer with nobody at the other end."""


@pytest.fixture(params=["folder", "smtp"])
async def way(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[Way]:
    if request.param == "folder":
        folder, file = tmp_path / "mail", tmp_path / "file"
        file.touch()
        yield Way(
            FolderMailer(folder),
            lambda: [path.read_bytes() for path in sorted(folder.glob("*.eml"))],
            FolderMailer(file),
        )
        return
    inbox = Inbox()
    async with smtp_server(Inbox()) as closed:
        pass
    async with smtp_server(inbox) as port:
        yield Way(
            SmtpMailer(f"smtp://127.0.0.1:{port}"),
            lambda: inbox.received,
            SmtpMailer(f"smtp://127.0.0.1:{closed}"),
        )


async def test_a_delivered_mail_arrives_whole(way: Way) -> None:
    await way.mailer.deliver(mail())
    [content] = way.delivered()
    arrived = parse(content)
    for header in ("From", "To", "Subject", "Date", "Message-ID"):
        assert arrived[header] == parse(mail().as_bytes())[header]
    text, html = (part.get_content() for part in arrived.iter_parts())
    assert text.replace("\r\n", "\n") == "Hello,\n.\nBob\n"
    assert html.strip() == "<p>Hello, Bob</p>"


async def test_each_mail_arrives_in_its_order(way: Way) -> None:
    for minute in range(3):
        await way.mailer.deliver(mail(f"hello.{minute}", NOW + timedelta(minutes=minute)))
    assert [parse(content)["Message-ID"] for content in way.delivered()] == [
        f"<hello.{minute}@example.com>" for minute in range(3)
    ]


async def test_a_mail_that_nobody_takes_is_not_delivered(way: Way) -> None:
    with pytest.raises(MailNotDelivered):
        await way.broken.deliver(mail())


async def test_only_the_platforms_user_reads_caught_mail(tmp_path: Path) -> None:
    folder = tmp_path / "mail"
    await FolderMailer(folder).deliver(mail())
    [file] = folder.iterdir()
    assert file.name == "20300101T120000Z-hello.1.eml"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize("scheme", ["smtps", "smtp+starttls"])
async def test_a_password_travels_encrypted(scheme: str, tls: ssl.SSLContext) -> None:
    inbox = Inbox()
    async with smtp_server(inbox, tls=tls, implicit=scheme == "smtps") as port:
        await SmtpMailer(f"{scheme}://argus:p%40ss%20word@127.0.0.1:{port}").deliver(mail())
    assert (len(inbox.received), inbox.passwords) == (1, [PASSWORD])


@pytest.mark.parametrize("scheme", ["smtps", "smtp+starttls"])
async def test_a_server_that_nobody_vouches_for_gets_nothing(
    scheme: str, tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    inbox = Inbox()
    async with smtp_server(inbox, tls=tls, implicit=scheme == "smtps") as port:
        with pytest.raises(MailNotDelivered):
            await SmtpMailer(f"{scheme}://argus:secret@127.0.0.1:{port}").deliver(mail())
    assert (inbox.received, inbox.passwords) == ([], [])


async def test_a_server_without_starttls_gets_no_password() -> None:
    inbox = Inbox()
    async with smtp_server(inbox) as port:
        with pytest.raises(MailNotDelivered):
            await SmtpMailer(f"smtp+starttls://argus:secret@127.0.0.1:{port}").deliver(mail())
    assert (inbox.received, inbox.passwords) == ([], [])


async def test_a_refused_recipient_is_not_named(capsys: pytest.CaptureFixture[str]) -> None:
    async with smtp_server(Inbox(refuses=True)) as port:
        with pytest.raises(MailNotDelivered) as refused:
            await SmtpMailer(f"smtp://127.0.0.1:{port}").deliver(mail())
    output = capsys.readouterr()
    assert "SMTPRecipientsRefused" in refused.value.detail
    assert "bob@example.com" not in refused.value.detail + output.out + output.err


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mail.example.com",
        "http://mail.example.com",
        "smtp://",
        "smtps://mail.example.com:70000",
        "smtps://mail.example.com:many",
        "smtp://argus:secret@mail.example.com",
    ],
)
def test_a_useless_or_unsafe_server_address_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(SmtpUrlInvalid) as refused:
        SmtpMailer(url)
    assert "secret" not in refused.value.detail
