"""The answer to "may they?"."""

from argus.kernel import schema


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
