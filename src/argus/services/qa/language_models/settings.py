"""Which language models may be asked, from `ARGUS_QA_MODELS_…` variables; without any, none is."""

from enum import StrEnum

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from argus.kernel.schema import Value


class Provider(StrEnum):
    """Whose interface is spoken. All but the first two of them, and `local`, speak OpenAI's."""

    ANTHROPIC = "anthropic"
    GOOGLE = "google"
    OPENAI = "openai"
    GROQ = "groq"
    DEEPSEEK = "deepseek"
    LOCAL = "local"


class Strategy(StrEnum):
    """Which models are asked, in which order; `strategies.yaml` has the lists."""

    ANTHROPIC_ONLY = "anthropic_only"
    COST_OPTIMIZED = "cost_optimized"
    BALANCED = "balanced"
    QUALITY_FIRST = "quality_first"
    LOCAL_ONLY = "local_only"


class Access(Value):
    """How a provider is reached."""

    api_key: SecretStr = SecretStr("")
    url: str | None = None
    """Its base address; unset means the provider's own."""
    model: str = ""
    """What `local` serves; what the others serve is in `strategies.yaml`."""


class ModelSettings(BaseSettings):
    """For example `ARGUS_QA_MODELS_ANTHROPIC__API_KEY=…`, or `ARGUS_QA_MODELS_LOCAL__URL=…` with
    `ARGUS_QA_MODELS_LOCAL__MODEL=…`. Keys that other programs use (`OPENAI_API_KEY`) are not read:
    nobody is to pay by accident.
    """

    model_config = SettingsConfigDict(
        env_prefix="ARGUS_QA_MODELS_", env_nested_delimiter="__", frozen=True, extra="ignore"
    )

    strategy: Strategy = Strategy.BALANCED
    run_budget_usd: float = Field(default=0.25, ge=0)
    """What one run may spend at most; a call that might exceed it is not made."""
    timeout_s: float = Field(default=30, gt=0)
    """For one call, of which each model gets one."""
    anthropic: Access | None = None
    google: Access | None = None
    openai: Access | None = None
    groq: Access | None = None
    deepseek: Access | None = None
    local: Access | None = None

    def access(self, provider: Provider) -> Access | None:
        """How the provider is reached; None if it is not to be asked."""
        access: Access | None = getattr(self, provider.value)
        return access
