"""Validation over HTTP has two doors."""

from support.doors import ahead as ahead  # noqa: PLC0414 - a fixture
from support.doors import door as door  # noqa: PLC0414 - a fixture
