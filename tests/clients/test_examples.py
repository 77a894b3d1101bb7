"""The example services of the client are protected by the platform as it is."""

import asyncio

import httpx
import pytest

from client_support import EXAMPLES, eventually, example
from support.platform import Caller
from support.served_client import Served


def use(name: str, url: str, viewer: Caller, outsider: Caller, powerless_key: str) -> None:
    """Call the service as several people do, one of whom signs out meanwhile."""
    with example(name) as service:

        def get(**headers: str) -> httpx.Response:
            return service.get("/reports", headers=headers)

        assert get(**viewer.headers).json() == {"for": viewer.user_id, "reports": ["totals"]}
        assert get().status_code == 401
        assert get(**outsider.headers).status_code == 401
        assert get(**{"X-API-Key": powerless_key}).status_code == 403
        httpx.post(f"{url}/api/v1/auth/sign-out", headers=viewer.headers).raise_for_status()
        eventually(lambda: get(**viewer.headers).status_code == 401)


@pytest.mark.parametrize("name", EXAMPLES)
async def test_an_example_is_protected_by_the_platform(
    served: Served, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for variable, value in served.environment.items():
        monkeypatch.setenv(variable, value)
    viewer = await served.acme.member("bob@example.com", "viewer")
    outsider = await served.platform.owner("eve@example.com")
    key = await served.auth.api_key(served.acme.owner, "test:read")
    await asyncio.to_thread(use, name, served.url, viewer, outsider, key["secret"])
    usage = await served.auth.get("/api/v1/billing/usage", served.acme.owner)
    assert [meter["meter"] for meter in usage.json()["meters"]] == ["api_calls"]
