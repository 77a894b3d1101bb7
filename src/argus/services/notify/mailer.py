"""The port through which mail leaves: into a folder, or to an SMTP server."""

import asyncio
import os
import smtplib
import ssl
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

import structlog

from argus.services.notify.errors import MailNotDelivered, SmtpUrlInvalid

_TIMEOUT_S = 10.0
_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}

_log = structlog.get_logger(__name__)


class Mailer(Protocol):
    """Takes responsibility for a mail, or says that it does not."""

    async def deliver(self, mail: EmailMessage) -> None:
        """Deliver to the mail's one recipient.

        Raises:
            MailNotDelivered: and the mail may be tried again.
        """
        ...


class FolderMailer:
    """Catches mail in a folder, one `.eml` file a mail, readable by the platform's user alone.

    File names begin with the time in UTC, so they sort oldest first. A file appears whole or not.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def deliver(self, mail: EmailMessage) -> None:
        """Write the mail; a second one of the same time and `Message-ID` replaces the first."""
        await asyncio.to_thread(self._write, mail)

    def _write(self, mail: EmailMessage) -> None:
        message_id = str(mail["Message-ID"]).strip("<>").rpartition("@")[0]
        name = f"{mail['Date'].datetime:%Y%m%dT%H%M%SZ}-{message_id}"
        partial = self._folder / f".{name}.partial"
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with open(partial, "wb", opener=_private) as file:
                file.write(mail.as_bytes())
            partial.replace(self._folder / f"{name}.eml")
        except OSError as error:
            _log.warning("mail.not_written", folder=str(self._folder), error=str(error))
            raise MailNotDelivered from error


class SmtpMailer:
    """Hands mail to an SMTP server; each delivery is a connection of its own.

    A cancelled delivery may still reach the server: its thread cannot be stopped.
    """

    def __init__(self, url: str) -> None:
        """Raises SmtpUrlInvalid."""
        parts = urlsplit(url)
        try:
            port = parts.port
        except ValueError:
            raise SmtpUrlInvalid("the port is not a number up to 65535") from None
        if parts.scheme not in _PORTS or not parts.hostname:
            raise SmtpUrlInvalid(f"expected {', '.join(f'{scheme}://host' for scheme in _PORTS)}")
        if parts.username and parts.scheme == "smtp":
            raise SmtpUrlInvalid("smtp:// would send the password in the clear")
        self._scheme, self._host = parts.scheme, parts.hostname
        self._port = port or _PORTS[parts.scheme]
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        self._tls = ssl.create_default_context()

    async def deliver(self, mail: EmailMessage) -> None:
        """Deliver, with at most 10 s for each step of the dialogue."""
        try:
            await asyncio.to_thread(self._send, mail)
        except (smtplib.SMTPException, OSError) as error:
            # The server's words may name the recipient, who is nobody's business in a log.
            _log.warning("mail.not_delivered", host=self._host, error=type(error).__name__)
            raise MailNotDelivered(f"{self._host}: {type(error).__name__}") from None

    def _send(self, mail: EmailMessage) -> None:
        with self._connect() as server:
            if self._scheme == "smtp+starttls":
                server.starttls(context=self._tls)
            if self._user:
                server.login(self._user, self._password)
            server.send_message(mail)

    def _connect(self) -> smtplib.SMTP:
        if self._scheme == "smtps":
            return smtplib.SMTP_SSL(self._host, self._port, timeout=_TIMEOUT_S, context=self._tls)
        return smtplib.SMTP(self._host, self._port, timeout=_TIMEOUT_S)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
