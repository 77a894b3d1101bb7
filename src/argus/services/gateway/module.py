"""Composition of the gateway service."""

from argus.kernel.module import Module, Platform
from argus.kernel.resources import Resources


def build(platform: Platform) -> Module:
    """The gateway service."""
    return Module(name="gateway", database=platform.database, resources=Resources())
