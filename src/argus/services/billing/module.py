"""Composition of the billing service."""

from argus.kernel.module import Module, Platform
from argus.kernel.resources import Resources
from argus.services.billing.entitlements import endpoints as entitlements
from argus.services.billing.entitlements import rpc as entitlements_rpc
from argus.services.billing.settings import BillingSettings
from argus.services.billing.subscriptions import endpoints as subscriptions
from argus.services.billing.subscriptions import rpc as subscriptions_rpc
from argus.services.billing.tiers import load_tiers
from argus.services.billing.usage import endpoints as usage
from argus.services.billing.usage import rpc as usage_rpc
from argus.services.billing.usage.hot import recording
from argus.services.billing.usage.intake import UsageIntake


def build(platform: Platform) -> Module:
    """Tiers, entitlements and usage.

    Raises:
        TiersInvalid: the installation's table of tiers cannot be used.
    """
    tiers = load_tiers(BillingSettings().tiers_file)
    intake = UsageIntake(platform.database, tiers)
    return Module(
        name="billing",
        database=platform.database,
        resources=Resources(tiers),
        routers=[subscriptions.router, entitlements.router, usage.router],
        rpcs=[
            subscriptions_rpc.get_tier,
            subscriptions_rpc.set_tier,
            entitlements_rpc.check_entitlement_rpc,
            usage_rpc.record_usage_rpc,
        ],
        hot=[recording(intake)],
        lifespan=intake.open,
    )
