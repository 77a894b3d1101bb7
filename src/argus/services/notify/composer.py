"""Mails from templates: a subject, a text and an HTML part, in `templates/<name>.*.j2`."""

import re
from collections.abc import Mapping
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.utils import parseaddr

from jinja2 import (
    Environment,
    PackageLoader,
    StrictUndefined,
    TemplateNotFound,
    UndefinedError,
    select_autoescape,
)

from argus.services.notify.errors import MailInvalid

# One address, and no character that would make it two, a comment or a header.
_PLAIN = r"[^\s\x00-\x1f\x7f@,;:<>()\[\]\"\\]+"
_ADDRESS = re.compile(f"{_PLAIN}@{_PLAIN}")
_MESSAGE_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,199}")

_TEMPLATES = Environment(  # it keeps what it has compiled
    loader=PackageLoader("argus.services.notify", "templates"),
    autoescape=select_autoescape(enabled_extensions=("html.j2",), default=False),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


class MailComposer:
    """Fills templates in. Variables are data: escaped in HTML, and no header can be smuggled in."""

    def __init__(self, sender: str) -> None:
        self._sender = sender
        self._domain = parseaddr(sender)[1].rpartition("@")[2]

    def compose(
        self, message_id: str, to: str, template: str, variables: Mapping[str, str], now: datetime
    ) -> EmailMessage:
        """One mail to one address; the same `message_id` makes the same `Message-ID`.

        Raises:
            MailInvalid
        """
        if not _MESSAGE_ID.fullmatch(message_id):
            raise MailInvalid("the message id has other characters than a-z 0-9 . _ -")
        if not _ADDRESS.fullmatch(to):
            raise MailInvalid("the recipient is not one plain address")
        mail = EmailMessage(policy=policy.SMTP)
        try:
            mail["From"] = self._sender
            mail["To"] = to
            mail["Subject"] = _render(f"{template}.subject.j2", variables)
            mail["Date"] = now
            mail["Message-ID"] = f"<{message_id}@{self._domain}>"
            mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no vacation notes, please
            mail.set_content(_render(f"{template}.txt.j2", variables))
            mail.add_alternative(_render(f"{template}.html.j2", variables), subtype="html")
        except TemplateNotFound as error:
            raise MailInvalid(f"there is no template {error.name}") from None
        except UndefinedError as error:
            raise MailInvalid(f"the template {template} lacks a variable: {error}") from None
        except ValueError:
            raise MailInvalid("a header has a line break") from None
        return mail


def _render(name: str, variables: Mapping[str, str]) -> str:
    return _TEMPLATES.get_template(name).render(variables)
