"""Settings of the billing service, from `ARGUS_BILLING_…` variables."""

from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict


class BillingSettings(BaseSettings):
    """What an installation sets of billing."""

    model_config = SettingsConfigDict(env_prefix="ARGUS_BILLING_", frozen=True, extra="ignore")

    tiers_file: Path | None = None
    """Another table of tiers than the shipped one."""
