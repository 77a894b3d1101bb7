"""Composition of the audit service."""

from argus.kernel.module import Module, Platform
from argus.kernel.resources import Resources
from argus.services.audit.entries import consumers, endpoints, rpc


def build(platform: Platform) -> Module:
    """The hash-chained log of everything that happened."""
    return Module(
        name="audit",
        database=platform.database,
        resources=Resources(),
        routers=[endpoints.router],
        rpcs=[rpc.verify_chain],
        consumers=[consumers.append],
    )
