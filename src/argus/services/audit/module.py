"""Composition of the audit service."""

from argus.kernel.module import Module, Platform
from argus.kernel.resources import Resources


def build(platform: Platform) -> Module:
    """The audit service."""
    return Module(name="audit", database=platform.database, resources=Resources())
