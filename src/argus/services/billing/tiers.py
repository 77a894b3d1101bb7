"""Tiers are data: what each includes and costs."""

from importlib.resources import files
from pathlib import Path
from typing import Literal

import yaml
from pydantic import Field, ValidationError

from argus.kernel import schema
from argus.kernel.errors import ArgusError

DEFAULT_TIER = "free"

Amount = bool | int | Literal["unlimited"]


class TiersInvalid(ArgusError):
    """The file that `ARGUS_BILLING_TIERS_FILE` names is not a table of tiers.

    The message says where. `src/argus/services/billing/tiers.yaml` is an example.
    """

    code, status, title = "billing.tiers.invalid", 503, "Tiers invalid"


class Tier(schema.Value):
    price_minor: int = Field(ge=0)
    requests_per_minute: int = Field(ge=1)
    features: dict[str, Amount]


class Tiers(schema.Value):
    """All tiers, the cheapest first."""

    version: int
    currency: str = Field(pattern="^[A-Z]{3}$")
    meters: frozenset[str]
    tiers: dict[str, Tier]

    def of(self, name: str) -> Tier:
        """The tier; what an installation no longer knows counts as the default tier."""
        return self.tiers.get(name) or self.tiers[DEFAULT_TIER]


def load_tiers(path: Path | None) -> Tiers:
    """The installation's tiers, or the shipped ones.

    Raises:
        TiersInvalid: the file is missing, not YAML, of another form, or has no `free` tier.
    """
    try:
        text = (path or files(__package__) / "tiers.yaml").read_text()
        tiers = Tiers.model_validate(yaml.safe_load(text))
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise TiersInvalid(str(error)) from error
    if DEFAULT_TIER not in tiers.tiers:
        raise TiersInvalid(f"there must be a tier named {DEFAULT_TIER}")
    by_price = sorted(tiers.tiers.items(), key=lambda item: item[1].price_minor)
    return tiers.model_copy(update={"tiers": dict(by_price)})
