"""What can go wrong with subscriptions."""

from argus.kernel.errors import ArgusError


class UnknownTier(ArgusError):
    """There is no tier of this name in this installation; the message lists those there are."""

    code, status, title = "billing.tier.unknown", 422, "Unknown tier"
