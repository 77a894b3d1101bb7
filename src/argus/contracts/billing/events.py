"""What the billing service tells the others."""

from argus.kernel.events import Event, event


@event(topic="argus.billing.subscription.v1", partition_key="organization_id")
class TierChanged(Event):
    """From now on the organization has the entitlements of the tier `after`."""

    organization_id: str
    before: str
    after: str


@event(topic="argus.billing.usage.v1", partition_key="organization_id")
class UsageRecorded(Event):
    """One accepted batch: how many events of which meters, never the events themselves."""

    organization_id: str
    quantities: dict[str, int]
    duplicates: int
