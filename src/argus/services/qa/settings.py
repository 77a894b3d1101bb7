"""Settings of the QA service, from `ARGUS_QA_…` variables."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class QaSettings(BaseSettings):
    """How this installation tests."""

    model_config = SettingsConfigDict(env_prefix="ARGUS_QA_", frozen=True, extra="ignore")

    browser: Path | None = None
    """Executable of a Chromium; unset means the first one found."""
    browser_cache: Path
    """Where `argus browsers install` puts its copy."""
    sqlite_folder: Path | None = None
    """Below it are the SQLite databases of applications that runs may ask; unset: there are none.
    Whoever may start runs can read whatever database file is there.
    """
    kept_days: int = Field(default=90, ge=1)
    """How long ended runs, what they made, and old versions of suites are kept, unless the
    organization's tier says otherwise.
    """
    parallel_tests: int = Field(default=2, ge=1, le=32)
    """Tests of one run that execute at the same time, each in a browser context of its own."""
