"""API keys of the caller's organization."""

from typing import Annotated

from fastapi import Query

from argus.contracts.permissions import Permission
from argus.kernel.authz import requires
from argus.kernel.errors import Forbidden, Unauthenticated
from argus.kernel.http.problems import problems
from argus.kernel.http.routing import CallDep, service_router
from argus.kernel.ids import format_id
from argus.services.auth.api_keys.errors import (
    ApiKeyEnded,
    ApiKeyNotFound,
    ExpiryNotPossible,
    ImportNotPossible,
    ScopeNotGrantable,
)
from argus.services.auth.api_keys.schemas import (
    ApiKeyImport,
    ApiKeyPage,
    ApiKeyRequest,
    ApiKeyRevocation,
    ApiKeyRotation,
    ApiKeySecret,
    ApiKeyView,
    ImportedApiKeys,
)
from argus.services.auth.api_keys.service import ImportedKey, NewApiKey, api_keys
from argus.services.auth.ids import PublicApiKeyId
from argus.services.auth.service_accounts.errors import (
    PermissionNotGrantable,
    ServiceAccountNotFound,
)

router = service_router("auth", prefix="/api/v1/api-keys", tags=["api keys"])


@router.post(
    "",
    status_code=201,
    summary="Make an API key",
    responses=problems(
        Unauthenticated,
        Forbidden,
        ScopeNotGrantable,
        ExpiryNotPossible,
        ServiceAccountNotFound,
        PermissionNotGrantable,
    ),
    dependencies=[requires(Permission.API_KEY_CREATE)],
)
async def create_api_key(body: ApiKeyRequest, call: CallDep) -> ApiKeySecret:
    """The answer holds the secret; it is not shown again."""
    made = await api_keys(call).create(
        body.name, body.scopes, body.expires_at, speaks_for=body.service_account_id
    )
    return _secret(made)


@router.get(
    "",
    summary="List API keys",
    responses=problems(Unauthenticated, Forbidden),
    dependencies=[requires(Permission.API_KEY_READ)],
)
async def list_api_keys(
    call: CallDep,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    cursor: PublicApiKeyId | None = None,
) -> ApiKeyPage:
    """The oldest first, ended ones included. `cursor` is the `next_cursor` of the page before."""
    keys, after = await api_keys(call).page(cursor, limit)
    return ApiKeyPage(
        items=[ApiKeyView.model_validate(key) for key in keys],
        next_cursor=format_id("key", after) if after else None,
    )


@router.post(
    "/import",
    status_code=201,
    summary="Import API keys of another system",
    responses=problems(
        Unauthenticated, Forbidden, ScopeNotGrantable, ExpiryNotPossible, ImportNotPossible
    ),
    dependencies=[requires(Permission.API_KEY_CREATE)],
)
async def import_api_keys(body: ApiKeyImport, call: CallDep) -> ImportedApiKeys:
    """Their holders go on using them. A key is recognised by its hash once, and fast from then on.

    `ARGUS_AUTH_IMPORTED_KEY_PREFIXES` says how such keys may begin.
    """
    imported = [
        ImportedKey(key.name, key.hint, key.bcrypt_hash, tuple(key.scopes), key.expires_at)
        for key in body.keys
    ]
    keys = await api_keys(call).import_keys(imported)
    return ImportedApiKeys(items=[ApiKeyView.model_validate(key) for key in keys])


@router.get(
    "/{key_id}",
    summary="Look at an API key",
    responses=problems(Unauthenticated, Forbidden, ApiKeyNotFound),
    dependencies=[requires(Permission.API_KEY_READ)],
)
async def get_api_key(key_id: PublicApiKeyId, call: CallDep) -> ApiKeyView:
    """Everything about the key but its secret."""
    return ApiKeyView.model_validate(await api_keys(call).get(key_id))


@router.post(
    "/{key_id}/rotate",
    status_code=201,
    summary="Rotate an API key",
    responses=problems(
        Unauthenticated,
        Forbidden,
        ApiKeyNotFound,
        ApiKeyEnded,
        ScopeNotGrantable,
        ServiceAccountNotFound,
        PermissionNotGrantable,
    ),
    dependencies=[requires(Permission.API_KEY_ROTATE)],
)
async def rotate_api_key(
    key_id: PublicApiKeyId, body: ApiKeyRotation, call: CallDep
) -> ApiKeySecret:
    """Make a successor with the same name and scopes; both work for the time of the overlap."""
    return _secret(await api_keys(call).rotate(key_id, body.overlap))


@router.post(
    "/{key_id}/revoke",
    status_code=204,
    summary="Revoke an API key",
    responses=problems(Unauthenticated, Forbidden, ApiKeyNotFound),
    dependencies=[requires(Permission.API_KEY_REVOKE)],
)
async def revoke_api_key(key_id: PublicApiKeyId, body: ApiKeyRevocation, call: CallDep) -> None:
    """For good, and at once. A second time changes nothing."""
    await api_keys(call).revoke(key_id, body.reason)


def _secret(made: NewApiKey) -> ApiKeySecret:
    return ApiKeySecret(**ApiKeyView.model_validate(made.key).model_dump(), secret=made.secret)
