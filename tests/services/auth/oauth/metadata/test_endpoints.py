"""The server's metadata is the same document at all addresses, and may be kept for a while."""

import pytest

from support.platform import TestPlatform


@pytest.mark.operation("get_server_metadata")
@pytest.mark.requirement("rfc9068:4:consistent-metadata")
async def test_both_well_known_addresses_have_the_same_document(platform: TestPlatform) -> None:
    answers = [
        await platform.client.get(f"/.well-known/{name}")
        for name in ("oauth-authorization-server", "openid-configuration")
    ]
    assert answers[0].json() == answers[1].json()
    assert answers[0].headers["cache-control"] == "public, max-age=300"
    assert answers[0].json()["issuer"] == platform.composition.settings.base_url
