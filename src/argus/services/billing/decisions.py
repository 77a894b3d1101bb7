"""May an organization use a feature? A pure function of its tier and of what it used."""

from dataclasses import dataclass

from argus.services.billing.tiers import Amount, Tiers

UNLIMITED = -1


@dataclass(frozen=True)
class Decision:
    """Where nothing is counted `limit` is -1 and `used` 0. `reason` is a sentence for people."""

    allowed: bool
    reason: str
    limit: int
    used: int
    cheapest_tier: str
    price_minor: int


def decide(tiers: Tiers, tier: str, feature: str, used: int, quantity: int) -> Decision:
    """Allow `quantity` more of `feature`, or say why not and which tier would."""
    amount = tiers.tiers[tier].features.get(feature, False)
    limit = _limit(amount)
    if _allows(amount, used, quantity):
        reason = f"the {tier} tier includes {feature}"
        if limit > 0:
            reason += f": {used + quantity} of {limit}"
        return Decision(True, reason, limit, used, "", 0)
    cheapest = next(
        (
            (name, candidate.price_minor)
            for name, candidate in tiers.tiers.items()
            if _allows(candidate.features.get(feature, False), used, quantity)
        ),
        ("", 0),
    )
    if amount is False:
        reason = f"the {tier} tier does not include {feature}"
    else:
        reason = f"the {tier} tier includes {limit} {feature}, of which {used} are used"
    if not cheapest[0]:
        reason += "; no tier includes more"
    return Decision(False, reason, limit, used, *cheapest)


def _allows(amount: Amount, used: int, quantity: int) -> bool:
    if isinstance(amount, bool):
        return amount
    return amount == "unlimited" or used + quantity <= amount


def _limit(amount: Amount) -> int:
    return UNLIMITED if isinstance(amount, bool | str) else amount
