"""Composition of the billing service."""

from argus.kernel.module import Module, Platform
from argus.kernel.resources import Resources


def build(platform: Platform) -> Module:
    """The billing service."""
    return Module(name="billing", database=platform.database, resources=Resources())
