"""An application that lets people sign in at Argus."""

import pytest

from support.oauth import OAuth
from support.organizations import Tenant
from support.relying_party import RelyingParty


@pytest.fixture
async def app(oauth: OAuth, acme: Tenant) -> RelyingParty:
    """A public client of Ada's organization."""
    return RelyingParty(oauth, await oauth.client(acme.owner))
