"""The notify service, assembled."""

from argus.kernel.module import Module, Platform
from argus.kernel.resources import Resources
from argus.services.notify.composer import MailComposer
from argus.services.notify.mail import rpc
from argus.services.notify.mail.service import PostOffice
from argus.services.notify.mailer import FolderMailer, Mailer, SmtpMailer
from argus.services.notify.settings import NotifySettings


def build(platform: Platform) -> Module:
    """Build the service on `platform`.

    Raises:
        SmtpUrlInvalid: what `ARGUS_SMTP_URL` says cannot be used.
    """
    settings = NotifySettings()
    mailer: Mailer = (
        SmtpMailer(settings.smtp_url.get_secret_value())
        if settings.smtp_url is not None
        else FolderMailer(platform.settings.home / "mail")
    )
    return Module(
        name="notify",
        database=platform.database,
        resources=Resources(PostOffice(MailComposer(settings.mail_from), mailer)),
        rpcs=[rpc.send_mail],
    )
