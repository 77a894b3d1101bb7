"""Tiers are data: what each includes and costs."""

from functools import cache
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import Field, StrictBool, StrictInt, ValidationError

from argus.kernel import schema
from argus.kernel.errors import ArgusError

DEFAULT_TIER = "free"
SHIPPED = Path(__file__).with_name("tiers.yaml")

Amount = StrictBool | Annotated[StrictInt, Field(ge=0)] | Literal["unlimited"]
"""Included or not; or how many."""


class TiersInvalid(ArgusError):
    """The file that `ARGUS_BILLING_TIERS_FILE` names is not a table of tiers.

    The message says where. `src/argus/services/billing/tiers.yaml` is an example.
    """

    code, status, title = "billing.tiers.invalid", 503, "Tiers invalid"


class Tier(schema.Value):
    """One step of the ladder. The price is per month, in minor units."""

    price_minor: int = Field(ge=0)
    requests_per_minute: int = Field(ge=1)
    features: dict[str, Amount]


class Tiers(schema.Value):
    """All tiers, the cheapest first. A feature that is also a meter is counted per month."""

    version: int
    currency: str = Field(pattern="^[A-Z]{3}$")
    meters: frozenset[str]
    tiers: dict[str, Tier]


def load_tiers(path: Path | None) -> Tiers:
    """The installation's tiers, or the shipped ones.

    Raises:
        TiersInvalid: the file is missing, not YAML, of another form, or has no `free` tier.
    """
    return _shipped() if path is None else _read(path)


@cache
def _shipped() -> Tiers:
    return _read(SHIPPED)


def _read(path: Path) -> Tiers:
    try:
        tiers = Tiers.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        found = [f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors()]
        raise TiersInvalid(f"{path}: {'; '.join(found)}") from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise TiersInvalid(f"{path}: {error}") from error
    if DEFAULT_TIER not in tiers.tiers:
        raise TiersInvalid(f"{path}: there must be a tier named {DEFAULT_TIER}")
    by_price = sorted(tiers.tiers.items(), key=lambda item: item[1].price_minor)
    return tiers.model_copy(update={"tiers": dict(by_price)})
