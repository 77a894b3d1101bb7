"""An owner, and an application of a few pages."""

from collections.abc import Iterator

import pytest

from support.paced import PacedPages, paced
from support.platform import TestPlatform
from support.runs import Runs


@pytest.fixture
def pages() -> Iterator[PacedPages]:
    with paced(3) as running:
        yield running


@pytest.fixture
async def runs(platform: TestPlatform, pages: PacedPages) -> Runs:
    return Runs(platform, await platform.owner(), pages)
