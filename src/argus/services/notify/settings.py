"""What an installation sets about mail."""

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class NotifySettings(BaseSettings):
    """Settings of the notify service."""

    model_config = SettingsConfigDict(
        env_prefix="ARGUS_NOTIFY_",
        frozen=True,
        extra="ignore",
        hide_input_in_errors=True,
        populate_by_name=True,
    )

    smtp_url: SecretStr | None = Field(default=None, validation_alias="ARGUS_SMTP_URL")
    """`smtps://user:password@host`, `smtp+starttls://…` or `smtp://…`; unset: a folder."""
    mail_from: str = Field(default="Argus <argus@localhost>", pattern="@.")
    """The sender of all mail."""
