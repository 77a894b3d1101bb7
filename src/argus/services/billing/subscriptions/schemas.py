"""What billing shows of tiers."""

from typing import Literal

from argus.kernel import schema


class TierView(schema.Response):
    """Price per month in minor units. A feature is true, a number, or `unlimited`."""

    name: str
    price_minor: int
    currency: str
    requests_per_minute: int
    features: dict[str, bool | int | Literal["unlimited"]]


class TiersView(schema.Response):
    """Cheapest first."""

    version: int
    tiers: list[TierView]


class SubscriptionView(schema.Response):
    tier: TierView
