"""The question "may they?" and its answer."""

from typing import Annotated

from pydantic import Field

from argus.kernel import schema

Feature = Annotated[str, Field(max_length=100, pattern="^[a-z0-9_]+$")]
Quantity = Annotated[int, Field(ge=1, le=10**9)]


class CheckEntitlement(schema.Request):
    """Of a meter: how much more. Of anything else: how many there would be."""

    feature: Feature
    quantity: Quantity = 1


class EntitlementView(schema.Response):
    """`limit` -1 means unlimited, or not counted. When not allowed, the cheapest way to get it."""

    feature: str
    allowed: bool
    reason: str
    tier: str
    limit: int
    used: int
    cheapest_tier: str
    price_minor: int
    currency: str
