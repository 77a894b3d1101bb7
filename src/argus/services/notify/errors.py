"""Errors about mail."""

from argus.kernel.errors import ArgusError


class MailInvalid(ArgusError):
    """The mail cannot be composed: its template is unknown or lacks a variable, its address is
    none, its message id has other characters than `a-z 0-9 . _ -`, or a header has a line break.

    Nothing was sent. Repeating the same request does not help.
    """

    code, status, title = "notify.mail.invalid", 422, "Mail cannot be composed"


class MailNotDelivered(ArgusError):
    """The mail server did not take the mail.

    Nothing is recorded as sent: repeat the request later. The operator finds the cause in the log
    and the server in `ARGUS_SMTP_URL`.
    """

    code, status, title = "notify.mail.not_delivered", 503, "Mail not delivered"


class SmtpUrlInvalid(ArgusError):
    """`ARGUS_SMTP_URL` is not the address of a mail server, or would send a password in the clear.

    Use `smtps://user:password@host` (TLS from the start) or `smtp+starttls://user:password@host`.
    `smtp://host` is for a server that asks for no password.
    """

    code, status, title = "notify.smtp_url.invalid", 503, "Mail server address invalid"
