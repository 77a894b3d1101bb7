"""The two doors of an operation over HTTP: ahead of the framework, and through it."""

from typing import Any, cast

import pytest

from argus.kernel.http.app import Application
from support.platform import TestPlatform


def close_hot_doors(platform: TestPlatform) -> None:
    """Leave all requests to the framework."""
    cast("Application", platform.app).doors = {}


@pytest.fixture(params=["ahead of the framework", "through the framework"])
def door(request: pytest.FixtureRequest, platform: TestPlatform) -> None:
    """Run the test once at each door."""
    if cast("Any", request).param == "through the framework":
        close_hot_doors(platform)
