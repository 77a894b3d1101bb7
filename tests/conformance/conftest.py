"""An organization with a client, and the person who owns it."""

import pytest

from support.auth import Auth
from support.oauth import OAuth
from support.platform import Caller, TestPlatform
from support.relying_party import RelyingParty


@pytest.fixture
def auth(platform: TestPlatform) -> Auth:
    return Auth(platform)


@pytest.fixture
def oauth(platform: TestPlatform) -> OAuth:
    return OAuth(platform)


@pytest.fixture
async def ada(platform: TestPlatform) -> Caller:
    return await platform.owner("ada@example.com")


@pytest.fixture
async def app(oauth: OAuth, ada: Caller) -> RelyingParty:
    """A public client of Ada's organization."""
    return RelyingParty(oauth, await oauth.client(ada))
