"""The services; each owns a schema, and knows the others only through `argus.contracts`."""

SERVICES = ("auth", "identity", "billing", "audit", "notify", "qa", "gateway")
"""Their names, in the order in which they are migrated and built."""
