"""The services; each owns a schema, and knows the others only through `argus.contracts`."""

SERVICES = ("auth", "identity", "billing", "audit", "notify", "qa", "gateway")
"""Their names, in the order in which they are migrated and built."""
WORKED = SERVICES[:-1]
"""Those that a worker has work for: the gateway has no event, no job and nothing to forget."""
