"""OAuth clients, resources and service accounts of a running platform."""

from typing import Any

import httpx

from support.platform import Caller, TestPlatform

REDIRECT_URI = "https://app.example/callback"
WEB = {"client_name": "Shop", "redirect_uris": [REDIRECT_URI]}
PUBLIC = WEB | {"token_endpoint_auth_method": "none"}


async def post(
    platform: TestPlatform, by: Caller, path: str, body: dict[str, Any] | None = None
) -> httpx.Response:
    return await platform.client.post(f"/api/v1/{path}", json=body or {}, headers=by.headers)


async def made(platform: TestPlatform, by: Caller, path: str, body: dict[str, Any]) -> Any:
    answer = await post(platform, by, path, body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def client(platform: TestPlatform, by: Caller, **body: Any) -> dict[str, Any]:
    """A new client: a web application with a secret, unless `body` says otherwise."""
    return await made(platform, by, "clients", WEB | body)


async def service_account(
    platform: TestPlatform, by: Caller, *permissions: str, name: str = "exporter"
) -> dict[str, Any]:
    return await made(platform, by, "service-accounts", {"name": name, "permissions": permissions})


async def machine(platform: TestPlatform, by: Caller, *permissions: str, **body: Any) -> Any:
    """A new client that acts for a new service account."""
    account = await service_account(platform, by, *permissions)
    return await made(
        platform,
        by,
        "clients",
        {
            "client_name": "exporter",
            "grant_types": ["client_credentials"],
            "service_account_id": account["id"],
        }
        | body,
    )


async def resource(
    platform: TestPlatform, by: Caller, identifier: str = "https://api.example", **scopes: str
) -> dict[str, Any]:
    body = {"identifier": identifier, "name": "The API", "scopes": scopes}
    return await made(platform, by, "resources", body)
