"""Composition of the qa service."""

from argus.kernel.module import Module, Platform
from argus.kernel.resources import Resources


def build(platform: Platform) -> Module:
    """The qa service."""
    return Module(name="qa", database=platform.database, resources=Resources())
