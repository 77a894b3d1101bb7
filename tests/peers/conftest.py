"""Relying parties of others, run unmodified against a platform that they reach over HTTP."""

import shutil
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from support.browsing import Browser
from support.database import Server
from support.npm import installed
from support.oauth import OAuth
from support.peers import Peer, Person
from support.platform import TestPlatform
from support.serving import served_platform

HERE = Path(__file__).parent


@pytest.fixture
async def platform(server: Server, tmp_path: Path) -> AsyncGenerator[TestPlatform]:
    async with served_platform(server, tmp_path) as running:
        yield running


@pytest.fixture
def oauth(platform: TestPlatform) -> OAuth:
    return OAuth(platform)


@pytest.fixture
async def ada(platform: TestPlatform) -> AsyncGenerator[Person]:
    caller = await platform.owner("ada@example.com")
    browser = Browser(platform)
    async with browser.client:
        yield Person(caller, browser)


@pytest.fixture
async def openid_client(tmp_path: Path, ada: Person) -> Peer:
    return Peer(_prepared(tmp_path), "openid_client.mjs", ada)


@pytest.fixture(params=["openid_client.mjs", "oauth4webapi.mjs"])
async def peer(request: pytest.FixtureRequest, tmp_path: Path, ada: Person) -> Peer:
    """Each of them."""
    return Peer(_prepared(tmp_path), request.param, ada)


def _prepared(tmp_path: Path) -> Path:
    """A folder with the scripts of this one and the packages that they import."""
    folder = tmp_path / "peers"
    folder.mkdir()
    for script in HERE.glob("*.mjs"):
        shutil.copy(script, folder)
    (folder / "node_modules").symlink_to(installed(HERE) / "node_modules")
    return folder
